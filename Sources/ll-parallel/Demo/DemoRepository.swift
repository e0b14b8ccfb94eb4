import GitEngine
import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The sample repository of the demonstration.
struct DemoRepository {
  let root: FilePath
  /// The program, which is its own scripted agent there.
  let program: FilePath

  /// Makes the repository below `directory`.
  static func make(in directory: FilePath, program: FilePath) async throws -> DemoRepository {
    let root = directory.appending("sample")
    let repository = try GitRepository.create(at: root)
    let demo = DemoRepository(root: root, program: program)
    var paths: [RepositoryPath] = []
    for (path, text) in demo.files {
      try writeText(text, to: RepositoryPath(path).absolute(in: root))
      paths.append(RepositoryPath(path))
    }
    let added = paths
    let author = Signature(name: "Demo", email: "demo@example.com")
    try await repository.transaction { git in
      try git.setConfiguration("user.name", to: author.name)
      try git.setConfiguration("user.email", to: author.email)
      _ = try git.commit(
        paths: added, message: "A small project with ten issues\n", author: author,
        committer: author)
    }
    guard demo.rendezvous.withPlatformString({ mkfifo($0, 0o600) }) == 0 else {
      throw Errno(rawValue: errno)
    }
    return demo
  }

  /// Where the agents of the two rival issues meet, so that both begin from the same commit.
  var rendezvous: FilePath { root.removingLastComponent().appending("meeting-point") }

  private var files: [(path: String, text: String)] {
    let configuration = """
      {
        "parallel": {
          "agent_command": ["\(program)", "demo-agent"],
          "max_workers": 2
        }
      }

      """
    return [
      ("README.md", "# Sample\n\nMade by `ll-parallel demo`.\n"),
      (".ll/ll-config.json", configuration),
      ("src/greeting.txt", "Helo, visitor!\n"),
      ("src/menu.txt", "start\nstop\n"),
      ("src/theme.txt", "theme = none\n"),
    ] + DemoIssue.all.map { ($0.file, $0.text) }
  }
}

/// Writes a text file, with the directories above it.
func writeText(_ text: String, to path: FilePath) throws {
  var directory = FilePath(root: path.root)
  for component in path.removingLastComponent().components {
    directory.append(component)
    _ = directory.withPlatformString { mkdir($0, 0o777) }
  }
  let file = try FileDescriptor.open(
    path, .writeOnly, options: [.create, .truncate, .closeOnExec],
    permissions: [.ownerReadWrite, .groupRead, .otherRead])
  _ = try file.closeAfter { try file.writeAll(Array(text.utf8)) }
}

/// The text of a file.
func readText(_ path: FilePath) throws -> String {
  let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
  return try file.closeAfter {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case let count = try buffer.withUnsafeMutableBytes({ try file.read(into: $0) }), count > 0
    {
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
