import Synchronization
import SystemPackage
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The program is killed, or fails, at the calls by which it changes the file system; run again, it
/// comes to the same end, and nothing is lost.
///
/// Each kind of call at each kind of place is tried in the first scenario that has it;
/// `Scripts/fault-matrix` tries every single call.
@Suite(
  "Killed at any point, failing at any call", .serialized, .timeLimit(.minutes(600)),
  .enabled(if: FaultInjector.isPossible))
struct FaultMatrixTests {
  @Test(arguments: FaultScenario.all)
  func killed(_ scenario: FaultScenario) async throws {
    try await matrix(scenario) { point in
      var faults: [Fault] = [.killBefore]
      if point.call == "write" { faults.append(.killWithin) }
      // After one call is before the next one, unless several threads are at work.
      if Selection.isComplete { faults.append(.killAfter) }
      return faults
    }
  }

  @Test(
    "an error at a call is said, and nothing is lost",
    arguments: [FaultScenario.landing, .twoIssues, .undo])
  func failing(_ scenario: FaultScenario) async throws {
    let errors = [ENOSPC, EIO, EACCES, EINTR]
    try await matrix(scenario) { point in
      Selection.isComplete
        ? errors.map { .failure($0) } : [.failure(errors[point.number % errors.count])]
    }
  }

  @Test(
    "a disk that is full from some point on",
    arguments: [FaultScenario.landing, .twoIssues, .undo])
  func diskFull(_ scenario: FaultScenario) async throws {
    try await matrix(scenario) { point in
      // In the short form one of three: each tries all calls that follow, too.
      Selection.isComplete || point.number.isMultiple(of: 3) ? [.failures(ENOSPC)] : []
    }
  }

  private func matrix(
    _ scenario: FaultScenario, _ faults: @Sendable (FaultPoint) -> [Fault]
  ) async throws {
    try await withSandbox { place in
      let injector = try await FaultInjector(in: place)
      let points = try await withTestRepository { repository in
        try await scenario.prepare(repository)
        return try await injector.points(scenario.arguments, in: repository)
      }
      #expect(points.count > 20)
      var cases = Selection.choose(points, for: "\(Test.current?.name ?? "")").flatMap { point in
        faults(point).map { (fault: $0, number: point.number) }
      }[...]
      // Each waits for processes most of the time.
      try await withThrowingTaskGroup { group in
        for _ in 0..<2 {
          guard let next = cases.popFirst() else { break }
          group.addTask { try await attempt(scenario, injector, next.fault, at: next.number) }
        }
        while let record = try await group.next() {
          try Selection.record(record)
          guard let next = cases.popFirst() else { continue }
          group.addTask { try await attempt(scenario, injector, next.fault, at: next.number) }
        }
      }
    }
  }

  /// - Returns: What was tried, as a line of the table.
  private func attempt(
    _ scenario: FaultScenario, _ injector: FaultInjector, _ fault: Fault, at number: Int
  ) async throws -> String {
    try await withTestRepository { repository in
      try await scenario.prepare(repository)
      let (first, point) = try await injector.run(
        scenario.arguments, in: repository, fault, at: number)
      guard let point else { return "\(scenario.name)\t\(fault)\tnot reached\t" }
      let comment = Comment(rawValue: "\(scenario.name), \(fault) \(point)")
      let said = Comment(rawValue: "\(comment): \(first.status): \(first.errors)\(first.text)")
      if fault.isKill {
        #expect(first.status == 128 + Int(SIGKILL), said)
      } else {
        #expect(first.status < 128, said)
        #expect(first.status == 0 || !first.errors.isEmpty || !first.text.isEmpty, said)
        if first.status == 0 { try await scenario.check(repository, said) }
      }
      try await scenario.always(repository, said)
      let again = try await repository.programAgain(scenario.again)
      let both = Comment(rawValue: "\(said)\nthen: \(again.errors)\(again.text)")
      #expect(again.status == 0, both)
      try await scenario.check(repository, both)
      try await scenario.checkRemains(
        repository, both, afterFailure: !fault.isKill && first.status != 0)
      return "\(scenario.name)\t\(fault)\t\(point.call)\t\(point.place)"
    }
  }
}

extension TestRepository {
  fileprivate func programAgain(_ arguments: [String]) async throws -> Oracle.Output {
    try await Program.run(
      arguments, in: root, environment: ["LL_FAULT_SANDBOX": sandbox.string])
  }
}

/// Which points are tried, and where it is written down.
private enum Selection {
  /// Every single call, not one of each kind: `LL_FAULTS=all`.
  static let isComplete = getenv("LL_FAULTS").map { String(cString: $0) } == "all"

  private static let seen = Mutex<Set<[String]>>([])

  /// - Parameter test: Each test tries each kind once.
  static func choose(_ points: [FaultPoint], for test: String) -> [FaultPoint] {
    // "160-170" repeats some of them by number.
    if let text = getenv("LL_FAULT_POINTS").map({ String(cString: $0) }) {
      let numbers = text.split(separator: "-").compactMap { Int($0) }
      return points.filter { $0.number >= numbers[0] && $0.number <= (numbers.last ?? 0) }
    }
    if isComplete { return points }
    return points.filter { point in
      seen.withLock { $0.insert([test, point.call, point.place]).inserted }
    }
  }

  /// Adds a line to the file that `LL_FAULT_TABLE` names.
  static func record(_ line: String) throws {
    guard let path = getenv("LL_FAULT_TABLE").map({ FilePath(String(cString: $0)) }) else { return }
    let file = try FileDescriptor.open(
      path, .writeOnly, options: [.create, .append, .closeOnExec],
      permissions: [.ownerReadWrite, .groupRead, .otherRead])
    _ = try file.closeAfter { try file.writeAll((line + "\n").utf8) }
  }
}
