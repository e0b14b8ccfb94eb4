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
    let notifier = Notifier(root: plan.root)
    let summary = try await runToTheEnd(notifier)
    if let command = plan.notifications.onFinish {
      notifier.call(command, Array(try JSONText.of(SummaryJSON(summary)).utf8))
    }
    for problem in await notifier.finish() { StandardError.write("note: \(problem)") }
    let lines = SummaryText.render(summary)
    if output.json {
      if !output.quiet { for line in lines { StandardError.write(line) } }
      print(try SummaryJSON(summary).text())
    } else {
      for line in lines { print(line) }
    }
    guard summary.exitCode == 0 else { throw ExitCode(Int32(summary.exitCode)) }
  }

  private func runToTheEnd(_ notifier: Notifier) async throws -> RunSummary {
    let onIssue = plan.notifications.onIssue
    let events = try output.events.map { name in
      do { return try EventFile(FilePath(name)) } catch {
        throw UsageError(description: "the events cannot be written to \(name): \(error)")
      }
    }
    let live = output.quiet ? nil : Terminal(.standardError).map { LiveView($0) }
    let console = RunConsole(live: live)
    let lines = output.quiet ? nil : ProgressLines(verbose: output.verbose, isLive: live != nil)
    let showsText = plan.streamsOutput && !output.quiet
    let orchestrator = Orchestrator(
      plan,
      listeners: [
        { record in
          events?.append(record)
          live?.apply(record)
          if let line = lines?.line(for: record.event) { console.write(line) }
        }
      ],
      onAgentText: { slot, issue, text in
        live?.setText(text, of: issue)
        if showsText { console.write("[\(slot)] \(issue) | \(text)") }
      },
      onIssue: { report in
        guard let onIssue, let text = try? JSONText.of(SummaryJSON.Issue(report)) else { return }
        notifier.call(onIssue, Array(text.utf8))
      },
      ownFiles: try output.events.map { [try WorkingDirectory.resolve($0)] } ?? [])
    let drawing = Task { await live?.run() }
    // Trapped before the first agent is started: none must be left behind.
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
    let run = Task { try await orchestrator.run() }
    let watcher = Task {
      for await signal in signals {
        if !run.isCancelled {
          live?.willStop()
          console.write(
            "\(signal): stopping the agents, which have \(plan.killGrace) for it; what they left is "
              + "kept. Again to kill them now.")
          orchestrator.willBeInterrupted(
            by: "\(signal)", exitCode: 128 + Int(signal.rawValue))
          run.cancel()
        } else {
          console.write("\(signal): killing the agents")
          orchestrator.agents.killAll()
        }
      }
    }
    let result = await run.result
    watcher.cancel()
    drawing.cancel()
    await drawing.value
    if events?.isBroken == true {
      StandardError.write("note: not all events could be written to \(output.events ?? "")")
    }
    return try result.get()
  }
}
