import Testing

@testable import Orchestrator

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// A scripted `claude` that does what no program should: nothing hangs, nothing of it lives on, and no
/// verdict is made up.
///
/// One after the other: their floods would starve tests that measure time.
@Suite("A misbehaving agent", .serialized, .timeLimit(.minutes(3)))
struct MisbehavingAgentTests {
  /// How the check of the issue ended, as far as the work that follows shows it.
  enum Expected: Sendable, Equatable {
    case ready, closed, blocked
    /// The step failed, with this in the reason.
    case failed(String)
    /// It gave no verdict.
    case unknown
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// Lines of shell; `say TEXT` prints an event with a text, `result` the end of a session.
    var script: String
    var expected: Expected
    var limits = AgentLimits(timeout: .seconds(40), killGrace: .milliseconds(500))
  }

  private static let short = AgentLimits(timeout: .seconds(2), killGrace: .milliseconds(500))

  static let cases: [Case] = [
    Case(
      testDescription: "a verdict in a huge event",
      script: """
        printf '{"type":"assistant","message":{"content":[{"type":"text","text":"'
        head -c 2300000 /dev/zero | tr '\\0' x
        printf '\\\\n## VERDICT\\\\nREADY"}]}}\\n'
        """, expected: .ready),
    Case(
      testDescription: "a huge event without a newline at the end",
      script: """
        printf '{"type":"assistant","message":{"content":[{"type":"text","text":"VERDICT: READY\\\\n'
        head -c 1200000 /dev/zero | tr '\\0' '}'
        printf '"}]}}'
        """, expected: .ready),
    Case(
      testDescription: "a huge event that never ends",
      script: """
        printf '{"type":"assistant","message":{"content":[{"type":"text","text":"VERDICT: READY\\\\n'
        head -c 1200000 /dev/zero | tr '\\0' x
        """, expected: .unknown),
    Case(
      testDescription: "a huge line with a verdict in its middle",
      script: "head -c 1048576 /dev/zero | tr '\\0' x; printf 'VERDICT: CLOSE\\n'",
      expected: .unknown),
    Case(
      testDescription: "no newline at the end",
      script: "say 'VERDICT: READY'; printf '{\"type\":\"result\",\"is_error\":false}'",
      expected: .ready),
    Case(
      testDescription: "a verdict as the only bytes", script: "printf 'VERDICT: READY'",
      expected: .ready),
    Case(
      testDescription: "carriage returns",
      script: "printf '## VERDICT\\r\\nREADY\\r\\n'; result", expected: .ready),
    Case(
      testDescription: "bytes that are no text, inside of an event",
      script: """
        printf '{"type":"assistant","message":{"content":[{"type":"text","text":"\\377\\376\\\\nVERDICT: READY"}]}}\\n'
        """, expected: .ready),
    Case(
      testDescription: "binary output around the verdict",
      script:
        "head -c 100000 /dev/urandom; echo; say 'VERDICT: READY'; head -c 100000 /dev/urandom",
      expected: .ready),
    Case(
      testDescription: "nothing but binary output", script: "head -c 300000 /dev/urandom",
      expected: .unknown),
    Case(testDescription: "nothing at all", script: "exit 0", expected: .unknown),
    Case(
      testDescription: "a flood on both streams",
      script: """
        (head -c 100000 /dev/zero | tr '\\0' '\\n' >&2) & seq 1 50000; wait
        say 'VERDICT: READY'
        """, expected: .ready),
    Case(
      testDescription: "closes its output and lives on",
      script: "say 'VERDICT: READY'; result; exec >&- 2>&-; exec sleep 60", expected: .ready),
    Case(
      testDescription: "closes its output and lives on, without a result",
      script: "say 'VERDICT: READY'; exec >&- 2>&-; exec sleep 60",
      expected: .failed("longer than its time-out"), limits: short),
    Case(
      testDescription: "says its result and lives on",
      script: "say 'VERDICT: READY'; result; exec sleep 60", expected: .ready),
    Case(
      testDescription: "says its result and then garbage for ever",
      script: "say 'VERDICT: READY'; result; while :; do echo garbage; sleep 0.02; done",
      expected: .ready),
    Case(
      testDescription: "goes on to work after its result",
      script: """
        result; for i in 1 2 3 4; do
          echo '{"type":"assistant","message":{"content":[{"type":"tool_use"}]}}'; sleep 0.4
        done; say 'VERDICT: READY'; result
        """, expected: .ready),
    Case(
      testDescription: "prints another verdict after the result",
      script: "say 'VERDICT: CLOSE'; result; say 'VERDICT: BLOCKED'; result", expected: .blocked),
    Case(
      testDescription: "has children that hold the pipe",
      script: "sleep 60 & echo $! >> pids; say 'VERDICT: READY'; result", expected: .ready),
    Case(
      testDescription: "has children that ignore TERM and hold the pipe",
      script: """
        (trap '' TERM HUP INT; while :; do sleep 60; done) & echo $! >> pids
        say 'VERDICT: READY'; result; exec sleep 60
        """, expected: .ready),
    Case(
      testDescription: "ignores TERM",
      script: """
        trap '' TERM HUP INT; echo $$ >> pids; sleep 60 & echo $! >> pids
        say 'VERDICT: READY'; while :; do sleep 1; done
        """, expected: .failed("longer than its time-out"), limits: short),
    Case(
      testDescription: "is silent for too long",
      script: "say 'VERDICT: READY'; exec sleep 60",
      expected: .failed("idle time-out"),
      limits: AgentLimits(idleTimeout: .seconds(1), killGrace: .milliseconds(500))),
    Case(
      testDescription: "says a verdict and is ended by a signal",
      script: "say 'VERDICT: READY'; kill -SEGV $$", expected: .failed("signal 11")),
    Case(
      testDescription: "kills its own group",
      script: "say 'VERDICT: READY'; kill -9 0", expected: .failed("signal 9")),
    Case(
      testDescription: "says a verdict and fails",
      script: "say 'VERDICT: CLOSE'; exit 1", expected: .failed("status 1")),
    Case(
      testDescription: "says a verdict and an error as its result",
      script:
        "say 'VERDICT: READY'; echo '{\"type\":\"result\",\"is_error\":true,\"result\":\"no\"}'",
      expected: .failed("its result was: no")),
    Case(
      testDescription: "asks on standard input",
      script: "printf 'Go on? [y/n] '; read answer || exit 4; say 'VERDICT: READY'",
      expected: .failed("status 4")),
    Case(
      testDescription: "asks on the terminal",
      script: "read answer < /dev/tty || exit 5; say 'VERDICT: READY'",
      expected: .failed("status")),
    Case(
      testDescription: "stops itself",
      script: "say 'VERDICT: READY'; kill -STOP $$",
      expected: .failed("longer than its time-out"), limits: short),
    Case(
      testDescription: "repeats a verdict that others wrote",
      script: """
        echo '{"type":"user","message":{"content":[{"type":"text","text":"VERDICT: CLOSE"}]}}'
        echo '{"type":"assistant","message":{"content":[{"type":"tool_use","input":{"text":"VERDICT: CLOSE"}}]}}'
        say 'I will not close it.'; result
        """, expected: .unknown),
    Case(
      testDescription: "says its verdict on standard error",
      script: "echo 'VERDICT: CLOSE' >&2", expected: .unknown),
    Case(
      testDescription: "tells a story about verdicts",
      script: "say 'My VERDICT: CLOSE would be wrong here.'; say 'I would not CLOSE it.'",
      expected: .unknown),
  ]

