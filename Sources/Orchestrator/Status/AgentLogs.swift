#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// What the agents of the last runs said, in the files that keep it.
public struct AgentLogs: Sendable {
  private let state: StateDirectory

  /// The logs of a repository's runs.
  public init(_ state: StateDirectory) { self.state = state }

  /// The runs that have logs, oldest first.
  public var runs: [String] { FileTree.names(in: state.logs).map(\.string).sorted() }

  /// The issues of a run that have a log.
  public func issues(of run: String) -> [String] {
    FileTree.names(in: state.logs(run: run)).filter { $0.extension == "log" }.map(\.stem).sorted()
  }

  /// The log of an issue in a run, in the newest one that has it if none is named.
  ///
  /// - Parameter issue: An id, or a number alone.
  public func find(_ issue: String, run: String? = nil) -> (
    run: String, issue: String, file: FilePath
  )? {
    let reference = IssueReference(issue)
    for run in run.map({ [$0] }) ?? runs.reversed() {
      let found = issues(of: run).first { id in
        id == issue || IssueID(id).map(reference.matches) == true
      }
      if let found { return (run, found, state.logs(run: run).appending("\(found).log")) }
    }
    return nil
  }

  /// The last line of text in an agent's log; `nil` while there is none.
  public static func lastText(in file: FilePath) -> String? {
    guard let descriptor = try? FileDescriptor.open(file, .readOnly, options: .closeOnExec) else {
      return nil
    }
    defer { try? descriptor.close() }
    var bytes = [UInt8](repeating: 0, count: 1 << 14)
    let end = (try? descriptor.seek(offset: 0, from: .end)) ?? 0
    let start = max(0, end - Int64(bytes.count))
    let count = bytes.withUnsafeMutableBytes {
      (try? descriptor.read(fromAbsoluteOffset: start, into: $0)) ?? 0
    }
    // The first piece may be the rest of a line.
    let lines = bytes.prefix(count).split(separator: UInt8(ascii: "\n")).dropFirst(
      start > 0 ? 1 : 0)
    return lines.lazy.reversed().compactMap { line in
      text(of: Array(line)).last { $0.contains { !$0.isWhitespace } }
    }.first
  }

  /// What a line of a log says to people: itself, or the text in an event; nothing in most events.
  public static func text(of line: [UInt8]) -> [String] {
    switch StreamEvent(line: line) {
    case .none(let text): [text]
    case .text(let texts), .work(let texts): texts
    case .result(isError: true, let message): ["[result] \(message)"]
    case .started, .result, .rejection, .other: []
    }
  }
}
