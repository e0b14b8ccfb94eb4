#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// The program and the key that sign commits, as the configuration names them.
///
/// It is found once, by ``GitSession/commitSigner(always:)``, and does not change with the
/// configuration afterwards. Its program runs for as long as ``check()`` or
/// ``GitSession/createCommit(tree:parents:message:author:committer:signer:)`` do: not a thing for
/// the inside of a transaction.
public struct CommitSigner: Hashable, Sendable {
  /// A kind of signature: a value of `gpg.format`.
  public enum Format: String, Sendable {
    /// Made by `gpg` or a program that takes its arguments.
    case openPGP = "openpgp"
    /// Made by `gpgsm` or a program that takes its arguments.
    case x509
    /// Made by `ssh-keygen` or a program that takes its arguments.
    case ssh
  }

  /// The kind of the signatures.
  public let format: Format
  /// The program: a path, or a name to be found in `PATH`.
  public let program: String
  /// What names the key to the program.
  ///
  /// For ``Format/ssh`` this is a file, or the public key itself after `key::` or as `ssh-…`.
  public let key: String
  /// Where the program runs.
  public let directory: FilePath
  /// How long one signature may take; somebody may have to touch or type something.
  public var patience: Duration = .seconds(120)

  init(format: Format, program: String, key: String, directory: FilePath) {
    self.format = format
    self.program = program
    self.key = key
    self.directory = directory
  }

  /// Makes one signature of a sample text, so that a missing program or key shows early.
  ///
  /// - Throws: A ``GitError`` with the code `signing` and the program's own words.
  public func check() throws(GitError) {
    _ = try sign(Array("Can commits be signed?\n".utf8))
  }

  /// The signature of a text, as it goes into a commit.
  ///
  /// Whatever goes wrong is a failure to sign, so that callers can go on without a signature.
  func sign(_ text: [UInt8]) throws(GitError) -> [UInt8] {
    do throws(GitError) {
      return try withPrivateDirectory("gitengine-signing") { directory throws(GitError) in
        let file = directory.appending("commit")
        try writeNewFile(file, text)
        return switch format {
        case .openPGP, .x509: try cleaned(signWithGPG(file))
        case .ssh: try cleaned(signWithSSH(file))
        }
      }
    } catch {
      guard error.code != .signing else { throw error }
      throw GitError(.signing, operation: error.operation, message: error.message)
    }
  }

  /// A signature without the carriage returns before line feeds, as git keeps it, and without the
  /// line end behind it.
  private func cleaned(_ signature: [UInt8]) throws(GitError) -> [UInt8] {
    var lines = signature.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for index in lines.indices.dropLast() where lines[index].last == UInt8(ascii: "\r") {
      lines[index].removeLast()
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    guard !lines.isEmpty, !signature.contains(0) else { throw failure("it made no signature") }
    return Array(lines.joined(separator: [UInt8(ascii: "\n")]))
  }

  private func signWithGPG(_ file: FilePath) throws(GitError) -> [UInt8] {
    let outcome = try run(["--status-fd=2", "-bsau", key], input: file)
    let isCreated = outcome.errors.text.split(whereSeparator: \.isNewline)
      .contains { $0.hasPrefix("[GNUPG:] SIG_CREATED ") }
    guard isCreated else {
      throw failure("it did not say that it made a signature", outcome.errors)
    }
    guard outcome.output.isWhole else { throw failure("its signature is too long") }
    return outcome.output.bytes
  }

  private func signWithSSH(_ file: FilePath) throws(GitError) -> [UInt8] {
    var keyFile = key
    if let literal = literalKey {
      let path = file.removingLastComponent().appending("key")
      try writeNewFile(path, Array((literal + "\n").utf8))
      try system("protect \(path)") { path.withPlatformString { chmod($0, 0o600) } }
      keyFile = path.string
    }
    let start = "-Y sign -n git -f".split(separator: " ").map(String.init)
    let outcome = try run(start + [keyFile, file.string], input: nil)
    let result = FilePath(file.string + ".sig")
    guard try fileStatus(result) != nil else {
      throw failure("it wrote no signature", outcome.errors)
    }
    return try readWholeFile(result)
  }

  /// The public key that ``key`` itself is, where it is not the name of a file.
  private var literalKey: String? {
    if key.hasPrefix("key::") { return String(key.dropFirst("key::".count)) }
    return key.hasPrefix("ssh-") ? key : nil
  }

  /// Runs the program; anything but the exit status 0 is an error.
  private func run(
    _ arguments: [String], input: FilePath?
  ) throws(GitError) -> ProgramRun.Outcome {
    let outcome = try ProgramRun(
      command: ProgramCommand(program, arguments.map { Array($0.utf8) }, in: directory),
      input: input.map { .file($0) } ?? .nothing, patience: patience
    ).run()
    switch outcome.end {
    case .exited(0): return outcome
    case .exited(let status): throw failure("it ended with status \(status)", outcome.errors)
    case .signaled(let signal): throw failure("it was ended by signal \(signal)", outcome.errors)
    case .tookTooLong:
      throw failure("it was stopped because it took longer than \(patience)", outcome.errors)
    case .cancelled: throw failure("it was stopped because the task was cancelled", outcome.errors)
    }
  }

  private func failure(_ what: String, _ errors: ProgramText = ProgramText()) -> GitError {
    // The lines for other programs are not for people, nor is all of a long tale.
    let lines = errors.text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("[GNUPG:]") }
    let words = String(lines.suffix(5).joined(separator: "\n").suffix(1000))
    return GitError(
      .signing, operation: "sign a commit with '\(program)'",
      message: words.isEmpty ? what : "\(what): \(words)")
  }
}

extension GitError.Code {
  /// A commit could not be signed; the message has the program's own words.
  public static let signing = GitError.Code(rawValue: -1001)
}
