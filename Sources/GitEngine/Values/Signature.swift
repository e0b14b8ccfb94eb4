internal import CLibGit2

/// Who made a commit, and when.
public struct Signature: Hashable, Sendable {
  /// The person's name.
  public var name: String
  /// The person's e-mail address.
  public var email: String
  /// Seconds since 1970; `nil` means "now, in the local time zone" at the time of use.
  public var seconds: Int64?
  /// Minutes east of UTC.
  public var offset: Int32

  /// A signature; without `seconds` it is dated when it is used.
  public init(name: String, email: String, seconds: Int64? = nil, offset: Int32 = 0) {
    self.name = name
    self.email = email
    self.seconds = seconds
    self.offset = offset
  }

  init(_ signature: git_signature) {
    name = signature.name.map { String(cString: $0) } ?? ""
    email = signature.email.map { String(cString: $0) } ?? ""
    seconds = signature.when.time
    offset = signature.when.offset
  }

  /// Calls `body` with libgit2's form of this signature.
  func withRaw<Result>(
    _ body: (UnsafePointer<git_signature>) throws(GitError) -> Result
  ) throws(GitError) -> Result {
    var made: UnsafeMutablePointer<git_signature>?
    let status =
      if let seconds {
        git_signature_new(&made, name, email, seconds, offset)
      } else {
        git_signature_now(&made, name, email)
      }
    try check(status, "use the identity '\(name) <\(email)>'")
    guard let made else {
      throw GitError(.generic, operation: "make a signature", message: "libgit2 gave none")
    }
    defer { git_signature_free(made) }
    return try body(made)
  }
}
