import Testing

@testable import Orchestrator

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// Runs the protocol against a script in the place of the agent's program.
@Suite("LittleLoopsProtocol", .timeLimit(.minutes(1)))
struct LittleLoopsProtocolTests {
  let sandbox: AgentSandbox
  let log: AgentLog

  init() throws {
    sandbox = try AgentSandbox()
    log = AgentLog(directory: sandbox.file("logs"), issue: "BUG-7")
  }

  private static func say(_ text: String) -> String {
    #"printf '%s\n' '{"type":"assistant","message":{"content":[{"type":"text","text":""# + text
      + #""}]}}'"#
  }

  private static let result = #"echo '{"type":"result","is_error":false,"result":"ok"}'"#

  /// An agent that counts its calls, writes down its prompts, and acts by the prompt.
  private func run(
    ready: String = say(#"## VERDICT\nREADY"#), manage: String = "exit 0",
    decide: String = "exit 0",
    decisionNeeded: Bool = false, change: (inout LittleLoopsSettings) -> Void = { _ in }
  ) async throws -> AgentResult {
    let script = try sandbox.script(
      """
      for last; do :; done
      printf '%s\\n' "$last" | head -n 1 >> prompts
      printf '%s\\n' "$*" >> arguments
      case "$last" in
      /ll:ready-issue*) \(ready);;
      /ll:decide-issue*) \(decide);;
      *) \(manage);;
      esac
      """)
    var settings = LittleLoopsSettings(executable: script)
    change(&settings)
    return try await LittleLoopsProtocol(settings).run(
      .sample(worktree: sandbox.path, decisionNeeded: decisionNeeded),
      environment: AgentEnvironment(log: log, groups: AgentProcessGroups()))
  }

  private var prompts: [String] {
    get throws { try sandbox.text(of: "prompts").split(separator: "\n").map(String.init) }
  }

  @Test("a ready issue is checked, then worked on, with the documented command line")
  func ready() async throws {
    let result = try await run()
    #expect(result.outcome == .finished(corrections: [], concerns: []))
    #expect(result.steps.map(\.name) == ["ready-issue", "manage-issue"])
    #expect(try prompts == ["/ll:ready-issue BUG-7", "/ll:manage-issue bugs fix BUG-7"])
    #expect(
      try sandbox.text(of: "arguments").hasPrefix(
        "--dangerously-skip-permissions --verbose --output-format stream-json "
          + "-p /ll:ready-issue BUG-7\n"))
  }

  @Test("a decision is taken first, and its failure is only noted")
  func decision() async throws {
    let result = try await run(decide: "exit 9", decisionNeeded: true)
    #expect(result.outcome == .finished(corrections: [], concerns: []))
    #expect(try prompts[1] == "/ll:decide-issue BUG-7")
    #expect(try sandbox.text(of: "logs/BUG-7.log").contains("decide-issue failed"))
  }

