internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// What the `.gitattributes` files say of one attribute of a path.
///
/// One that they say nothing of, or only `!name`, has no value.
public enum AttributeValue: Hashable, Sendable {
  /// `name`
  case set
  /// `-name`
  case unset
  /// `name=text`; bytes that are not UTF-8 are replaced.
  case text(String)
}

/// Which `.gitattributes` files count.
///
/// `info/attributes` and the files of the user and of the system count with each of them.
public enum AttributeSource: Hashable, Sendable {
  /// Those in the working tree, and in the index where the working tree has none.
  case workingTree
  /// Those in the index.
  case index
  /// Those of a commit.
  case commit(ObjectID)
}

extension GitSession {
  /// All attributes of a path that have a value, by name, as `git check-attr --all`.
  ///
  /// The path need not exist. A macro such as `binary` is there beside what it stands for.
  public func attributes(
    of path: RepositoryPath, in source: AttributeSource = .workingTree
  ) throws(GitError) -> [String: AttributeValue] {
    let found = AttributeList()
    try withAttributes(of: path, source) { (handle, flags, path) in
      withExtendedLifetime(found) {
        git_attr_foreach(
          handle, flags, path,
          { name, value, payload in
            guard let name, let payload else { return 0 }
            let list = Unmanaged<AttributeList>.fromOpaque(payload).takeUnretainedValue()
            list.values[String(cString: name)] = AttributeValue(value)
            return 0
          }, Unmanaged.passUnretained(found).toOpaque())
      }
    }
    // libgit2's macro `binary` has this from old times; git's has not.
    if found.values["binary"] == .set, found.values["crlf"] == .unset {
      found.values["crlf"] = nil
    }
    return found.values
  }

  /// One attribute of a path; `nil` when it has no value.
  public func attribute(
    _ name: String, of path: RepositoryPath, in source: AttributeSource = .workingTree
  ) throws(GitError) -> AttributeValue? {
    var found: AttributeValue?
    try withAttributes(of: path, source) { (handle, flags, path) in
      var value: UnsafePointer<CChar>?
      let status = git_attr_get(&value, handle, flags, path, name)
      if status == 0 { found = AttributeValue(value) }
      return status
    }
    return found
  }

  /// Calls `body` with a handle and flags that make libgit2 look at the wanted files alone.
  ///
  /// By itself it takes the files of all places that it is told of together, where git takes the
  /// first place that has one, and a commit's only behind the index. So it gets a second handle, with
  /// an index in memory that has nothing but the files that count.
  private func withAttributes(
    of path: RepositoryPath, _ source: AttributeSource,
    _ body: (OpaquePointer, UInt32, UnsafePointer<CChar>) -> Int32
  ) throws(GitError) {
    let operation = "read the attributes of '\(path)'"
    let indexOnly = UInt32(GIT_ATTR_CHECK_INDEX_ONLY)
    var directories: [RepositoryPath] = []
    var parent = path.parent
    while let directory = parent {
      directories.append(directory)
      parent = directory.parent
    }
    let files = (directories + [""]).map { $0.appending(".gitattributes".utf8) }
    let index = try Owned<IndexHandle>(operation) { git_index_new(&$0) }
    let handle: Owned<RepositoryHandle>
    var flags = indexOnly
    switch source {
    case .workingTree:
      guard let root = workingTree else { fallthrough }
      handle = try RepositoryAccess.open(root, of: commonDirectory)
      flags = UInt32(GIT_ATTR_CHECK_FILE_THEN_INDEX)
      let own = try Owned<IndexHandle>(operation) { git_repository_index(&$0, raw) }
      for file in files where try file.fileStatus(in: root) == nil {
        let entry = file.withCString { git_index_get_bypath(own.pointer, $0, 0)?.pointee }
        if let entry { try add(TreeEntry(entry), file, to: index.pointer, operation) }
      }
    case .index:
      try check(path.withCString { body(raw, indexOnly, $0) }, operation)
      return
    case .commit(let commit):
      let place = gitDirectory
      handle = try Owned<RepositoryHandle>(operation) { out in
        place.withPlatformString {
          git_repository_open_ext(&out, $0, GIT_REPOSITORY_OPEN_BARE.rawValue, nil)
        }
      }
      let tree = try tree(of: commit)
      for file in files {
        guard let entry = try entry(at: file, in: tree), entry.mode.isFile else { continue }
        try add(entry, file, to: index.pointer, operation)
      }
    }
    try check(git_repository_set_index(handle.pointer, index.pointer), operation)
    let pointer = handle.pointer
    try check(path.withCString { body(pointer, flags, $0) }, operation)
  }

  private func add(
    _ entry: TreeEntry, _ path: RepositoryPath, to index: OpaquePointer, _ operation: String
  ) throws(GitError) {
    var raw = git_index_entry()
    (raw.id, raw.mode) = (entry.id.raw, entry.mode.rawValue)
    let status = path.withCString { text in
      raw.path = text
      return git_index_add(index, &raw)
    }
    try check(status, operation)
  }
}

private final class AttributeList {
  var values: [String: AttributeValue] = [:]
}

extension AttributeValue {
  fileprivate init?(_ value: UnsafePointer<CChar>?) {
    switch git_attr_value(value) {
    case GIT_ATTR_VALUE_TRUE: self = .set
    case GIT_ATTR_VALUE_FALSE: self = .unset
    case GIT_ATTR_VALUE_STRING:
      guard let value else { return nil }
      self = .text(String(cString: value))
    default: return nil
    }
  }
}
