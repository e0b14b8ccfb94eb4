internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// The attributes as they will be when a plan is carried out, for files that are written before.
///
/// libgit2 reads the attributes of the working tree first and has no call to look at others. So
/// this is a second handle on the checkout, one without a working tree, whose index in memory has
/// the attributes files to come. As in git, that index counts and not what lies on the disk.
final class AttributesToCome {
  private let handle: Owned<RepositoryHandle>
  private let filters: FilterPrograms

  /// `nil` when the plan changes no attributes file.
  init?(_ plan: CheckoutPlan, _ git: borrowing GitSession<Writing>) throws(GitError) {
    let steps = plan.steps.filter { $0.path.isAttributesFile }
    guard !steps.isEmpty else { return nil }
    let directory = git.gitDirectory
    handle = try Owned<RepositoryHandle>("read the attributes to come in \(directory)") { out in
      directory.withPlatformString {
        git_repository_open_ext(&out, $0, GIT_REPOSITORY_OPEN_BARE.rawValue, nil)
      }
    }
    filters = git.filters
    try RepositoryAccess.addWorktreeConfiguration(handle)
    let index = try Owned<IndexHandle>("read the index of \(directory)") {
      git_repository_index(&$0, handle.pointer)
    }
    for step in steps {
      switch step.file {
      case .blob(let entry): try index.put(step.path, entry)
      case .bytes(let bytes, let mode):
        try index.put(step.path, TreeEntry(mode: mode, id: git.writeBlob(bytes)))
      case .remove:
        _ = step.path.withCString { git_index_remove(index.pointer, $0, 0) }
        git_error_clear()
      case .none, .directory: break
      }
    }
    FilterRegistry.add(filters, for: handle.pointer)
  }

  deinit { FilterRegistry.remove(filters, for: handle.pointer) }

  /// The handle, for libgit2.
  var raw: OpaquePointer { handle.pointer }
}

extension RepositoryPath {
  /// Whether git reads attributes from a file of this name.
  var isAttributesFile: Bool { lastComponent.elementsEqual(".gitattributes".utf8) }
}
