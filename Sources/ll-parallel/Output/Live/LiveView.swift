import Orchestrator
import Synchronization

/// The live view of the run of this process; what is to stay is written above it.
final class LiveView: Sendable {
  private struct State {
    var progress = RunProgress()
    var lastText: [String: String] = [:]
    var isStopping = false
    var lines: RedrawnLines
    var isOver = false
  }

  private let state: Mutex<State>
  private let start = ContinuousClock.now

  init(_ terminal: Terminal) { state = Mutex(State(lines: RedrawnLines(terminal))) }

  func apply(_ record: RunEvents.Record) { state.withLock { $0.progress.apply(record) } }

  func setText(_ text: String, of issue: String) {
    guard text.contains(where: { !$0.isWhitespace }) else { return }
    state.withLock { $0.lastText[issue] = text }
  }

  func willStop() { state.withLock { $0.isStopping = true } }

  /// Writes a line above the others, which stays.
  func write(_ line: String) { state.withLock { draw(&$0, above: line + "\n") } }

  /// Redraws what has changed, until the task is cancelled; then takes its lines away.
  func run() async {
    while !Task.isCancelled {
      state.withLock { draw(&$0) }
      // As often as an eye can follow; what has not changed is not drawn.
      try? await Task.sleep(for: .milliseconds(100))
    }
    state.withLock { state in
      state.lines.draw([])
      state.isOver = true
    }
  }

  private func draw(_ state: inout State, above text: String = "") {
    guard !state.isOver, !state.progress.runID.isEmpty else {
      return state.lines.draw([], above: text)
    }
    let screen = LiveScreen(
      progress: state.progress, lastText: state.lastText,
      now: Int64(start.duration(to: .now) / .nanoseconds(1)), isStopping: state.isStopping)
    state.lines.draw(screen.lines(state.lines.size), above: text)
  }
}

/// Where the lines of a run go: above its live view, or straight to standard error.
struct RunConsole: Sendable {
  /// `nil` where lines cannot be redrawn, or nobody wants it.
  let live: LiveView?

  func write(_ line: String) {
    if let live { live.write(line) } else { StandardError.write(line) }
  }
}