  @Test("the environment is the documented one")
  func environment() async throws {
    _ = try await run(
      manage: "env > environment",
      change: { $0.environment = ["LL_CONTEXT_LIMIT": "60000", "GIT_DIR": "x"] })
    let lines = Set(try sandbox.text(of: "environment").split(separator: "\n").map(String.init))
    for line in [
      "LL_ISSUE_ID=BUG-7", "LL_RUN_ID=run-1", "LL_NON_INTERACTIVE=1", "LL_AUTOMATION=",
      "CLAUDE_BASH_MAINTAIN_PROJECT_WORKING_DIR=1", "LL_CONTEXT_LIMIT=60000",
    ] { #expect(lines.contains(line)) }
    #expect(!lines.contains { $0.hasPrefix("GIT_") && $0.hasPrefix("GIT_DIR=") })
  }

  @Test("corrections and concerns are passed on")
  func corrections() async throws {
    let result = try await run(
      ready: Self.say(#"## VERDICT\nCORRECTED\n## CORRECTIONS_MADE\n- a\n## CONCERNS\n- b"#))
    #expect(result.outcome == .finished(corrections: ["a"], concerns: ["b"]))
  }

  @Test("an issue that needs nothing, or cannot be worked on, is not worked on")
  func notWorkedOn() async throws {
    let close = try await run(
      ready: Self.say(#"VERDICT: CLOSE\n## CLOSE_REASON\n- Reason: fixed\n## CLOSE_STATUS\nClosed"#)
    )
    #expect(close.outcome == .close(reason: "fixed", status: "Closed"))
    let blocked = try await run(ready: Self.say(#"VERDICT: BLOCKED\n## CONCERNS\n- by FEAT-1"#))
    #expect(blocked.outcome == .blocked(reason: "by FEAT-1"))
    let refused = try await run(ready: Self.say(#"VERDICT: NOT_READY\n## CONCERNS\n- too vague"#))
    guard case .failed(let reason) = refused.outcome else { return #expect(Bool(false)) }
    #expect(reason.contains("not ready") && reason.contains("too vague"))
    #expect(try prompts == Array(repeating: "/ll:ready-issue BUG-7", count: 3))
  }

  @Test("a check without a verdict is repeated, then fails with what was said")
  func unknown() async throws {
    let result = try await run(ready: Self.say("I cannot close this out"))
    guard case .failed(let reason) = result.outcome else { return #expect(Bool(false)) }
    #expect(reason.contains("no verdict in 2 attempts") && reason.contains("I cannot close this"))
    let second = try await run(
      ready: "if [ -e seen ]; then \(Self.say("VERDICT: READY")); else touch seen; fi")
    #expect(second.outcome == .finished(corrections: [], concerns: []))
  }

  @Test("a failed step is told with its name, its end and its last words")
  func failed() async throws {
    let result = try await run(manage: "echo trying; echo no disk >&2; exit 3")
    guard case .failed(let reason) = result.outcome else { return #expect(Bool(false)) }
    #expect(reason.hasPrefix("manage-issue exited with status 3"))
    #expect(reason.contains("trying") && reason.contains("no disk"))
    let killed = try await run(ready: "kill -9 $$")
    #expect(
      killed.outcome
        == .failed(reason: "ready-issue was ended by signal 9; it printed nothing"))
  }

  @Test("each step has its own time-out")
  func timeout() async throws {
    let limits = AgentLimits(timeout: .seconds(9), killGrace: .seconds(5))
    let result = try await run(
      ready: "sleep 5; \(Self.say("VERDICT: READY"))", manage: "sleep 5",
      change: { $0.limits = limits })
    #expect(result.outcome == .finished(corrections: [], concerns: []))
    let late = try await run(manage: "exec sleep 60", change: { $0.limits = limits })
    guard case .failed(let reason) = late.outcome else { return #expect(Bool(false)) }
    #expect(reason.hasPrefix("manage-issue was stopped: it ran longer"))
  }

  @Test("a session that said its result and does not exit is over, and nothing it says is lost")
  func lingering() async throws {
    let result = try await run(
      ready: "\(Self.result); \(Self.say("VERDICT: READY")); exec sleep 60",
      manage: "(exec sleep 60) & \(Self.result)",
      change: { $0.exitWait = .milliseconds(200) })
    #expect(result.outcome == .finished(corrections: [], concerns: []))
  }

  @Test("lines that are no events are text, whatever surrounds them")
  func mixed() async throws {
    let result = try await run(
      ready: """
        printf '\\377\\376 binary\\n'; echo '{broken'; head -c 3000000 /dev/zero | tr '\\0' x; echo
        echo '{"type":"user","message":{"content":"VERDICT: CLOSE"}}'; printf 'VERDICT: READY'
        """)
    #expect(result.outcome == .finished(corrections: [], concerns: []))
  }

  @Test("a conversation that is too long goes on in a new session")
  func tooLong() async throws {
    let result = try await run(
      manage: """
        if [ -e full ]; then exit 0; fi; touch full
        \(Self.say("half done")); echo 'Error: Prompt is too long' >&2; exit 1
        """)
    #expect(result.outcome == .finished(corrections: [], concerns: []))
    #expect(try prompts[2].hasPrefix("CONTEXT LIMIT REACHED"))
    #expect(try sandbox.text(of: "arguments").contains("half done"))
  }

  @Test("a conversation that its result calls too long goes on in a new session, too")
  func tooLongByResult() async throws {
    let result = try await run(
      manage: """
        if [ -e full ]; then exit 0; fi; touch full
        echo '{"type":"result","is_error":true,"result":"Prompt is too long"}'; exit 1
        """)
    #expect(result.outcome == .finished(corrections: [], concerns: []))
    #expect(try prompts[2].hasPrefix("CONTEXT LIMIT REACHED"))
  }

  @Test("a context that is full again and again is a failure after three further sessions")
  func tooLongAgain() async throws {
    let result = try await run(manage: "echo 'prompt is too long' >&2; exit 1")
    guard case .failed(let reason) = result.outcome else { return #expect(Bool(false)) }
    #expect(reason.contains("full again after 3 further sessions"))
    #expect(result.steps.filter { $0.name == "manage-issue" }.count == 4)
  }

  private static let announcement = say("CONTEXT_HANDOFF: Ready for fresh session")

  @Test("a hand-over that a hook suggests is asked for and taken up")
  func handOver() async throws {
    let result = try await run(
      manage: """
        case "$last" in
        *handoff) touch .ll/ll-continue-prompt.md; \(Self.announcement);;
        *--resume) ;;
        *) mkdir -p .ll; touch .ll/ll-context-handoff-needed;;
        esac
        """)
    #expect(result.outcome == .finished(corrections: [], concerns: []))
    #expect(
      try prompts.dropFirst(2) == ["/ll:handoff", "/ll:manage-issue bugs fix BUG-7 --resume"])
    #expect(try sandbox.text(of: "arguments").contains("--continue -p /ll:handoff"))
  }

  @Test("an announced hand-over goes on: from its notes, else from what is there")
  func announced() async throws {
    // Notes of another day are none.
    let script = """
      case $(wc -l < prompts | tr -d ' ') in
      2) \(Self.announcement);;
      3) echo more > .ll/ll-continue-prompt.md; \(Self.announcement);;
      *) ;;
      esac
      """
    _ = try await AgentProcess(groups: AgentProcessGroups()).run(
      .shell("mkdir .ll; echo old > .ll/ll-continue-prompt.md", in: sandbox)
    ) { _ in .goOn }
    let result = try await run(manage: script)
    #expect(result.outcome == .finished(corrections: [], concerns: []))
    #expect(try prompts[2].hasPrefix("CONTEXT HANDOFF"))
    #expect(try prompts[3] == "/ll:manage-issue bugs fix BUG-7 --resume")
  }

  @Test("a hand-over that fails does not spoil the work before it")
  func failedHandOver() async throws {
    let result = try await run(
      manage: """
        case "$last" in
        *handoff) echo "No conversation found to continue" >&2; exit 1;;
        CONTEXT*) ;;
        *) mkdir -p .ll; touch .ll/ll-context-handoff-needed;;
        esac
        """)
    #expect(result.outcome == .finished(corrections: [], concerns: []))
    #expect(
      try prompts.last
        == "CONTEXT HANDOFF: the session before this one ended because its context was nearly full, and left no notes. Take over its task, which is:"
    )
  }

  @Test("a suggestion that a check left is not the work's")
  func staleSentinel() async throws {
    _ = try await run(
      ready: "mkdir -p .ll; touch .ll/ll-context-handoff-needed; \(Self.say("VERDICT: READY"))")
    #expect(try prompts == ["/ll:ready-issue BUG-7", "/ll:manage-issue bugs fix BUG-7"])
  }

  @Test("what only the result says is said, too")
  func resultOnly() async throws {
    let result = try await run(
      ready: #"echo '{"type":"result","is_error":false,"result":"Unknown command: ready-issue"}'"#)
    guard case .failed(let reason) = result.outcome else { return #expect(Bool(false)) }
    #expect(reason.contains("Unknown command: ready-issue"))
  }

  @Test("a launcher gets its own arguments first")
  func launcher() async throws {
    _ = try await run(change: { settings in
      settings.arguments = [settings.executable, "x"]
      settings.executable = "sh"
    })
    #expect(try sandbox.text(of: "arguments").hasPrefix("x --dangerously-skip-permissions "))
  }

  @Test("commands and prefix can be configured")
  func configured() async throws {
    _ = try await run(
      ready: "",
      manage: Self.say("VERDICT: CLOSE"),
      change: {
        $0.commandPrefix = "/my:"
        $0.readyCommand = "check {{issue_type}}/{{issue_id}} {{action}}"
      })
    #expect(try prompts == ["/my:check bugs/BUG-7 fix"])
  }

  @Test("a missing program fails the step in words")
  func missing() async throws {
    let result = try await run(change: { $0.executable = "no-such-claude" })
    guard case .failed(let reason) = result.outcome else { return #expect(Bool(false)) }
    #expect(reason.contains("'no-such-claude' was not found in PATH"))
    let settings = LittleLoopsSettings(executable: "no-such-claude")
    #expect(LittleLoopsProtocol(settings).startProblem(in: "/") != nil)
    #expect(LittleLoopsProtocol(LittleLoopsSettings(executable: "sh")).startProblem(in: "/") == nil)
  }

  @Test("a round on conflicts names files and issues")
  func conflicts() async throws {
    let script = try sandbox.script(#"for last; do :; done; printf '%s' "$last" > prompt"#)
    let result = try await LittleLoopsProtocol(LittleLoopsSettings(executable: script))
      .resolveConflicts(
        AgentConflict(
          files: ["a.swift: content"],
          otherIssues: [.init(id: "FEAT-1", title: "Faster", text: "Make it faster.")],
          baseBranch: "main"),
        of: .sample(worktree: sandbox.path),
        environment: AgentEnvironment(log: log, groups: AgentProcessGroups()))
    #expect(result.outcome == .finished(corrections: [], concerns: []))
    let prompt = try sandbox.text(of: "prompt")
    for word in ["a.swift", "FEAT-1", "Make it faster.", "'main'", "BUG-7", "# It breaks"] {
      #expect(prompt.contains(word))
    }
  }

  @Test("an interruption during the check starts no work")
  func interrupted() async throws {
    let (stream, send) = AsyncStream<Void>.makeStream()
    let script = try sandbox.script(
      "trap 'echo VERDICT: READY; exit 0' TERM; echo up; echo x >> calls; "
        + "while :; do sleep 0.02; done")
    let task = Task { [sandbox, log] in
      try await LittleLoopsProtocol(LittleLoopsSettings(executable: script)).run(
        .sample(worktree: sandbox.path),
        environment: AgentEnvironment(
          log: log, groups: AgentProcessGroups(), onText: { _ in send.yield() }))
    }
    for await _ in stream { break }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try sandbox.text(of: "calls") == "x\n")
    #expect(try sandbox.text(of: "logs/BUG-7.log").contains("ready-issue: interrupted"))
  }
}
