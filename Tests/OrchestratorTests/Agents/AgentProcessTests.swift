import Foundation
import Testing

@testable import Orchestrator

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

@Suite("AgentProcess", .timeLimit(.minutes(1)))
struct AgentProcessTests {
  let sandbox: AgentSandbox
  let groups = AgentProcessGroups()
  let output = OutputRecorder()

  init() throws { sandbox = try AgentSandbox() }

  private func run(
    _ script: String, limits: AgentLimits = AgentLimits()
  ) async throws -> AgentExit {
    let exit = try await AgentProcess(groups: groups).run(
      .shell(script, in: sandbox, limits: limits), onOutput: output.take)
    #expect(groups.running.isEmpty)
    return exit
  }

  @Test("both streams are read, and told apart")
  func streams() async throws {
    #expect(try await run("echo out; echo err >&2; printf last") == .exited(0))
    #expect(output.all.filter { $0.source == .standardOutput }.map(\.text) == ["out", "last"])
    #expect(output.all.filter { $0.source == .standardError }.map(\.text) == ["err"])
    #expect(output.all.first { $0.text == "last" }?.endsLine == false)
  }

  @Test("the exit is the command's own", arguments: [0, 1, 7, 255])
  func status(code: Int32) async throws {
    #expect(try await run("exit \(code)") == .exited(code))
  }

  @Test("an end by a signal is told")
  func signal() async throws {
    #expect(try await run("kill -SEGV $$") == .signaled(11))
  }

  @Test("standard input is at its end")
  func noInput() async throws {
    #expect(try await run("if read answer; then echo got; else echo end; fi") == .exited(0))
    #expect(output.texts == ["end"])
  }

  @Test("bytes on standard input arrive, however many")
  func input() async throws {
    var command = AgentCommand.shell("wc -c | tr -d ' '", in: sandbox)
    command.standardInput = .bytes(Array(repeating: 0xFF, count: 3_000_000))
    let process = AgentProcess(groups: groups)
    #expect(try await process.run(command, onOutput: output.take) == .exited(0))
    #expect(output.texts == ["3000000"])
    command.arguments = ["-c", "exit 3"]
    #expect(try await process.run(command, onOutput: output.take) == .exited(3))
  }

  @Test("huge lines and any bytes come through whole")
  func hugeLines() async throws {
    let script = """
      head -c 1500000 /dev/zero | tr '\\0' x; echo; printf '\\377\\000\\n'
      head -c 1200000 /dev/urandom > random; cat random
      """
    #expect(try await run(script) == .exited(0))
    let bytes = output.all.printed
    #expect(bytes.prefix(1_500_000).allSatisfy { $0 == UInt8(ascii: "x") })
    #expect(Array(bytes[1_500_000..<1_500_004]) == [0x0A, 0xFF, 0x00, 0x0A])
    #expect(Array(bytes[1_500_004...]) == (try sandbox.bytes(of: sandbox.file("random"))))
  }

  @Test("the environment and the directory are the given ones")
  func environment() async throws {
    var command = AgentCommand.shell("echo ${A-unset} ${HOME-unset}; pwd -P", in: sandbox)
    command.environment = ["A": "x=y", "HOME": nil] as [String: String?]
    let exit = try await AgentProcess(groups: groups).run(command, onOutput: output.take)
    #expect(exit == .exited(0))
    #expect(output.texts == ["x=y unset", sandbox.path.string])
  }

  @Test("a command that closes its output is waited for")
  func closedOutput() async throws {
    #expect(try await run("exec >&- 2>&-; sleep 0.3; touch done; exit 4") == .exited(4))
    #expect(sandbox.exists("done"))
    let limits = AgentLimits(timeout: .milliseconds(200), killGrace: .seconds(5))
    #expect(try await run("exec >&- 2>&-; exec sleep 60", limits: limits) == .timedOut)
  }

