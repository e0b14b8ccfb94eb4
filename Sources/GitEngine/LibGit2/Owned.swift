internal import CLibGit2

/// Names the `git_*_free` function of one libgit2 handle type.
protocol LibGit2Handle {
  static func free(_ pointer: OpaquePointer)
}

/// Sole owner of one libgit2 handle: freed exactly once, at the end of the owning scope.
///
/// Pointers that libgit2 lends out of a handle (`git_*_byindex`, `git_reference_name`) must be
/// copied before the owner goes out of scope.
struct Owned<Handle: LibGit2Handle>: ~Copyable {
  let pointer: OpaquePointer

  /// Runs a libgit2 constructor that fills an out-parameter.
  init(
    _ operation: @autoclosure () -> String, _ make: (inout OpaquePointer?) -> Int32
  ) throws(GitError) {
    var made: OpaquePointer?
    let status = make(&made)
    guard status >= 0, let made else { throw GitError(status: status, operation: operation()) }
    self.pointer = made
  }

  /// Like the other, with "does not exist" as an answer: `nil`.
  init?(
    ifFound operation: @autoclosure () -> String, _ make: (inout OpaquePointer?) -> Int32
  ) throws(GitError) {
    var made: OpaquePointer?
    guard try checkFound(make(&made), operation()), let made else { return nil }
    self.pointer = made
  }

  deinit { Handle.free(pointer) }
}

enum BlobHandle: LibGit2Handle {
  static func free(_ pointer: OpaquePointer) { git_blob_free(pointer) }
}
enum CommitHandle: LibGit2Handle {
  static func free(_ pointer: OpaquePointer) { git_commit_free(pointer) }
}
enum ConfigHandle: LibGit2Handle {
  static func free(_ pointer: OpaquePointer) { git_config_free(pointer) }
}
enum DiffHandle: LibGit2Handle {
  static func free(_ pointer: OpaquePointer) { git_diff_free(pointer) }
}
enum FilterListHandle: LibGit2Handle {
  static func free(_ pointer: OpaquePointer) { git_filter_list_free(pointer) }
}
enum IndexHandle: LibGit2Handle {
  static func free(_ pointer: OpaquePointer) { git_index_free(pointer) }
}
enum ConflictIteratorHandle: LibGit2Handle {
  static func free(_ pointer: OpaquePointer) { git_index_conflict_iterator_free(pointer) }
}
enum ObjectHandle: LibGit2Handle {
  static func free(_ pointer: OpaquePointer) { git_object_free(pointer) }
}
enum ObjectDatabaseHandle: LibGit2Handle {
  static func free(_ pointer: OpaquePointer) { git_odb_free(pointer) }
}
enum RawObjectHandle: LibGit2Handle {
  static func free(_ pointer: OpaquePointer) { git_odb_object_free(pointer) }
}
enum PatchHandle: LibGit2Handle {
  static func free(_ pointer: OpaquePointer) { git_patch_free(pointer) }
}
enum ReferenceHandle: LibGit2Handle {
  static func free(_ pointer: OpaquePointer) { git_reference_free(pointer) }
}
enum ReferenceIteratorHandle: LibGit2Handle {
  static func free(_ pointer: OpaquePointer) { git_reference_iterator_free(pointer) }
}
enum ReflogHandle: LibGit2Handle {
  static func free(_ pointer: OpaquePointer) { git_reflog_free(pointer) }
}
enum RepositoryHandle: LibGit2Handle {
  static func free(_ pointer: OpaquePointer) { git_repository_free(pointer) }
}
enum RevisionWalkHandle: LibGit2Handle {
  static func free(_ pointer: OpaquePointer) { git_revwalk_free(pointer) }
}
enum StatusListHandle: LibGit2Handle {
  static func free(_ pointer: OpaquePointer) { git_status_list_free(pointer) }
}
enum TagHandle: LibGit2Handle {
  static func free(_ pointer: OpaquePointer) { git_tag_free(pointer) }
}
enum TransactionHandle: LibGit2Handle {
  static func free(_ pointer: OpaquePointer) { git_transaction_free(pointer) }
}
enum TreeHandle: LibGit2Handle {
  static func free(_ pointer: OpaquePointer) { git_tree_free(pointer) }
}
