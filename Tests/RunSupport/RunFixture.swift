public import GitEngine
public import Orchestrator
internal import Synchronization
public import TestSupport

#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// A repository with issues and a scripted agent, and runs on it.
///
/// The agent is a shell script outside of the repository that knows `$id` and `$file`, the issue's
/// id and its file.
public struct RunFixture: Sendable {
  /// The repository.
  public let repository: TestRepository

  /// Where the agent's script and what it writes down are.
  public var sandbox: FilePath { repository.sandbox }

  /// The file of an issue.
  public static func file(_ id: String, priority: String = "P2") -> RepositoryPath {
    RepositoryPath(".issues/\(directory(id))/\(priority)-\(id)-sample.md")
  }

  private static func directory(_ id: String) -> String {
    id.hasPrefix("FEAT") ? "features" : id.hasPrefix("ENH") ? "enhancements" : "bugs"
  }

  /// The text of an issue's file.
  public static func issueText(_ id: String, fields: [String] = []) -> String {
    let all = ["status: open"] + fields
    return "---\n" + all.map { $0 + "\n" }.joined() + "---\n\n# \(id): Sample\n\nDo \(id).\n"
  }

  /// Writes an issue's file into the checkout.
  public func addIssue(_ id: String, priority: String = "P2", fields: [String] = []) throws {
    try repository.write(
      Self.file(id, priority: priority), Self.issueText(id, fields: fields))
  }

  /// Writes the configuration and the agent's script.
  ///
  /// - Parameters:
  ///   - agent: Lines of shell.
  ///   - settings: Keys of the section `parallel` with their values as JSON.
  public func configure(agent: String, _ settings: [String: String] = [:]) throws {
    let script = sandbox.appending("agent.sh")
    let start = """
      #!/bin/sh
      export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
      id=$LL_ISSUE_ID; file=$1; sandbox='\(sandbox)'

      """
    try writeFile(script, start + agent + "\n", executable: true)
    var all = [
      "protocol": #""plain""#, "agent_command": #"["sh", "\#(script)", "{{issue_file}}"]"#,
      "timeout_kill_grace_seconds": "5",
    ]
    if settings["protocol"] == #""little-loops""# { all["agent_command"] = #"["\#(script)"]"# }
    all.merge(settings) { $1 }
    let lines = all.sorted { $0.key < $1.key }.map { #"    "\#($0.key)": \#($0.value)"# }
    try repository.write(
      ".ll/ll-config.json",
      "{\n  \"parallel\": {\n\(lines.joined(separator: ",\n"))\n  }\n}\n")
  }

  /// What came of a run.
  public struct Outcome: Sendable {
    /// The summary.
    public var summary: RunSummary
    /// The events.
    public var log: EventLog
    /// What was said to people.
    public var notices: [String]

    /// What became of an issue.
    public subscript(_ issue: String) -> IssueReport? {
      summary.issues.first { $0.id == issue }
    }

    /// How an issue ended.
    public func outcome(_ issue: String) -> IssueReport.Outcome? { self[issue]?.outcome }
  }

  /// A run that is about to begin, with the events that it will have published.
  public func prepare(
    _ options: RunOptions = RunOptions(),
    coordinator: any MergeCoordination = MergeCoordinator(),
    pool: AgentPool = AgentPool(), listener: @escaping RunEvents.Listener = { _ in }
  ) async throws -> (run: @Sendable () async throws -> Outcome, plan: RunPlan) {
    let project = try Project.open(repository.root)
    let configuration = try Configuration.load(root: project.root)
    let plan = try await RunPlan.make(project, configuration, options)
    let recorder = EventRecorder()
    let orchestrator = Orchestrator(
      plan, coordinator: coordinator, listeners: [{ recorder.take($0) }, listener], pool: pool)
    let run: @Sendable () async throws -> Outcome = {
      let summary = try await orchestrator.run()
      return Outcome(
        summary: summary, log: try EventLog(recorder.lines), notices: recorder.notices)
    }
    return (run, plan)
  }

  /// Runs until nothing is left to do.
  public func run(
    _ options: RunOptions = RunOptions(),
    coordinator: any MergeCoordination = MergeCoordinator(),
    pool: AgentPool = AgentPool(), listener: @escaping RunEvents.Listener = { _ in }
  ) async throws -> Outcome {
    try await prepare(options, coordinator: coordinator, pool: pool, listener: listener).run()
  }

  /// Like a plain run, but lands first what an earlier one finished.
  public func runLandingPending() async throws -> Outcome {
    var options = RunOptions()
    options.earlierWork = EarlierWork(choice: .land)
    return try await run(options)
  }
}

/// Keeps the events of a run.
private final class EventRecorder: Sendable {
  private let state = Mutex((lines: [UInt8](), notices: [String]()))

