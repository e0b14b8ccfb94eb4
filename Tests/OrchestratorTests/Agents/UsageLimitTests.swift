import RunSupport
import Testing

@testable import Orchestrator

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

@Suite("UsageLimit")
struct UsageLimitTests {
  private func limit(
    _ lines: [String], format: StepOutput.Format = .streamJSON, succeeded: Bool = false
  ) -> UsageLimit? {
    var output = StepOutput(format: format)
    for line in lines {
      _ = output.take(
        AgentOutput(
          .init(bytes: Array(line.utf8), continuesLine: false, endsLine: true),
          from: .standardOutput))
    }
    output.finish()
    return UsageLimit(in: output, succeeded: succeeded)
  }

  private static func result(_ message: String, isError: Bool = true) -> String {
    #"{"type":"result","is_error":\#(isError),"result":"\#(message)"}"#
  }

  static let answers: [[String]] = [
    [result("Claude AI usage limit reached|1751600000")],
    [result("Claude AI usage limit reached|1751600000", isError: false)],
    [result("You've hit your session limit · resets 8:20pm (Asia/Singapore)", isError: false)],
    [result(#"API Error: 429 {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\"}}"#)],
    [result("API Error: 529 overloaded_error: Overloaded")],
    [result("API Error (Repeated 529 Overloaded errors)")],
    [
      #"{"type":"rate_limit_event","rate_limit_info":{"status":"rejected","resetsAt":1755772800}}"#,
      result("something went wrong"),
    ],
    [#"{"type":"rate_limit_event","rate_limit_info":{"status":"rejected"}}"#],
    ["API Error: 529 Overloaded"],
    ["ERROR: You've hit your usage limit. Try again in 3 days 4 hours 23 minutes."],
    ["stream error: exceeded retry limit, last status: 429 Too Many Requests"],
    ["Rate limit reached for gpt-5 on tokens per min. Please try again in 1.2s."],
    [
      "got status: 429 Too Many Requests. {\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\"}}"
    ],
    ["HTTP 429"],
    ["overloaded"],
  ]

  @Test("answers of agents that their provider takes no more work", arguments: answers)
  func recognised(lines: [String]) {
    #expect(limit(lines) != nil)
  }

  static let others: [[String]] = [
    [],
    ["exit"],
    ["FAILED tests/test_rate_limit.py::test_limit - AssertionError"],
    ["expected 429 but got 200"],
    ["429 tests passed, 1 failed"],
    ["error: recursion limit reached"],
    ["the operator + is overloaded_for_ints"],
    [result("Usage limit reached handling is now implemented.", isError: false)],
    [result("Implemented the handling of HTTP 429 and of usage limits", isError: false)],
    [result("Prompt is too long")],
    [#"{"type":"rate_limit_event","rate_limit_info":{"status":"allowed","resetsAt":1755772800}}"#],
    // It ran into a limit, waited, and did its work.
    [
      #"{"type":"rate_limit_event","rate_limit_info":{"status":"rejected","resetsAt":1755772800}}"#,
      result("Done.", isError: false),
    ],
    // Too far from the end: it went on after that.
    ["HTTP 429", "a", "b", "c", "d", "e"],
  ]

  @Test("what is none", arguments: others)
  func ignored(lines: [String]) {
    #expect(limit(lines) == nil)
    #expect(limit(lines, format: .text) == nil || lines.contains { $0.hasPrefix("{") })
  }

  @Test("an agent that exits well has no limit, unless it says nothing else")
  func plain() {
    #expect(limit(["fixed HTTP 429"], format: .text, succeeded: true) == nil)
    #expect(limit(["Claude usage limit reached."], format: .text, succeeded: true) != nil)
    #expect(limit(["Usage limit reached handling is done."], format: .text, succeeded: true) == nil)
    #expect(limit(["working", "Usage limit reached."], format: .text, succeeded: true) == nil)
    #expect(limit(["HTTP 429"], format: .text)?.isCertain == false)
    #expect(limit(["Claude usage limit reached."], format: .text)?.isCertain == true)
  }

  static let resets: [(String, LimitReset)] = [
    ("Claude AI usage limit reached|1751600000", LimitReset.at(1_751_600_000)),
    ("limit reached|1751600000123", .at(1_751_600_000)),
    ("try again in 3 days 4 hours 23 minutes.", .after(.seconds(274_980))),
    ("Please try again in 1.2s. Visit", .after(.milliseconds(1200))),
    ("Please retry in 34.07s.", .after(.milliseconds(34_070))),
    (#"{"retryDelay":"34s"}"#, .after(.seconds(34))),
    ("Retry-After: 120", .after(.seconds(120))),
    ("resets in 2h 13m", .after(.seconds(7980))),
    ("reset after 1h2m3s", .after(.seconds(3723))),
    ("retry after 20 seconds", .after(.seconds(20))),
    ("try again in 1 hour and 5 minutes", .after(.seconds(3900))),
  ]

  @Test("the time that the answer names", arguments: resets)
  func times(text: String, expected: LimitReset) {
    #expect(LimitWords.reset(in: text) == expected)
  }

  @Test(
    "no time that could be told",
    arguments: [
      "", "try again later", "resets Oct 5, 3pm", "limit reached|12", "resets 3pm (Nowhere/Else)",
      "try again in 99 years",
    ])
  func noTime(text: String) {
    #expect(LimitWords.reset(in: text) == nil)
  }

  @Test("a time of day is the next one by the clock on the wall")
  func timeOfDay() throws {
    var now = time(nil)
    for (text, hour, minute) in [("3pm", 15, 0), ("12:05 am", 0, 5), ("11:59PM (x", 23, 59)] {
      guard !text.contains("(") else { continue }
      let moment = try #require(LimitWords.timeOfDay(text.lowercased(), now: now))
      #expect(moment > now && moment <= now + 90_000)
      var calendar = tm()
      var value = time_t(moment)
      localtime_r(&value, &calendar)
      #expect(calendar.tm_hour == hour && calendar.tm_min == minute && calendar.tm_sec == 0)
    }
    now += 1
    #expect(LimitWords.timeOfDay("13pm") == nil && LimitWords.timeOfDay("3") == nil)
  }
}

@Suite("RestPolicy")
struct RestPolicyTests {
  @Test("rests grow, are bounded, and begin anew after a success")
  func grows() {
    var policy = RestPolicy()
    var now = Duration.zero
    var rests: [Duration] = []
    for _ in 0..<9 {
      let until = policy.rest(said: nil, turn: policy.number, now: now)
      rests.append(until - now)
      now = until
    }
    #expect(rests.prefix(4) == [.seconds(30), .seconds(60), .seconds(120), .seconds(240)])
    #expect(rests.suffix(2) == [.seconds(1800), .seconds(1800)])
    policy.succeeded(turn: policy.number)
    #expect(policy.rest(said: nil, turn: policy.number, now: now) - now == .seconds(30))
  }

  @Test("what the answer says counts, until it has not helped three times")
  func said() {
    var policy = RestPolicy()
    var now = Duration.zero
    for _ in 0..<3 {
      let until = policy.rest(said: .seconds(5), turn: policy.number, now: now)
      #expect(until - now == .seconds(7))
      now = until
    }
    #expect(policy.rest(said: .seconds(5), turn: policy.number, now: now) - now == .seconds(240))
  }

  @Test("agents that were started before a rest do not make it grow")
  func together() {
    var policy = RestPolicy()
    #expect(policy.rest(said: nil, turn: 0, now: .zero) == .seconds(30))
    #expect(policy.rest(said: nil, turn: 0, now: .seconds(1)) == .seconds(30))
    #expect(policy.rest(said: .seconds(100), turn: 0, now: .seconds(2)) == .seconds(104))
    #expect(policy.number == 1)
    policy.succeeded(turn: 0)
    #expect(policy.rest(said: nil, turn: 1, now: .seconds(104)) == .seconds(164))
  }
}

/// A step whose agent is told that its provider takes no more work.
@Suite("Steps at a limit", .timeLimit(.minutes(1)))
struct LimitedStepTests {
  let sandbox: AgentSandbox

  init() throws { sandbox = try AgentSandbox() }

  /// An agent that counts its calls and answers by their number.
  private func step(_ cases: String, timeout: Duration? = nil) throws -> AgentStep {
    let script = try sandbox.script(
      "echo x >> calls; case $(wc -l < calls | tr -d ' ') in \(cases) esac")
    return AgentStep(
      name: "agent",
      command: AgentCommand(
        executable: script, workingDirectory: sandbox.path,
        limits: AgentLimits(timeout: timeout, killGrace: .seconds(5))),
      format: .text, exitWait: .seconds(60))
  }

  private func environment(_ pool: AgentPool) -> AgentEnvironment {
    AgentEnvironment(
      log: AgentLog(directory: sandbox.file("logs"), issue: "BUG-7"), groups: AgentProcessGroups(),
      pool: pool)
  }

  private var calls: Int {
    get throws { try sandbox.text(of: "calls").split(separator: "\n").count }
  }

  private static let limited = "echo 'API Error: 429 try again in 90s' >&2; exit 1"

  @Test("it rests and is done again")
  func again() async throws {
    let clock = ManualClock(jumps: true)
    let outcome = try await step("1|2) \(Self.limited);; *) echo done;;")
      .run(environment(AgentPool(clock: clock)))
    #expect(outcome.succeeded && outcome.limit == nil && outcome.text == "done")
    #expect(try calls == 3)
    var sleeps = clock.sleeps.makeAsyncIterator()
    #expect(await sleeps.next() == .seconds(92))
    #expect(await sleeps.next() == .seconds(92))
    #expect(try sandbox.text(of: "logs/BUG-7.log").contains("the agents rest for 92 s"))
  }

  @Test("a failure after a rest is a failure")
  func failure() async throws {
    let outcome = try await step("1) \(Self.limited);; *) exit 3;;")
      .run(environment(AgentPool(clock: ManualClock(jumps: true))))
    #expect(outcome.exit == .exited(3) && outcome.limit == nil)
  }

  @Test("an interruption ends the rest")
  func interrupted() async throws {
    let clock = ManualClock()
    let step = try step("*) \(Self.limited);;")
    let environment = environment(AgentPool(clock: clock))
    let task = Task { try await step.run(environment) }
    for await _ in clock.sleeps { break }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try calls == 1)
  }

  @Test("each run keeps its time-out, and the rest is no part of it")
  func timeout() async throws {
    let outcome = try await step(
      "1) \(Self.limited);; *) exec sleep 60;;", timeout: .seconds(1)
    ).run(environment(AgentPool(clock: ManualClock(jumps: true))))
    #expect(outcome.exit == .timedOut && outcome.limit == nil)
  }

  @Test("after a day without an end in sight the issue is left, not failed")
  func gaveUp() async throws {
    let certain = try await step("*) echo 'Claude usage limit reached.'; exit 1;;")
      .run(environment(AgentPool(clock: ManualClock(jumps: true))))
    guard case .blocked(let reason) = certain.failure(of: "agent") else {
      return #expect(Bool(false), "\(certain)")
    }
    #expect(reason.contains("Claude usage limit reached"))
    #expect(try calls > 40 && calls < 70)
  }
}
