internal import GitEngine

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

/// The right to run in a repository, held by one process at a time until it ends.
public struct RunLock: ~Copyable {
  private let lock: FileLock

  /// Who holds the lock, as its file says.
  public struct Holder: Codable, Hashable, Sendable {
    /// The machine's name.
    public var host: String
    /// Which boot of the machine the process belongs to, where the system tells.
    public var bootID: String?
    /// The process.
    public var pid: Int32
    /// When the process started, in clock ticks since the boot, where the system tells.
    public var startTicks: UInt64?
    /// When it took the lock.
    public var since: String
    /// Its run.
    public var runID: String

    enum CodingKeys: String, CodingKey {
      case host, pid, since
      case bootID = "boot_id"
      case startTicks = "start_ticks"
      case runID = "run_id"
    }
  }

  /// Takes the lock, or says who has it.
  public static func take(in state: StateDirectory, runID: String) throws -> RunLock {
    try FileTree.makeDirectories(state.path)
    let lock = try tryToLock(state.runLock)
    guard let lock else {
      throw RunRefusal.alreadyRunning(holder(in: state), lock: state.runLock)
    }
    let holder = Holder(
      host: hostName, bootID: bootID, pid: getpid(),
      startTicks: ProcessTable.entry(of: getpid())?.startTicks, since: UTC.now(), runID: runID)
    try lock.describe(String(decoding: JSONLine.encode(holder), as: UTF8.self))
    return RunLock(lock: lock)
  }

  /// Who holds the lock, as far as it can be told without touching it; `nil` for nobody.
  public static func liveHolder(in state: StateDirectory) -> Holder? {
    guard let holder = holder(in: state), holder.host == hostName, holder.bootID == bootID,
      kill(holder.pid, 0) == 0 || errno == EPERM
    else { return nil }
    // Where the system does not tell when a process started, its number must do.
    guard let entry = ProcessTable.entry(of: holder.pid) else { return holder }
    return entry.isAlive && entry.startTicks == holder.startTicks ? holder : nil
  }

  private static func tryToLock(_ path: FilePath) throws -> FileLock? {
    do throws(Errno) { return try FileLock(trying: path) } catch {
      throw RunRefusal.cannotLock(path, String(describing: error))
    }
  }

  private static func holder(in state: StateDirectory) -> Holder? {
    (try? FileTree.read(state.runLock)).flatMap { try? JSONLine.decode(Holder.self, from: $0) }
  }

  private static var hostName: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static var bootID: String? {
    (try? FileTree.read("/proc/sys/kernel/random/boot_id"))
      .map { String(decoding: $0.dropLast(), as: UTF8.self) }
  }
}
