#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif
#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// The files in a worktree through which sessions of an agent hand work over.
struct HandOffFiles {
  private let worktree: FilePath
  private let issueFile: String
  /// The notes that a session has had, or that were there before the first one.
  private var knownNotes: Stamp?

  private struct Stamp: Equatable {
    var inode: UInt64
    var size: Int64
    var seconds: Int
    var nanoseconds: Int
  }

  /// Looks at a worktree before the first session of the work step.
  ///
  /// A sentinel of an earlier step says nothing of this one.
  init(worktree: FilePath, issueFile: String) {
    self.worktree = worktree
    self.issueFile = issueFile
    beginSession()
  }

  /// Before each session: the request for a hand-over is answered, the notes are being read.
  mutating func beginSession() {
    _ = path(Continuation.sentinel).withPlatformString { unlink($0) }
    knownNotes = stamp(of: Continuation.notes)
  }

  /// What a session left behind.
  func ending(of outcome: AgentStep.Outcome, wasHandOver: Bool) -> Continuation.Ending {
    Continuation.Ending(
      promptTooLong: outcome.promptTooLong && !outcome.succeeded,
      announcedHandOff: outcome.succeeded && Continuation.announcesHandOff(outcome.text),
      sentinelExists: outcome.succeeded && stamp(of: Continuation.sentinel) != nil,
      notesExist: stamp(of: Continuation.notes).map { $0 != knownNotes } ?? false,
      issueIsDone: outcome.succeeded && issueIsDone, wasHandOver: wasHandOver)
  }

  private func path(_ name: String) -> FilePath { worktree.pushing(FilePath(name)) }

  private func stamp(of name: String) -> Stamp? {
    var status = stat()
    guard path(name).withPlatformString({ stat($0, &status) }) == 0 else { return nil }
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    return Stamp(
      inode: UInt64(status.st_ino), size: Int64(status.st_size), seconds: time.tv_sec,
      nanoseconds: time.tv_nsec)
  }

  /// Whether the issue's file says, in its first lines, that the issue is done or cancelled.
  private var issueIsDone: Bool {
    guard
      let file = try? FileDescriptor.open(
        worktree.pushing(FilePath(issueFile)), .readOnly, options: .closeOnExec)
    else { return false }
    defer { try? file.close() }
    var bytes = [UInt8](repeating: 0, count: 8192)
    let count = (try? bytes.withUnsafeMutableBytes { try file.read(into: $0) }) ?? 0
    let text = String(decoding: bytes[..<count], as: UTF8.self)
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    guard lines.first == "---" else { return false }
    return lines.dropFirst().prefix { $0 != "---" }.contains { line in
      guard line.hasPrefix("status:") else { return false }
      let value = line.dropFirst("status:".count).filter { $0.isLetter }.lowercased()
      return ["done", "complete", "completed", "finished", "closed", "cancelled"].contains(value)
    }
  }
}
