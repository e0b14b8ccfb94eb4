internal import Synchronization

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// The record of what runs did in a repository, and the only truth about what is left to do.
///
/// One line a step, on disk before the step is done. A last line that a crash tore is ignored.
final class Journal: Sendable {
  private let path: FilePath
  private let run: String
  private let file: Mutex<File>

  private struct File {
    var descriptor: FileDescriptor
    /// What all that is written comes to.
    var state: RepositoryState
  }

  /// Opens the journal for appending; the run lock is held.
  init(_ state: StateDirectory, run: String) throws {
    path = state.journal
    self.run = run
    let isNew = FileTree.kind(of: path) == nil
    let descriptor = try Self.open(path)
    file = Mutex(File(descriptor: descriptor, state: RepositoryState(try Self.read(state))))
    if isNew { try FileTree.flush(state.path) }
    try endTornLine()
  }

  deinit { file.withLock { try? $0.descriptor.close() } }

  /// What is left to do, by what is written until now.
  var state: RepositoryState { file.withLock { $0.state } }

  /// All entries of a journal, oldest first; none if there is no journal.
  static func read(_ state: StateDirectory) throws -> [JournalEntry] {
    guard FileTree.kind(of: state.journal) != nil else { return [] }
    let lines = try FileTree.read(state.journal).split(separator: UInt8(ascii: "\n"))
    return lines.compactMap { try? JSONLine.decode(JournalEntry.self, from: $0) }
  }

  /// Writes one step and waits until it is on disk.
  func write(
    _ step: JournalEntry.Step, issue: String? = nil, _ fill: (inout JournalEntry) -> Void = { _ in }
  ) throws {
    var entry = JournalEntry(step, run: run, issue: issue)
    fill(&entry)
    let line = try JSONLine.encode(entry)
    try file.withLock { [entry] file in
      try file.descriptor.writeAll(line)
      guard fsync(file.descriptor.rawValue) == 0 else { throw Errno(rawValue: errno) }
      file.state.apply(entry)
    }
  }

  /// Replaces the journal by what is still to be remembered.
  func compact(to entries: [JournalEntry]) throws {
    let bytes = try entries.flatMap { try JSONLine.encode($0) }
    try file.withLock { file in
      try FileTree.replace(path, with: bytes)
      let old = file.descriptor
      file.descriptor = try Self.open(path)
      file.state = RepositoryState(entries)
      try old.close()
    }
  }

  private static func open(_ path: FilePath) throws -> FileDescriptor {
    try FileDescriptor.open(
      path, .readWrite, options: [.create, .append, .closeOnExec],
      permissions: [.ownerReadWrite, .groupRead, .otherRead])
  }

  /// A line that a crash tore must not swallow the next one.
  private func endTornLine() throws {
    let bytes = try FileTree.read(path)
    guard let last = bytes.last, last != UInt8(ascii: "\n") else { return }
    try file.withLock { _ = try $0.descriptor.writeAll([UInt8(ascii: "\n")]) }
  }
}
