#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// The table of processes as Linux shows it under `/proc`; elsewhere every answer is `nil`.
enum ProcessTable {
  /// The fields of `/proc/<pid>/stat` that matter here.
  struct Entry: Equatable {
    var state: Character
    var group: Int32
    var startTicks: UInt64

    /// Whether the process runs: a zombie holds nothing but its id.
    var isAlive: Bool { state != "Z" && state != "X" }

    /// Reads one line of `stat`; the name in it may contain blanks and parentheses.
    init?(stat: some StringProtocol) {
      guard let nameEnd = stat.lastIndex(of: ")") else { return nil }
      let fields = stat[stat.index(after: nameEnd)...].split(separator: " ")
      guard fields.count > 19, let state = fields[0].first, let group = Int32(fields[2]),
        let startTicks = UInt64(fields[19])
      else { return nil }
      self.state = state
      self.group = group
      self.startTicks = startTicks
    }
  }

  /// The entry of one process, if there is such a process and a `/proc`.
  static func entry(of process: Int32) -> Entry? {
    let descriptor = open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    let text = String(unsafeUninitializedCapacity: 1024) { buffer in
      max(0, read(descriptor, buffer.baseAddress, buffer.count))
    }
    return Entry(stat: text)
  }

  /// Whether a living process belongs to the group; `nil` where there is no `/proc`.
  static func hasLivingProcess(inGroup group: Int32) -> Bool? {
    guard let directory = opendir("/proc") else { return nil }
    defer { closedir(directory) }
    var sawProcess = false
    while let item = readdir(directory) {
      let name = withUnsafeBytes(of: &item.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let process = Int32(name) else { continue }
      sawProcess = true
      if let entry = entry(of: process), entry.group == group, entry.isAlive { return true }
    }
    return sawProcess ? false : nil
  }
}
