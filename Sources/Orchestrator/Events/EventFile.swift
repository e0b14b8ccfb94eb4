internal import Synchronization

#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// Appends events to a file, one JSON object a line.
public final class EventFile: Sendable {
  private let descriptor: FileDescriptor
  private let closes: Bool
  private let broken = Mutex(false)

  /// Opens or creates the file for appending; "-" is standard output.
  public init(_ path: FilePath) throws {
    closes = path != "-"
    descriptor =
      closes
      ? try FileDescriptor.open(
        path, .writeOnly, options: [.create, .append, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
      : .standardOutput
  }

  deinit { if closes { try? descriptor.close() } }

  /// Writes one event; a reader sees whole lines only.
  ///
  /// A failed write ends the file, not the run.
  public func append(_ record: RunEvents.Record) {
    guard let line = record.line else { return }
    broken.withLock { broken in
      guard !broken else { return }
      do { try descriptor.writeAll(line) } catch { broken = true }
    }
  }

  /// Whether a write failed, so that events are missing.
  public var isBroken: Bool { broken.withLock { $0 } }
}
