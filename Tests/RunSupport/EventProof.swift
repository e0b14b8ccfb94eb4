/// Proves from the events of a run, and from nothing else, that set-ups and landings never met.
///
/// Events are numbered in the order of the decisions, so a log that passes shows a run in which:
/// no set-up started while a landing was queued or running, no landing started during a set-up,
/// landings went one at a time and in the order of queueing, everything that began ended once, and
/// a slot took its next issue only when it was done with the one before.
public struct EventProof: Sendable {
  /// What the log shows that must not be, as sentences; empty when the proof holds.
  public private(set) var violations: [String] = []

  private typealias Entry = EventLog.Entry

  /// An issue in a slot.
  private struct Occupant: Equatable {
    var issue: String
    var isSetUp = false
  }

  /// A landing that was queued.
  private struct Ticket: Equatable {
    var slot: Int
    var issue: String
  }

  private var workers = 0
  private var occupants: [Int: Occupant] = [:]
  private var setups: [Int: String] = [:]
  private var queued: [Ticket] = []
  private var running: Ticket?
  private var isOver = false

  /// Goes through a log.
  public init(_ log: EventLog) {
    for (index, entry) in log.entries.enumerated() {
      if entry.seq != index + 1 { fail(entry, "its number is not \(index + 1)") }
      if (index == 0) != (entry.event == "run.started") { fail(entry, "the run starts elsewhere") }
      if isOver { fail(entry, "the run is over") }
      take(entry)
    }
    if !isOver { violations.append("the run has no end") }
  }

  private mutating func fail(_ entry: Entry, _ why: String) {
    violations.append("\(entry.seq) \(entry.event) \(entry.issue ?? ""): \(why)")
  }

  private mutating func take(_ entry: Entry) {
    switch entry.event {
    case "run.started": workers = entry.workers ?? 0
    case "run.finished": takeEnd(entry)
    case "parallel.queue_changed", "issue.closed": break
    default:
      guard let slot = entry.slot, let issue = entry.issue else {
        return fail(entry, "it names no slot and issue")
      }
      if !(1...max(1, workers)).contains(slot) { fail(entry, "there is no slot \(slot)") }
      take(entry, Ticket(slot: slot, issue: issue))
    }
  }

  private mutating func take(_ entry: Entry, _ ticket: Ticket) {
    switch entry.event {
    case "parallel.worktree_setup_started": takeSetupStart(entry, ticket)
    case "parallel.worktree_setup_finished":
      if setups.removeValue(forKey: ticket.slot) != ticket.issue {
        fail(entry, "it was not started")
      }
      if occupants[ticket.slot]?.issue == ticket.issue { occupants[ticket.slot]?.isSetUp = true }
    case "parallel.worker_started":
      if occupants[ticket.slot] != Occupant(issue: ticket.issue, isSetUp: true) {
        fail(entry, "its worktree is not set up in this slot")
      }
    case "parallel.worker_completed":
      if occupants[ticket.slot]?.issue != ticket.issue { fail(entry, "it is not in this slot") }
      if openTickets.contains(ticket) { fail(entry, "its ticket has not ended") }
      if setups[ticket.slot] != nil { fail(entry, "its set-up has not ended") }
      occupants[ticket.slot] = nil
    case "parallel.merge_queued":
      // Without an occupant it is the retry of a landing that was put off.
      if let occupant = occupants[ticket.slot], occupant.issue != ticket.issue {
        fail(entry, "the slot belongs to \(occupant.issue)")
      }
      if openTickets.contains(where: { $0.issue == ticket.issue }) {
        fail(entry, "the issue has a ticket already")
      }
      queued.append(ticket)
    case "parallel.merge_started": takeMergeStart(entry, ticket)
    case "parallel.merge_completed":
      if running != ticket { fail(entry, "it is not the landing that runs") }
      running = nil
    default: fail(entry, "no such event is known")
    }
  }

  private var openTickets: [Ticket] { queued + (running.map { [$0] } ?? []) }

  private mutating func takeSetupStart(_ entry: Entry, _ ticket: Ticket) {
    if let running { fail(entry, "\(running.issue) is landing") }
    if let first = queued.first { fail(entry, "\(first.issue) is queued for landing") }
    if let occupant = occupants[ticket.slot] {
      fail(entry, "the slot belongs to \(occupant.issue)")
    }
    if openTickets.contains(where: { $0.slot == ticket.slot }) {
      fail(entry, "the slot's last ticket has not ended")
    }
    if occupants.contains(where: { $0.value.issue == ticket.issue }) {
      fail(entry, "the issue is in another slot")
    }
    occupants[ticket.slot] = Occupant(issue: ticket.issue)
    setups[ticket.slot] = ticket.issue
  }

  private mutating func takeMergeStart(_ entry: Entry, _ ticket: Ticket) {
    for issue in setups.values.sorted() { fail(entry, "\(issue) is being set up") }
    if let running { fail(entry, "\(running.issue) is landing") }
    if queued.first != ticket { fail(entry, "it is not the first in the queue") }
    if let index = queued.firstIndex(of: ticket) { queued.remove(at: index) }
    running = ticket
  }

  private mutating func takeEnd(_ entry: Entry) {
    isOver = true
    for issue in setups.values.sorted() { fail(entry, "the set-up of \(issue) has not ended") }
    for ticket in openTickets { fail(entry, "the landing of \(ticket.issue) has not ended") }
    for occupant in occupants.values { fail(entry, "\(occupant.issue) is still in its slot") }
  }
}