  @Test("children that hold the pipe or ignore TERM die with the command")
  func survivors() async throws {
    let script = """
      (trap '' TERM; while :; do sleep 60; done) & echo $! >> pids
      sleep 60 & echo $! >> pids
      (trap '' TERM HUP; exec sleep 60) >/dev/null 2>&1 & echo $! >> pids
      echo over
      """
    #expect(try await run(script) == .exited(0))
    #expect(output.texts.contains("over"))
    let children = try sandbox.processes(in: "pids")
    #expect(children.count == 3)
    for child in children { #expect(!isRunning(child)) }
  }

  @Test("a child that left the group and writes on does not hold the run up")
  func escapee() async throws {
    // setsid makes a group of its own, which is out of reach; the script ends it later.
    let script =
      "setsid sh -c 'echo $$ > pid; while [ ! -e stop ]; do echo x; sleep 0.01; done' &\n"
      + "while [ ! -s pid ]; do sleep 0.01; done; exit 0"
    #expect(try await run(script) == .exited(0))
    try sandbox.write("", to: "stop")
  }

  @Test("not even one that writes as fast as it can")
  func flood() async throws {
    let script =
      "setsid sh -c 'echo $$ > pid; exec cat /dev/zero' & while [ ! -s pid ]; do sleep 0.01; done"
    #expect(try await run(script) == .exited(0))
    #expect(!output.all.isEmpty)
    // Nobody reads the pipe any more, so its next write ends the escaped process.
  }

  @Test("a time-out sends TERM and keeps the last words")
  func timeout() async throws {
    let limits = AgentLimits(timeout: .milliseconds(300), killGrace: .seconds(20))
    let script = "trap 'echo last words; exit 0' TERM; echo start; while :; do sleep 0.05; done"
    #expect(try await run(script, limits: limits) == .timedOut)
    #expect(output.standardOutput == ["start", "last words"])
  }

  @Test("a command that ignores TERM is killed after the grace, with its children")
  func kill() async throws {
    let limits = AgentLimits(timeout: .milliseconds(200), killGrace: .milliseconds(300))
    let script =
      "trap '' TERM; echo $$ >> pids; sleep 60 & echo $! >> pids; while :; do sleep 1; done"
    #expect(try await run(script, limits: limits) == .timedOut)
    for process in try sandbox.processes(in: "pids") { #expect(!isRunning(process)) }
  }

  @Test("what a stopped command started gets the grace too")
  func childGrace() async throws {
    let limits = AgentLimits(timeout: .milliseconds(300), killGrace: .seconds(20))
    let script = """
      (trap 'sleep 0.3; touch saved; exit' TERM; touch up; while :; do sleep 0.02; done) &
      while [ ! -e up ]; do sleep 0.01; done; exec sleep 60
      """
    #expect(try await run(script, limits: limits) == .timedOut)
    #expect(sandbox.exists("saved"))
  }

  @Test("silence ends a command, output keeps it")
  func idle() async throws {
    let limits = AgentLimits(idleTimeout: .seconds(5), killGrace: .seconds(5))
    #expect(
      try await run("for i in 1 2 3 4 5 6 7 8; do echo $i >&2; sleep 1; done", limits: limits)
        == .exited(0))
    #expect(try await run("echo a; exec sleep 60", limits: limits) == .idleTimedOut)
  }

  @Test("output that nobody has read yet is no silence")
  func lateReading() async throws {
    let script = "for i in 1 2 3 4 5 6 7 8 9 10; do echo $i; sleep 0.5; done"
    let command = AgentCommand.shell(
      script, in: sandbox,
      limits: AgentLimits(idleTimeout: .milliseconds(1500), killGrace: .seconds(5)))
    let exit = try await AgentProcess(groups: groups).run(command) { lines in
      // Whoever takes the first line is longer than the limit about it.
      if output.all.isEmpty { Thread.sleep(forTimeInterval: 3) }
      return output.take(lines)
    }
    #expect(exit == .exited(0))
  }

  @Test("a command that has said that it is done is not waited for")
  func lingering() async throws {
    let command = AgentCommand.shell("echo done; echo more; exec sleep 60", in: sandbox)
    let exit = try await AgentProcess(groups: groups).run(command) { lines in
      _ = output.take(lines)
      return .expectExit(within: .milliseconds(100))
    }
    #expect(exit == .lingered)
    #expect(output.texts == ["done", "more"])
  }
}
