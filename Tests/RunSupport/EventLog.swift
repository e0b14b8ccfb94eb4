#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The events of a run, as they are read back from its JSON lines.
public struct EventLog: Sendable {
  /// One event with the fields that tests look at.
  public struct Entry: Sendable, Decodable {
    /// The name.
    public var event: String
    /// The number within the run.
    public var seq: Int
    /// The run.
    public var runID: String
    /// The worker's slot, from 1.
    public var slot: Int?
    /// The issue.
    public var issue: String?
    /// How a landing ended.
    public var outcome: String?
    /// How a worker ended.
    public var status: String?
    /// How many workers there are.
    public var workers: Int?
    /// The paths of a landing that did not land.
    public var paths: [String]?
    /// Why something failed.
    public var error: String?
    /// The end of the run.
    public var exitCode: Int?

    /// A made-up event.
    public init(event: String, seq: Int, runID: String) {
      self.event = event
      self.seq = seq
      self.runID = runID
    }

    enum CodingKeys: String, CodingKey {
      case event, seq, slot, outcome, status, workers, paths, error
      case runID = "run_id"
      case issue = "issue_id"
      case exitCode = "exit_code"
    }
  }

  /// The events in the order of the lines.
  public var entries: [Entry]

  /// Reads whole lines; a line that is no event is an error.
  public init(_ lines: [UInt8]) throws {
    entries = try lines.split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder().decode(Entry.self, from: Data($0))
    }
  }

  /// A log that is made up, numbered in its order.
  public init(numbering entries: [Entry]) {
    self.entries = entries
    for index in entries.indices { self.entries[index].seq = index + 1 }
  }

  /// The events with this name.
  public func named(_ name: String) -> [Entry] { entries.filter { $0.event == name } }

  /// How the landings of an issue ended, in order.
  public func outcomes(of issue: String) -> [String] {
    named("parallel.merge_completed").filter { $0.issue == issue }.compactMap(\.outcome)
  }
}
