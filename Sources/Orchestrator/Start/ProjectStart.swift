internal import GitEngine

#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// Writes what a project needs for its first run, and never over anything.
public struct ProjectStart: Sendable {
  /// What came of one file.
  public enum Result: Hashable, Sendable {
    case written(FilePath)
    /// Something is there already.
    case kept(FilePath)
  }

  private let project: Project

  /// A start in a checkout.
  public init(_ project: Project) { self.project = project }

  /// The known agents that can be started here, in the order of preference.
  public static func agentsAtHand(in root: FilePath) -> [String] {
    PlainPreset.all.filter { preset in
      let command = AgentCommand(
        executable: preset.command.first ?? "", workingDirectory: root)
      return (try? command.resolveExecutable()) != nil
    }.map(\.name)
  }

  /// All agents that are known by name.
  public static var knownAgents: [String] { PlainPreset.all.map(\.name) }

  /// The file that a configuration is read from, if there is one; else where a first one goes.
  public var configurationFile: FilePath {
    let names = [".ll/ll-config.json", "ll-config.json"]
    let files = names.map { project.root.pushing(FilePath($0)) }
    return files.first { FileTree.kind(of: $0) != nil } ?? files[0]
  }

  /// Writes a first configuration.
  ///
  /// - Parameters:
  ///   - agent: The name of a known agent.
  ///   - workers: How many run at a time.
  public func writeConfiguration(agent: String, workers: Int) throws -> Result {
    try write(
      configurationFile,
      """
      {
        "parallel": {
          "protocol": "plain",
          "agent": "\(agent)",
          "max_workers": \(workers)
        }
      }

      """)
  }

  /// Writes a small issue that any agent can do.
  public func writeSampleIssue() throws -> Result {
    let file = project.root.pushing(".issues/features/P3-FEAT-001-say-hello.md")
    return try write(
      file,
      """
      ---
      status: open
      ---

      # FEAT-001: Say hello

      Add a file `HELLO.md` to the root of the repository with one line:

          Hello from the first issue.

      Nothing else changes.

      """)
  }

  private func write(_ file: FilePath, _ text: String) throws -> Result {
    // Whatever is there, also a link that leads nowhere, is somebody's.
    guard FileTree.kind(of: file) == nil else { return .kept(file) }
    try FileTree.makeDirectories(file.removingLastComponent())
    let descriptor: FileDescriptor
    do {
      descriptor = try FileDescriptor.open(
        file, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    } catch Errno.fileExists {
      return .kept(file)
    }
    try descriptor.closeAfter { _ = try descriptor.writeAll(Array(text.utf8)) }
    return .written(file)
  }
}
