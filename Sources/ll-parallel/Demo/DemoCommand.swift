import ArgumentParser
import GitEngine
import Orchestrator
import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Makes a sample repository and runs two workers on its ten issues.
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Make a sample repository and land its issues with a scripted agent.",
    discussion: """
      The agent is scripted, everything else is real: worktrees, processes,
      merges. Most issues land; one is closed, one agent forgets to commit, two
      change the same line so that one of them ends in conflict, and one agent
      gives up.
      """)

  @Option(help: "Where to make the sample. (default: a new temporary directory)")
  var directory: String?

  func run() async throws {
    let place = try directory.map { try WorkingDirectory.resolve($0) } ?? Self.temporaryDirectory()
    let demo = try await DemoRepository.make(in: place, program: programFile())
    // As if the user had gone there: paths are shown relative to it.
    guard demo.root.withPlatformString({ chdir($0) }) == 0 else { throw Errno(rawValue: errno) }
    print("A sample repository with \(DemoIssue.all.count) issues:")
    print("  \(demo.root)")
    print("")
    let project = try Project.open(demo.root)
    let configuration = try Configuration.load(root: project.root)
    let plan = try await RunPlan.make(project, configuration, RunOptions())
    let output = try OutputOptions.parse([])
    do {
      try await RunSession(plan, output).run()
    } catch let code as ExitCode where code.rawValue == 1 {
      // A conflict and an agent that gives up are a part of the demonstration.
    }
    try await printHistory(project, plan.baseBranch)
    print("")
    print("Look around there, or see what another run would do:")
    print("  cd \(demo.root)")
    print("  \(try programFile()) --dry-run")
  }

  private func printHistory(_ project: Project, _ branch: String) async throws {
    let commits = try await project.repository.read { git in
      guard let tip = try git.target(of: .branch(branch)) else { return [Commit]() }
      var walk = CommitWalk(from: [tip])
      walk.firstParentOnly = true
      return try git.commits(walk)
    }
    print("")
    print("What landed on \(branch), newest first:")
    for commit in commits { print("  \(commit.id.short)  \(commit.summary)") }
  }

  private static func temporaryDirectory() throws -> FilePath {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(base)/ll-parallel-demo-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
    return FilePath(platformString: template)
  }
}
