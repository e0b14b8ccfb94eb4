internal import CLibGit2

/// A failure of a git operation, captured on the thread that made the call.
///
/// Outcomes that a caller must expect (a conflict, a branch that does not exist) are values, not
/// errors; this is for what went wrong.
public struct GitError: Error, Hashable, Sendable {
  /// What went wrong, for code that decides what to do next.
  public let code: Code
  /// The subsystem that reported it.
  public let category: Category
  /// What the engine was doing, with its operands: "create branch 'topic'".
  public let operation: String
  /// Why it failed, in the words of libgit2 or of the operating system.
  public let message: String
  /// The `errno` of a failed system call.
  var systemError: Int32 = 0

  /// An error that the engine itself found.
  public init(
    _ code: Code, operation: String, message: String, category: Category = .none
  ) {
    self.code = code
    self.category = category
    self.operation = operation
    self.message = message
  }
}

extension GitError {
  /// The kind of a failure.
  ///
  /// An open set: libgit2 adds codes in minor releases.
  public struct Code: RawRepresentable, Hashable, Sendable {
    /// libgit2's number.
    public let rawValue: Int32
    /// A code from libgit2's number.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// No more specific kind is known.
    public static let generic = Code(rawValue: GIT_ERROR.rawValue)
    /// The object, reference or path does not exist.
    public static let notFound = Code(rawValue: GIT_ENOTFOUND.rawValue)
    /// Something of that name exists already.
    public static let exists = Code(rawValue: GIT_EEXISTS.rawValue)
    /// An abbreviated id names several objects.
    public static let ambiguous = Code(rawValue: GIT_EAMBIGUOUS.rawValue)
    /// The operation needs a working tree.
    public static let bareRepository = Code(rawValue: GIT_EBAREREPO.rawValue)
    /// HEAD names a branch that has no commit yet.
    public static let unbornBranch = Code(rawValue: GIT_EUNBORNBRANCH.rawValue)
    /// A name is not valid.
    public static let invalidName = Code(rawValue: GIT_EINVALIDSPEC.rawValue)
    /// Local changes are in the way.
    public static let conflict = Code(rawValue: GIT_ECONFLICT.rawValue)
    /// Somebody else holds the lock file.
    public static let locked = Code(rawValue: GIT_ELOCKED.rawValue)
    /// A reference is not at the expected value.
    public static let modified = Code(rawValue: GIT_EMODIFIED.rawValue)
    /// The repository belongs to another user (`safe.directory`).
    public static let foreignOwner = Code(rawValue: -36)
    /// The repository uses a feature that the engine must not touch.
    public static let unsupported = Code(rawValue: -39)
  }

  /// The subsystem that reported a failure.
  ///
  /// An open set.
  public struct Category: RawRepresentable, Hashable, Sendable {
    /// libgit2's number.
    public let rawValue: Int32
    /// A category from libgit2's number.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// Not reported by libgit2.
    public static let none = Category(rawValue: Int32(GIT_ERROR_NONE.rawValue))
    /// A system call failed.
    public static let system = Category(rawValue: Int32(GIT_ERROR_OS.rawValue))
  }

  /// Reads and clears the calling thread's last libgit2 error.
  init(status: Int32, operation: String) {
    let last = git_error_last()
    let message = last?.pointee.message.map { String(cString: $0) } ?? "libgit2 gave no reason"
    // A split or a sparse index; libgit2 has no code for it.
    let isUnsupported = message.hasPrefix("unsupported mandatory extension")
    self.init(
      isUnsupported ? .unsupported : Code(rawValue: status), operation: operation, message: message,
      category: Category(rawValue: Int32(last?.pointee.klass ?? 0)))
    git_error_clear()
  }
}

extension GitError: CustomStringConvertible {
  /// "cannot <operation>: <message>".
  public var description: String { "cannot \(operation): \(message)" }
}
