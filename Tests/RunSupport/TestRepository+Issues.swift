public import TestSupport

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

extension TestRepository {
  /// Clones a repository to a clean one on the branch `main`, without a remote.
  public static func clone(_ source: FilePath, in sandbox: FilePath) async throws
    -> TestRepository
  {
    let repository = TestRepository(root: sandbox.appending("repo"), sandbox: sandbox)
    try await Oracle.git(["clone", "--quiet", source.string, repository.root.string], in: sandbox)
    try await repository.git("checkout", "--quiet", "-B", "main")
    try await repository.git("remote", "remove", "origin")
    try await repository.git("config", "user.name", "Test")
    try await repository.git("config", "user.email", "test@example.com")
    return repository
  }

  /// A file of the working tree.
  public func file(_ name: String) -> FilePath { root.pushing(FilePath(name)) }

  /// The text of a file of the working tree; `nil` when it cannot be read.
  public func text(of name: String) -> String? {
    (try? readFile(file(name))).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Writes an issue file, uncommitted, and returns its path.
  ///
  /// - Parameter fields: Lines of frontmatter; without a status the issue is open.
  @discardableResult
  public func addIssue(
    _ id: String, priority: String = "P2", title: String = "Something to do",
    fields: [String] = ["status: open"]
  ) throws -> String {
    let category =
      switch id.prefix(while: { $0 != "-" }) {
      case "BUG": "bugs"
      case "FEAT": "features"
      default: "enhancements"
      }
    let slug = String(title.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "-" })
    let path = ".issues/\(category)/\(priority)-\(id)-\(slug).md"
    let header = fields.map { $0 + "\n" }.joined()
    try writeFile(file(path), "---\n\(header)---\n# \(id): \(title)\n\nDo it, please.\n")
    return path
  }

  /// Where `configure` puts the agent's script.
  public var agentFile: FilePath { sandbox.appending("agent") }

  /// Writes an agent of the plain protocol, and a configuration that names it.
  ///
  /// The script runs in the issue's worktree; `$LL_ISSUE_ID` says which issue it is, and
  /// `$SANDBOX` where the test keeps its things.
  ///
  /// - Parameter settings: Further members of the section `parallel`, as JSON.
  public func configure(agent script: String, settings: [String] = []) throws {
    try writeFile(
      agentFile, "#!/bin/sh\nset -e\nSANDBOX='\(sandbox)'\n\(script)\n", executable: true)
    try configure(command: [agentFile.string], settings: settings)
  }

  /// Writes a configuration with this command as the agent.
  public func configure(command: [String], settings: [String] = []) throws {
    let list = command.map { "\"\($0)\"" }.joined(separator: ", ")
    let members = ["\"protocol\": \"plain\"", "\"agent_command\": [\(list)]"] + settings
    try writeFile(
      file(".ll/ll-config.json"), "{\"parallel\": {\n  \(members.joined(separator: ",\n  "))\n}}\n")
  }

  /// Runs the program under test in the checkout.
  public func program(
    _ arguments: String..., at directory: FilePath? = nil, environment: [String: String] = [:]
  ) async throws -> Oracle.Output {
    try await Program.run(arguments, in: directory ?? root, environment: environment)
  }

  /// The agent of a simple change: a new file that is named after its issue, and a commit.
  public static let simpleAgent = """
    echo "done for $LL_ISSUE_ID" > "$LL_ISSUE_ID.txt"
    git add . && git commit --quiet -m "work on $LL_ISSUE_ID"
    """

  /// Everything in the working tree and in `.git`: kind, mode, time of change, size and content.
  public func everything() async throws -> [String] {
    let listing = try await Oracle.run(
      "sh",
      [
        "-c",
        "find . -printf '%p %y %m %T@ %C@ %s %l\\n' | sort; "
          + "find . -type f -exec cksum {} + | sort -k3",
      ], in: root)
    return listing.text.split(separator: "\n").map(String.init)
  }
}

/// A named pipe that lets scripts through one by one.
///
/// A script waits with `read -r _ < "$SANDBOX/gate"`.
public final class Gate: Sendable {
  private let descriptor: FileDescriptor

  /// Makes the pipe `gate` in a directory.
  public init(in directory: FilePath) throws {
    let path = directory.appending("gate")
    guard path.withPlatformString({ mkfifo($0, 0o600) }) == 0 else { throw Errno(rawValue: errno) }
    // With both ends open here, nobody has to wait for the other side's opening.
    descriptor = try .open(path, .readWrite, options: [.closeOnExec])
  }

  deinit { try? descriptor.close() }

  /// Lets so many scripts through, now or when they come.
  public func open(for count: Int) throws {
    _ = try descriptor.writeAll([UInt8](repeating: UInt8(ascii: "\n"), count: count))
  }
}