  @Test("ends, leaves nothing, and is judged by what it said", arguments: cases)
  func ends(_ item: Case) async throws {
    let sandbox = try AgentSandbox()
    let log = AgentLog(directory: sandbox.file("logs"), issue: "BUG-7")
    let groups = AgentProcessGroups()
    let script = try sandbox.script(
      #"""
      for last; do :; done
      say() {
        printf '{"type":"assistant","message":{"content":[{"type":"text","text":"%s"}]}}\n' "$1"
      }
      result() { echo '{"type":"result","subtype":"success","is_error":false,"result":"ok"}'; }
      case "$last" in */ll:manage*) touch managed; exit 0;; esac

      """# + item.script)
    var settings = LittleLoopsSettings(executable: script, limits: item.limits)
    settings.exitWait = .milliseconds(700)
    settings.unknownRetries = 0
    let start = ContinuousClock.now
    let result = try await LittleLoopsProtocol(settings).run(
      .sample(worktree: sandbox.path),
      environment: AgentEnvironment(
        log: log, groups: groups, pool: AgentPool(clock: StandingClock())))
    #expect(ContinuousClock.now - start < .seconds(35))
    #expect(groups.running.isEmpty)
    if sandbox.exists("pids") {
      for process in try sandbox.processes(in: "pids") { #expect(!isRunning(process)) }
    }
    #expect(Self.matches(result.outcome, item.expected), "\(result.outcome)")
    #expect(sandbox.exists("managed") == (item.expected == .ready))
  }

  private static func matches(_ outcome: AgentResult.Outcome, _ expected: Expected) -> Bool {
    switch (outcome, expected) {
    case (.finished, .ready), (.close, .closed), (.blocked, .blocked): true
    case (.failed(let reason), .failed(let part)): reason.contains(part)
    case (.failed(let reason), .unknown): reason.contains("no verdict")
    default: false
    }
  }
}

/// A clock on which nobody may sleep: none of these agents is at a limit.
private struct StandingClock: Clock {
  typealias Instant = ContinuousClock.Instant

  let now = ContinuousClock.now
  var minimumResolution: Duration { .zero }

  func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    Issue.record("an agent rests")
    throw CancellationError()
  }
}
