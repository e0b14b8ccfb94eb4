import CLibGit2
import GitEngine
import SystemPackage
import TestSupport

/// libgit2's own calls, made as its documentation has them, to show what they do.
///
/// Each returns libgit2's status: 0, or an error's number.
final class Stock {
  let repository: OpaquePointer

  /// Opens the repository at `root`.
  init(_ root: FilePath) throws {
    // The engine starts libgit2.
    _ = try GitRepository.open(root)
    var handle: OpaquePointer?
    let status = git_repository_open(&handle, root.string)
    guard status == 0, let handle else {
      throw OracleError(description: "libgit2 does not open it: \(status) \(Self.lastMessage)")
    }
    repository = handle
  }

  deinit { git_repository_free(repository) }

  /// What libgit2 says of the last failure.
  static var lastMessage: String {
    git_error_last().map { String(cString: $0.pointee.message) } ?? ""
  }

  /// Pops the last entry of the stash.
  func popStash() -> Int32 { git_stash_pop(repository, 0, nil) }

  /// Adds a worktree on a new branch.
  func addWorktree(_ name: String, at path: FilePath) -> Int32 {
    var worktree: OpaquePointer?
    let status = git_worktree_add(&worktree, repository, name, path.string, nil)
    git_worktree_free(worktree)
    return status
  }

  /// Writes a commit's files over the checkout: with `GIT_CHECKOUT_SAFE`, or by force.
  func checkOut(_ commit: ObjectID, force: Bool = false) -> Int32 {
    var options = git_checkout_options()
    git_checkout_options_init(&options, UInt32(GIT_CHECKOUT_OPTIONS_VERSION))
    options.checkout_strategy = force ? GIT_CHECKOUT_FORCE.rawValue : GIT_CHECKOUT_SAFE.rawValue
    return withCommit(commit) { git_checkout_tree(repository, $0, &options) }
  }

  /// How many paths conflict when two commits are merged with libgit2's defaults.
  func conflicts(_ ours: ObjectID, _ theirs: ObjectID) -> Int {
    var index: OpaquePointer?
    let status = withCommit(ours) { left in
      withCommit(theirs) { git_merge_commits(&index, repository, left, $0, nil) }
    }
    guard status == 0 else { return -1 }
    defer { git_index_free(index) }
    var iterator: OpaquePointer?
    git_index_conflict_iterator_new(&iterator, index)
    defer { git_index_conflict_iterator_free(iterator) }
    var count = 0
    var stages:
      (
        UnsafePointer<git_index_entry>?, UnsafePointer<git_index_entry>?,
        UnsafePointer<git_index_entry>?
      )
    while git_index_conflict_next(&stages.0, &stages.1, &stages.2, iterator) == 0 { count += 1 }
    return count
  }

  /// The paths that libgit2's status lists, with its flags.
  func status() -> [String: UInt32] {
    var list: OpaquePointer?
    guard git_status_list_new(&list, repository, nil) == 0 else { return [:] }
    defer { git_status_list_free(list) }
    var found: [String: UInt32] = [:]
    for position in 0..<git_status_list_entrycount(list) {
      guard let entry = git_status_byindex(list, position)?.pointee,
        let path = (entry.index_to_workdir ?? entry.head_to_index)?.pointee.new_file.path
      else { continue }
      found[String(cString: path)] = entry.status.rawValue
    }
    return found
  }

  /// Stages everything, as `git add --all` does, and writes the tree.
  func stageAll() throws -> ObjectID {
    var index: OpaquePointer?
    git_repository_index(&index, repository)
    defer { git_index_free(index) }
    var oid = git_oid()
    guard git_index_add_all(index, nil, 0, nil, nil) == 0,
      git_index_update_all(index, nil, nil, nil) == 0, git_index_write_tree(&oid, index) == 0,
      let text = git_oid_tostr_s(&oid), let id = ObjectID(hex: String(cString: text))
    else { throw OracleError(description: Self.lastMessage) }
    return id
  }

  /// Whether libgit2 takes a branch for checked out somewhere.
  func isCheckedOut(_ branch: String) -> Bool {
    var reference: OpaquePointer?
    git_branch_lookup(&reference, repository, branch, GIT_BRANCH_LOCAL)
    defer { git_reference_free(reference) }
    return git_branch_is_checked_out(reference) == 1
  }

  /// A variable of the configuration.
  func configuration(_ name: String) throws -> String? {
    var configuration: OpaquePointer?
    guard git_repository_config_snapshot(&configuration, repository) == 0 else { return nil }
    defer { git_config_free(configuration) }
    var value: UnsafePointer<CChar>?
    guard git_config_get_string(&value, configuration, name) == 0 else { return nil }
    return value.map { String(cString: $0) }
  }

  /// Commits what is staged, on HEAD.
  func commitIndex(_ message: String) throws -> Int32 {
    var index: OpaquePointer?
    git_repository_index(&index, repository)
    defer { git_index_free(index) }
    var (tree, parent, commit) = (git_oid(), git_oid(), git_oid())
    guard git_index_write_tree(&tree, index) == 0,
      git_reference_name_to_id(&parent, repository, "HEAD") == 0
    else { throw OracleError(description: Self.lastMessage) }
    var (treeObject, parentObject): (OpaquePointer?, OpaquePointer?)
    git_tree_lookup(&treeObject, repository, &tree)
    git_commit_lookup(&parentObject, repository, &parent)
    defer {
      git_tree_free(treeObject)
      git_commit_free(parentObject)
    }
    var signature: UnsafeMutablePointer<git_signature>?
    git_signature_new(&signature, "Test", "test@example.com", 1_700_000_000, 0)
    defer { git_signature_free(signature) }
    var parents = [parentObject]
    return git_commit_create(
      &commit, repository, "HEAD", signature, signature, nil, message, treeObject, 1, &parents)
  }

  private func withCommit(_ id: ObjectID, _ body: (OpaquePointer?) -> Int32) -> Int32 {
    var oid = git_oid()
    git_oid_fromstr(&oid, id.description)
    var commit: OpaquePointer?
    guard git_commit_lookup(&commit, repository, &oid) == 0 else { return -1 }
    defer { git_commit_free(commit) }
    return body(commit)
  }
}