  func take(_ record: RunEvents.Record) {
    state.withLock { state in
      if case .notice(let text) = record.event { state.notices.append(text) }
      state.lines += record.line ?? []
    }
  }

  var lines: [UInt8] { state.withLock { $0.lines } }
  var notices: [String] { state.withLock { $0.notices } }
}

/// Runs `body` with a repository whose issues the given agent works on.
///
/// - Parameters:
///   - issues: The ids of issues on the base branch.
///   - agent: Lines of shell.
///   - settings: Keys of the section `parallel` with their values as JSON.
public func withRunFixture<Value>(
  issues: [String] = ["BUG-001"], agent: String = RunFixture.committingAgent,
  _ settings: [String: String] = [:], _ body: (RunFixture) async throws -> Value
) async throws -> Value {
  try await withTestRepository { repository in
    let fixture = RunFixture(repository: repository)
    for id in issues { try fixture.addIssue(id) }
    try fixture.configure(agent: agent, settings)
    try await repository.commitAll("issues")
    return try await body(fixture)
  }
}

extension RunFixture {
  /// An agent that writes a file of its own and commits it.
  public static let committingAgent = """
    echo "work of $id" > "work-$id.txt"
    git add "work-$id.txt"
    git commit -q -m "work on $id"
    """

  /// An agent that changes the third line of `src/a.txt` and commits.
  public static let editingAgent = """
    sed -i "s/^a line 3\\$/a line 3, $id/" src/a.txt
    git commit -q -a -m "work on $id"
    """

  /// All references but the base branch.
  public func otherReferences() async throws -> [String] {
    try await repository.git("for-each-ref", "--format=%(refname)")
      .split(separator: "\n").map(String.init).filter { $0 != "refs/heads/main" }
  }

  /// The checkouts beside the main one.
  public func linkedWorktrees() async throws -> [String] {
    try await repository.git("worktree", "list", "--porcelain")
      .split(separator: "\n").filter { $0.hasPrefix("worktree ") }.dropFirst()
      .map { String($0.dropFirst("worktree ".count)) }
  }

  /// The first lines of the base branch's own commits since the issues were written, oldest first.
  public func landed() async throws -> [String] {
    try await repository.git("log", "--first-parent", "--reverse", "--format=%s", "main")
      .split(separator: "\n").map(String.init).filter { $0 != "first" && $0 != "issues" }
  }

  /// The text of a file at a revision; `nil` when it is not there.
  public func text(_ path: RepositoryPath, at revision: String = "main") async -> String? {
    let output = try? await Oracle.git(
      ["cat-file", "blob", "\(revision):\(path)"], in: repository.root)
    return output.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  /// What a run left that it should not have, as sentences: everything landed, so nothing.
  public func remains() async throws -> [String] {
    var found = try await otherReferences()
    found += try await linkedWorktrees()
    found += try await repository.git("status", "--porcelain", "--untracked-files=all")
      .split(separator: "\n").map { "status \($0)" }
    for path: RepositoryPath in [".worktrees", ".git/worktrees", ".git/ll-parallel/trash"]
    where repository.exists(path) { found.append("\(path)") }
    try await repository.git("fsck", "--strict", "--no-dangling")
    return found
  }
}
