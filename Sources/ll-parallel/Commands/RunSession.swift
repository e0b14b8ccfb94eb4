import ArgumentParser
import Orchestrator
import SystemPackage
import UnixSignals

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// One run seen from the terminal: its lines, its signals, its result and its exit status.
struct RunSession {
  private let plan: RunPlan
  private let output: OutputOptions

  init(_ plan: RunPlan, _ output: OutputOptions) {
    self.plan = plan
    self.output = output
  }

  /// Runs the plan; throws `ExitCode` unless everything was done.
  func run() async throws {
    if !output.quiet { StandardError.write(plan.baseLine) }
    let (summary, signal) = try await runToTheEnd()
    let exitCode = signal.map { 128 + $0.rawValue } ?? Int32(summary.exitCode)
    let lines = SummaryText.render(summary)
    if output.json {
      if !output.quiet { for line in lines { StandardError.write(line) } }
      print(try SummaryJSON(summary, exitCode: Int(exitCode)).text())
    } else {
      for line in lines { print(line) }
    }
    guard exitCode == 0 else { throw ExitCode(exitCode) }
  }

  private func runToTheEnd() async throws -> (RunSummary, UnixSignal?) {
    let events = try output.events.map { name in
      do { return try EventFile(FilePath(name)) } catch {
        throw UsageError(description: "the events cannot be written to \(name): \(error)")
      }
    }
    let progress = output.quiet ? nil : ProgressLines(verbose: output.verbose)
    let showAgentText: Orchestrator.AgentTextListener = { [quiet = output.quiet] slot, issue, text in
      if !quiet { StandardError.write("[\(slot)] \(issue) | \(text)") }
    }
    let orchestrator = Orchestrator(
      plan,
      listeners: [
        { record in
          events?.append(record)
          if let line = progress?.line(for: record.event) { StandardError.write(line) }
        }
      ], onAgentText: showAgentText)
    // Trapped before the first agent is started: none must be left behind.
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
    let run = Task { try await orchestrator.run() }
    let watcher = Task { () -> UnixSignal? in
      var first: UnixSignal?
      for await signal in signals {
        if first == nil {
          first = signal
          StandardError.write(
            "\(signal): stopping the agents; what they left is kept. Again to kill them now.")
          run.cancel()
        } else {
          StandardError.write("\(signal): killing the agents")
          orchestrator.agents.killAll()
        }
      }
      return first
    }
    let result = await run.result
    watcher.cancel()
    let signal = await watcher.value
    if events?.isBroken == true {
      StandardError.write("note: not all events could be written to \(output.events ?? "")")
    }
    return (try result.get(), signal)
  }
}
