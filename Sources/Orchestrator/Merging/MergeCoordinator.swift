/// What sets worktrees up and lands finished work without the two ever overlapping.
///
/// The orchestrator owns this protocol so that a test can show what happens without the waiting.
public protocol MergeCoordination: Sendable {
  /// Runs a worktree's set-up while no landing is queued or running.
  ///
  /// `onStart` is called in the moment in which the set-up gets its turn.
  func setUp<Value: Sendable>(
    onStart: @Sendable () -> Void, _ body: @Sendable () async throws -> Value
  ) async throws -> Value

  /// Lands one piece of finished work and returns when that is over.
  func land(_ job: MergeJob) async -> MergeResult
}

/// A landing to be done when its turn comes.
public struct MergeJob: Sendable {
  /// Called when the landing is queued, when it begins and when it is over.
  public var onQueue: @Sendable () -> Void
  /// Called when it begins.
  public var onStart: @Sendable () -> Void
  /// Called when it is over, before anybody who waits for it goes on.
  public var onEnd: @Sendable (MergeResult, Duration) -> Void
  /// The landing itself.
  public var body: @concurrent @Sendable () async -> MergeResult

  /// A landing.
  public init(
    onQueue: @escaping @Sendable () -> Void, onStart: @escaping @Sendable () -> Void,
    onEnd: @escaping @Sendable (MergeResult, Duration) -> Void,
    body: @escaping @concurrent @Sendable () async -> MergeResult
  ) {
    self.onQueue = onQueue
    self.onStart = onStart
    self.onEnd = onEnd
    self.body = body
  }
}

/// Keeps set-ups and landings apart and lands one at a time, in the order of queueing.
///
/// What is reported of a turn is reported inside this actor in the moment in which the turn is
/// decided, so the order of the events is the order of the decisions.
public actor MergeCoordinator: MergeCoordination {
  private var gate = SetupMergeGate()
  private var nextID = 0
  private var setups: [SetupMergeGate.ID: () -> Void] = [:]
  private var landings: [SetupMergeGate.ID: (job: MergeJob, ticket: MergeTicket)] = [:]

  /// A coordinator with nothing queued.
  public init() {}

  /// Runs a worktree's set-up while no landing is queued or running.
  public func setUp<Value: Sendable>(
    onStart: @Sendable () -> Void, _ body: @Sendable () async throws -> Value
  ) async throws -> Value {
    await withoutActuallyEscaping(onStart) { onStart in
      await withCheckedContinuation { continuation in
        let id = makeID()
        setups[id] = {
          onStart()
          continuation.resume()
        }
        go(gate.requestSetup(id))
      }
    }
    defer { go(gate.endSetup()) }
    return try await body()
  }

  /// Queues a landing and waits for its ticket.
  public func land(_ job: MergeJob) async -> MergeResult { await queue(job).result }

  /// Queues a landing.
  ///
  /// It runs whether or not anybody waits for its ticket.
  public func queue(_ job: MergeJob) -> MergeTicket {
    let id = makeID()
    let ticket = MergeTicket()
    landings[id] = (job, ticket)
    job.onQueue()
    go(gate.requestMerge(id))
    return ticket
  }

  private func makeID() -> SetupMergeGate.ID {
    nextID += 1
    return nextID
  }

  private func go(_ grants: [SetupMergeGate.Grant]) {
    for grant in grants {
      switch grant {
      case .setup(let id): setups.removeValue(forKey: id)?()
      case .merge(let id): start(id)
      }
    }
  }

  private func start(_ id: SetupMergeGate.ID) {
    guard let (job, ticket) = landings.removeValue(forKey: id) else { return }
    job.onStart()
    let start = ContinuousClock.now
    // A task of its own: a worker that is cancelled must not take its landing down half-way.
    Task {
      let result = await job.body()
      job.onEnd(result, .now - start)
      go(gate.endMerge())
      ticket.complete(result)
    }
  }
}
