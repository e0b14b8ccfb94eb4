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
    firstLivingProcess(inGroup: group) { _ in true }.map { $0 != nil }
  }

  /// Whether the environment with which a process was started has this entry.
  static func environment(of process: Int32, contains entry: String) -> Bool {
    let descriptor = open("/proc/\(process)/environ", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = read(descriptor, &buffer, buffer.count), count > 0 {
      bytes += buffer[..<count]
    }
    return bytes.split(separator: 0).contains { $0.elementsEqual(entry.utf8) }
  }

  /// The first living process of the group that fits: `.some(nil)` if there is none, `nil` where
  /// there is no `/proc`.
  static func firstLivingProcess(
    inGroup group: Int32, where fits: (Int32) -> Bool
  ) -> Int32?? {
    guard let directory = opendir("/proc") else { return nil }
    defer { closedir(directory) }
    var sawProcess = false
    while let item = readdir(directory) {
      let name = withUnsafeBytes(of: &item.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let process = Int32(name) else { continue }
      sawProcess = true
      if let entry = entry(of: process), entry.group == group, entry.isAlive, fits(process) {
        return .some(.some(process))
      }
    }
    return sawProcess ? .some(nil) : nil
  }
}
