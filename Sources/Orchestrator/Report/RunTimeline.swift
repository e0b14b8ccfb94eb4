/// What each slot of a run did when: a fold over its events.
public struct RunTimeline: Hashable, Sendable {
  /// A step of an issue in a slot; times are nanoseconds of the run's own clock.
  public struct Span: Hashable, Sendable {
    /// From 1.
    public var slot: Int
    /// Its id.
    public var issue: String
    /// What was done.
    public var step: RunProgress.Step
    /// When it began.
    public var start: Int64
    /// When it ended.
    public var end: Int64
  }

  /// In the order in which they ended.
  public private(set) var spans: [Span] = []
  /// When the last event was.
  public private(set) var end: Int64 = 0

  /// The timeline of a run, as far as its events go.
  public init(_ records: [RunEvents.Record]) {
    var progress = RunProgress()
    var open: [Int: RunProgress.Worker] = [:]
    for record in records {
      progress.apply(record)
      end = record.monotonicNanoseconds
      let now = Dictionary(progress.workers.map { ($0.slot, $0) }, uniquingKeysWith: { $1 })
      for (slot, worker) in open.sorted(by: { $0.key < $1.key }) where now[slot] != worker {
        close(worker)
      }
      open = now
    }
    // Of a run that was killed.
    for (_, worker) in open.sorted(by: { $0.key < $1.key }) { close(worker) }
  }

  private mutating func close(_ worker: RunProgress.Worker) {
    spans.append(
      Span(
        slot: worker.slot, issue: worker.issue, step: worker.step, start: worker.since, end: end))
  }
}
