#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// A key of ssh for signatures, with the file that lets `git` check them.
public struct SigningKey: Sendable {
  /// The private key; the public one is beside it.
  public let file: FilePath
  /// The text of the public key, as in `ssh-… AAAA…`.
  public let publicKey: String

  /// Makes a key for the identity of the tests, and tells a repository to check by it.
  public init(for repository: TestRepository) async throws {
    file = repository.sandbox.appending("key")
    try await Oracle.run(
      "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", file.string],
      in: repository.sandbox)
    publicKey = String(
      decoding: try readFile(FilePath(file.string + ".pub")), as: UTF8.self
    ).split(separator: "\n").joined()
    let allowed = repository.sandbox.appending("allowed")
    try writeFile(allowed, "test@example.com \(publicKey)\n")
    try await repository.git("config", "gpg.ssh.allowedSignersFile", allowed.string)
  }
}

extension TestRepository {
  /// Makes a key and turns signing with it on.
  @discardableResult
  public func signWithSSH() async throws -> SigningKey {
    let key = try await SigningKey(for: self)
    try await git("config", "gpg.format", "ssh")
    try await git("config", "user.signingKey", key.file.string)
    try await git("config", "commit.gpgSign", "true")
    return key
  }

  /// Writes a script into the sandbox, and returns its path.
  ///
  /// Lines of shell; `$SANDBOX` says where the test keeps its things.
  public func script(_ name: String, _ lines: String) throws -> FilePath {
    let file = sandbox.appending(name)
    try writeFile(file, "#!/bin/sh\nSANDBOX='\(sandbox)'\n\(lines)\n", executable: true)
    return file
  }
}
