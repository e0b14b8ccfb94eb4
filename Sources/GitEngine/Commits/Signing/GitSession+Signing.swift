#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension GitSession {
  /// What signs commits here; `nil` when `commit.gpgSign` is off.
  ///
  /// Only the configuration is read; whether the program and the key are there is for
  /// ``CommitSigner/check()`` to find out.
  ///
  /// - Parameter always: Whether to answer even if `commit.gpgSign` is off.
  /// - Throws: A ``GitError`` with the code `signing` when the configuration names no key, or a
  ///   format that is not known.
  public func commitSigner(always: Bool = false) throws(GitError) -> CommitSigner? {
    let isOn = try configurationFlag("commit.gpgSign") == true
    guard always || isOn else { return nil }
    let name = try configuration("gpg.format") ?? CommitSigner.Format.openPGP.rawValue
    guard let format = CommitSigner.Format(rawValue: name) else {
      throw signingError("gpg.format is '\(name)'; known are openpgp, x509 and ssh")
    }
    let directory = workingTree ?? gitDirectory
    return CommitSigner(
      format: format, program: try signingProgram(format),
      key: try signingKey(format, in: directory), directory: directory)
  }

  private func signingProgram(_ format: CommitSigner.Format) throws(GitError) -> String {
    var program = try configuration("gpg.\(format.rawValue).program")
    if program == nil, format == .openPGP { program = try configuration("gpg.program") }
    if let program, !program.isEmpty { return expandingHome(program) }
    return switch format {
    case .openPGP: "gpg"
    case .x509: "gpgsm"
    case .ssh: "ssh-keygen"
    }
  }

  private func signingKey(
    _ format: CommitSigner.Format, in directory: FilePath
  ) throws(GitError) -> String {
    if let key = try configuration("user.signingKey"), !key.isEmpty {
      guard format == .ssh, !key.hasPrefix("key::"), !key.hasPrefix("ssh-") else { return key }
      return directory.pushing(FilePath(expandingHome(key))).string
    }
    guard format != .ssh else {
      throw signingError("gpg.format is ssh, and user.signingKey names no key")
    }
    guard let committer = try identity()?.committer else {
      throw signingError("neither user.signingKey nor an identity says with which key")
    }
    return "\(committer.name) <\(committer.email)>"
  }

  private func signingError(_ why: String) -> GitError {
    GitError(.signing, operation: "sign commits", message: why)
  }
}

/// A path with `~/` replaced by the user's home directory.
private func expandingHome(_ path: String) -> String {
  guard path.hasPrefix("~/"), let home = environmentVariable("HOME") else { return path }
  return home + path.dropFirst()
}
