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
  let worktree: FilePath
  let issueFile: String

  /// Removes the request for a hand-over once it is being answered.
  func clearSentinel() {
    _ = worktree.pushing(FilePath(Continuation.sentinel)).withPlatformString { unlink($0) }
  }

  /// What a session left behind.
  func ending(of outcome: AgentStep.Outcome, wasHandOver: Bool) -> Continuation.Ending {
    Continuation.Ending(
      promptTooLong: outcome.promptTooLong && !outcome.succeeded,
      announcedHandOff: outcome.succeeded && Continuation.announcesHandOff(outcome.text),
      sentinelExists: outcome.succeeded && exists(Continuation.sentinel),
      notesExist: exists(Continuation.notes),
      issueIsDone: outcome.succeeded && issueIsDone,
      wasHandOver: wasHandOver && outcome.succeeded)
  }

  private func exists(_ name: String) -> Bool {
    worktree.pushing(FilePath(name)).withPlatformString { access($0, F_OK) == 0 }
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
