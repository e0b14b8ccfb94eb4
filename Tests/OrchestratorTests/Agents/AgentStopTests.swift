import Testing

@testable import Orchestrator

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

@Suite("AgentProcess: starting and stopping", .timeLimit(.minutes(1)))
struct AgentStopTests {
  let sandbox: AgentSandbox
  let groups = AgentProcessGroups()
  let output = OutputRecorder()

  init() throws { sandbox = try AgentSandbox() }

  private func start(
    _ script: String, killGrace: Duration = .seconds(20)
  ) -> Task<AgentExit, any Error> {
    let command = AgentCommand.shell(script, in: sandbox, limits: AgentLimits(killGrace: killGrace))
    return Task { [groups, output] in
      try await AgentProcess(groups: groups).run(command, onOutput: output.take)
    }
  }

  @Test("a cancelled command hears TERM at once and may end in order")
  func cancelled() async throws {
    let task = start(
      "trap 'echo bye; exit 0' TERM; echo $$ > pids; echo up; while :; do sleep 0.02; done")
    await output.wait(for: "up")
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(output.standardOutput == ["up", "bye"])
    for process in try sandbox.processes(in: "pids") { #expect(!isRunning(process)) }
    #expect(groups.running.isEmpty)
  }

  @Test("a cancelled command that ignores TERM is killed after the grace")
  func cancelledStubborn() async throws {
    let task = start(
      "trap '' TERM; (sleep 60; :) & echo $! > pids; echo $$ >> pids; echo up; while :; do sleep 1; done",
      killGrace: .milliseconds(200))
    await output.wait(for: "up")
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    for process in try sandbox.processes(in: "pids") { #expect(!isRunning(process)) }
  }

  @Test("an immediate kill cuts the grace short and reaches what starts later")
  func killAll() async throws {
    let task = start("trap '' TERM; echo $$ > pids; echo up; while :; do sleep 1; done")
    await output.wait(for: "up")
    #expect(groups.running.count == 1)
    task.cancel()
    groups.killAll()
    await #expect(throws: CancellationError.self) { try await task.value }
    for process in try sandbox.processes(in: "pids") { #expect(!isRunning(process)) }
    #expect(try await start("sleep 60").value == .signaled(9))
  }

  @Test("a cancelled task starts nothing")
  func cancelledBefore() async throws {
    let task = Task { [groups, output, sandbox] in
      withUnsafeCurrentTask { $0?.cancel() }
      return try await AgentProcess(groups: groups).run(
        .shell("touch started", in: sandbox), onOutput: output.take)
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(!sandbox.exists("started"))
  }

  @Test("the start is told, with the group's id")
  func started() async throws {
    let (stream, send) = AsyncStream<AgentProcessStart>.makeStream()
    _ = try await AgentProcess(groups: groups).run(
      .shell("echo $$", in: sandbox), onStart: { send.yield($0) }, onOutput: output.take)
    send.finish()
    var starts: [AgentProcessStart] = []
    for await start in stream { starts.append(start) }
    #expect(starts.map { String($0.processGroup) } == output.texts)
    #if os(Linux)
      #expect(starts.first?.startTicks ?? 0 > 0)
    #endif
  }

  #if os(Linux)
    @Test("a command has a session of its own, without a terminal")
    func session() async throws {
      let exit = try await AgentProcess(groups: groups).run(
        .shell("echo $(cut -d' ' -f5,6,7 /proc/$$/stat) $$", in: sandbox), onOutput: output.take)
      #expect(exit == .exited(0))
      let fields = output.texts.first?.split(separator: " ") ?? []
      #expect(fields.count == 4 && fields[0] == fields[3] && fields[1] == fields[3])
      #expect(fields.count == 4 && fields[2] == "0")
    }

    @Test("what a dead run left is ended only if it is known to be that run's")
    func leftovers() async throws {
      let (stream, send) = AsyncStream<AgentProcessStart>.makeStream()
      var command = AgentCommand.shell(
        "trap '' TERM; echo up; while :; do sleep 1; done", in: sandbox)
      command.environment = ["LL_RUN_ID": "run-1"]
      let task = Task { [groups, output, command] in
        try await AgentProcess(groups: groups).run(
          command, onStart: { send.yield($0) }, onOutput: output.take)
      }
      await output.wait(for: "up")
      var iterator = stream.makeAsyncIterator()
      let start = try #require(await iterator.next())
      var other = start
      other.startTicks = 1
      #expect(await !start.endLeftovers(runID: "run-2", killGrace: .zero))
      #expect(await !other.endLeftovers(runID: "run-1", killGrace: .zero))
      #expect(isRunning(start.processGroup))
      #expect(await start.endLeftovers(runID: "run-1", killGrace: .milliseconds(100)))
      #expect(!isRunning(start.processGroup))
      #expect(await !start.endLeftovers(runID: "run-1", killGrace: .zero))
      #expect(try await task.value == .signaled(9))
    }
  #endif

  @Test("a program that cannot be started is named")
  func notStarted() async throws {
    try sandbox.write("text", to: "plain.txt")
    try sandbox.write("#!/no/such/interpreter\n", to: "orphan", executable: true)
    for (name, words) in [
      ("no-such-agent-xyz", "was not found in PATH"), ("/no/such/agent", "does not exist"),
      ("./plain.txt", "not executable"), ("/tmp", "is not a file"), ("", "is empty"),
      ("./orphan", "interpreter"),
    ] {
      let exit = try await AgentProcess(groups: groups).run(
        AgentCommand(executable: name, workingDirectory: sandbox.path), onOutput: output.take)
      guard case .notStarted(let reason) = exit else {
        Issue.record("\(name) was started: \(exit)")
        continue
      }
      #expect(reason.contains(words) && reason.contains(name), "\(reason)")
    }
  }

  @Test("a missing directory and arguments that are too long are told")
  func cannotStart() async throws {
    var command = AgentCommand(executable: "/bin/sh", workingDirectory: "/no/such/directory")
    let process = AgentProcess(groups: groups)
    guard case .notStarted(let reason) = try await process.run(command, onOutput: output.take)
    else { return #expect(Bool(false), "started without a directory") }
    #expect(reason.contains("/no/such/directory"))
    command.workingDirectory = sandbox.path
    command.arguments = ["-c", ":", String(repeating: "x", count: 4_000_000)]
    guard case .notStarted(let reason) = try await process.run(command, onOutput: output.take)
    else { return #expect(Bool(false), "started with 4 MB of arguments") }
    #expect(reason.contains("longer than"))
  }

  @Test("executables are found before anything runs")
  func resolve() throws {
    let script = try sandbox.script("exit 0", named: "tool")
    #expect(
      try AgentCommand.resolveExecutable("tool", in: "/", searchPath: "/nowhere:\(sandbox.path)")
        == FilePath(script))
    #expect(
      try AgentCommand.resolveExecutable("./tool", in: sandbox.path, searchPath: nil)
        .lexicallyNormalized() == FilePath(script))
    #expect(throws: AgentStartProblem.self) {
      try AgentCommand.resolveExecutable("tool", in: "/", searchPath: "/nowhere")
    }
  }

  @Test("many commands at once all end")
  func many() async throws {
    let sandbox = sandbox
    let groups = groups
    let exits = try await withThrowingTaskGroup(of: AgentExit.self) { tasks in
      for number in 0..<24 {
        tasks.addTask {
          try await AgentProcess(groups: groups).run(
            .shell("sleep 60 & echo \(number); exit \(number)", in: sandbox)
          ) { _ in .goOn }
        }
      }
      return try await tasks.reduce(into: Set<AgentExit>()) { $0.insert($1) }
    }
    #expect(exits == Set((0..<24).map { AgentExit.exited($0) }))
    #expect(groups.running.isEmpty)
  }
}
