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
    let places = try attributePlaces(source)
    let states = try attributeLookup().allStates(for: path) { (directory) throws(GitError) in
      try attributesFile(in: directory, places)
    }
    var values: [String: AttributeValue] = [:]
    for (name, state) in states {
      values[String(decoding: name, as: UTF8.self)] = AttributeValue(state)
    }
    return values
  }

  /// One attribute of a path; `nil` when it has no value.
  public func attribute(
    _ name: String, of path: RepositoryPath, in source: AttributeSource = .workingTree
  ) throws(GitError) -> AttributeValue? {
    let places = try attributePlaces(source)
    let states = try attributeLookup().states(of: [Array(name.utf8)], for: path) {
      (directory) throws(GitError) in try attributesFile(in: directory, places)
    }
    return states.first.flatMap { AttributeValue($0) }
  }

  private func attributePlaces(_ source: AttributeSource) throws(GitError) -> AttributePlaces {
    switch source {
    case .workingTree: .checkIn(try indexFile())
    case .index: .index(try indexFile())
    case .commit(let commit): .tree(try tree(of: commit))
    }
  }
}

extension AttributeValue {
  init?(_ state: AttributeLine.State) {
    switch state {
    case .set: self = .set
    case .unset: self = .unset
    case .unspecified: return nil
    case .text(let bytes): self = .text(String(decoding: bytes, as: UTF8.self))
    }
  }
}
