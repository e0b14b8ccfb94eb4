#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// For what somebody's name stands in a commit.
public enum IdentityRole: String, Hashable, Sendable {
  /// Who wrote the change.
  case author
  /// Who stored the commit, or moved a reference.
  case committer
}

extension GitSession {
  /// The author or the committer, as ``identity()`` finds them out.
  ///
  /// - Throws: A ``GitError``, with the code `notFound` when a part is missing.
  public func identity(_ role: IdentityRole) throws(GitError) -> Signature {
    guard let signature = try signature(role.rawValue, environmentVariable) else {
      throw GitError(
        .notFound, operation: "find out who the \(role.rawValue) is",
        message: "no name or no e-mail address is configured; set user.name and user.email")
    }
    return signature
  }

  /// Whom commits are by, and when, as git finds it out.
  ///
  /// `GIT_AUTHOR_NAME`, `_EMAIL` and `_DATE` in the environment, else `author.name` and `.email` in
  /// the configuration, else `user.name` and `.email`; the same for the committer. The address may
  /// come from `EMAIL`, unless `user.useConfigOnly` is set. `nil` when a part is missing: a name is
  /// never made up from the account's, which git does outside of `user.useConfigOnly`.
  ///
  /// - Throws: A ``GitError``, with the code `invalidName` for a date that git does not read.
  public func identity() throws(GitError) -> (author: Signature, committer: Signature)? {
    try identity(environment: environmentVariable)
  }

  func identity(
    environment: (String) -> String?
  ) throws(GitError) -> (author: Signature, committer: Signature)? {
    guard let author = try signature("author", environment),
      let committer = try signature("committer", environment)
    else { return nil }
    return (author, committer)
  }

  private func signature(
    _ role: String, _ environment: (String) -> String?
  ) throws(GitError) -> Signature? {
    func value(_ field: String) throws(GitError) -> String? {
      let variable = "GIT_\(role.uppercased())_\(field.uppercased())"
      if let text = environment(variable) { return text }
      if let text = try configuration("\(role).\(field)"), !text.isEmpty { return text }
      if let text = try configuration("user.\(field)"), !text.isEmpty { return text }
      return nil
    }
    let givesUp = try configurationFlag("user.useConfigOnly") == true
    guard let name = try value("name"),
      let email = try value("email") ?? (givesUp ? nil : environment("EMAIL"))
    else { return nil }
    var signature = Signature(name: Self.cleaned(name), email: Self.cleaned(email))
    guard !signature.name.isEmpty else { return nil }
    let variable = "GIT_\(role.uppercased())_DATE"
    if let text = environment(variable) {
      guard let date = GitDate(text, localOffset: GitDate.localOffset) else {
        throw GitError(
          .invalidName, operation: "read \(variable)", message: "'\(text)' is no date")
      }
      (signature.seconds, signature.offset) = (date.seconds, date.offset)
    }
    return signature
  }

  /// Without what cannot be in a commit's header, and without what git strips from the ends.
  private static func cleaned(_ text: String) -> String {
    func isCrud(_ scalar: Unicode.Scalar) -> Bool {
      scalar.value <= 32 || ".,:;<>\"\\'".unicodeScalars.contains(scalar)
    }
    let inner = text.unicodeScalars.drop(while: isCrud).reversed().drop(while: isCrud).reversed()
    var cleaned = String.UnicodeScalarView()
    cleaned.append(contentsOf: inner.filter { $0 != "<" && $0 != ">" && $0 != "\n" })
    return String(cleaned)
  }
}

func environmentVariable(_ name: String) -> String? {
  guard let text = getenv(name), text.pointee != 0 else { return nil }
  return String(cString: text)
}
