#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// A file that grows while it is read: what has come since the last look.
public struct FollowedFile: Sendable {
  private let path: FilePath
  private var offset: Int64 = 0
  private var openLine: [UInt8] = []

  /// A file that is there, or will be.
  public init(_ path: FilePath) { self.path = path }

  /// The bytes that have come; none while there is no file.
  public mutating func next() -> [UInt8] {
    guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else {
      return []
    }
    defer { try? file.close() }
    // One that was cut off is another one.
    if let end = try? file.seek(offset: 0, from: .end), end < offset {
      (offset, openLine) = (0, [])
    }
    var found: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = buffer.withUnsafeMutableBytes {
        (try? file.read(fromAbsoluteOffset: offset, into: $0)) ?? 0
      }
      guard count > 0 else { return found }
      found += buffer[..<count]
      offset += Int64(count)
    }
  }

  /// The lines that have come, without their ends; the last one only when it is whole.
  public mutating func nextLines() -> [[UInt8]] {
    openLine += next()
    var lines = openLine.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    openLine = lines.popLast().map(Array.init) ?? []
    return lines.map(Array.init)
  }
}

extension RunProgress {
  /// The run whose events are in a file; `nil` when there are none.
  public init?(readFrom file: FilePath) {
    self.init()
    var file = FollowedFile(file)
    for record in file.nextLines().compactMap({ RunEvents.Record(line: $0) }) { apply(record) }
    if runID.isEmpty { return nil }
  }
}
