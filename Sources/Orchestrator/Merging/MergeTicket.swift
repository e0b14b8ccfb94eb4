internal import Synchronization

/// One queued landing.
///
/// Whoever holds it can wait for that landing's end, and for nothing else.
///
/// Waiting has no deadline: a wait that gave up would free a slot while its landing still runs.
public final class MergeTicket: Sendable {
  private struct State {
    var result: MergeResult?
    var waiting: [CheckedContinuation<MergeResult, Never>] = []
  }

  private let state = Mutex(State())

  init() {}

  /// The end of this landing, as soon as it is known.
  public var result: MergeResult {
    get async {
      await withCheckedContinuation { continuation in
        let known = state.withLock { state -> MergeResult? in
          if state.result == nil { state.waiting.append(continuation) }
          return state.result
        }
        if let known { continuation.resume(returning: known) }
      }
    }
  }

  func complete(_ result: MergeResult) {
    let waiting = state.withLock { state in
      precondition(state.result == nil, "a landing ended twice")
      state.result = result
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume(returning: result) }
  }
}
