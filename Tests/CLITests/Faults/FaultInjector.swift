import RunSupport
import SystemPackage
import TestSupport

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What is done to the program at one of its calls that change the file system.
///
/// `Tests/Faults/faults.c` does it, preloaded into the program; no product code knows of it.
enum Fault: Hashable, Sendable, CustomStringConvertible {
  case killBefore
  case killAfter
  /// Killed when half of a write is done.
  case killWithin
  /// This call fails.
  case failure(Int32)
  /// This call fails, and all that follow.
  case failures(Int32)

  var description: String {
    switch self {
    case .killBefore: "killed before"
    case .killAfter: "killed after"
    case .killWithin: "killed within"
    case .failure(let number): "\(Self.name(number)) once"
    case .failures(let number): "\(Self.name(number)) from there on"
    }
  }

  var isKill: Bool { [.killBefore, .killAfter, .killWithin].contains(self) }

  fileprivate var order: String {
    switch self {
    case .killBefore: "kill-before"
    case .killAfter: "kill-after"
    case .killWithin: "kill-within"
    case .failure(let number): "fail \(number)"
    case .failures(let number): "full \(number)"
    }
  }

  private static func name(_ number: Int32) -> String {
    switch number {
    case ENOSPC: "ENOSPC"
    case EIO: "EIO"
    case EACCES: "EACCES"
    case EINTR: "EINTR"
    default: "error \(number)"
    }
  }
}

/// One call by which the program changes the file system.
struct FaultPoint: Hashable, Sendable, CustomStringConvertible {
  /// Its place in the order of all such calls, from 1.
  let number: Int
  let call: String
  /// What the path is in the repository, without what is different each time.
  let place: String

  var description: String { "\(number) \(call) \(place)" }

  /// - Parameter line: "12 rename /repository/.git/index".
  init?(_ line: Substring, root: FilePath) {
    let words = line.split(separator: " ", maxSplits: 2)
    guard words.count == 3, let number = Int(words[0]) else { return nil }
    (self.number, call) = (number, String(words[1]))
    place = Self.place(FilePath(String(words[2])), root)
  }

  private static func place(_ path: FilePath, _ root: FilePath) -> String {
    guard path.starts(with: root) else {
      // The current directory of the program is the root.
      return path.isAbsolute ? "temporary file" : place(root.pushing(path), root)
    }
    var names = path.components.dropFirst(root.components.count).map(\.string)
    guard let first = names.first else { return "checkout" }
    guard first == ".git" else { return first == ".worktrees" ? "worktree" : "checkout" }
    names.removeFirst()
    if names.first == "objects" { return ".git/objects" }
    if names.first == "ll-parallel", names.count > 2 { names = [names[0], names[1], "…"] }
    if names.first == "worktrees", names.count > 1 { names[1] = "…" }
    if let number = names.firstIndex(of: "parallel") { names = names[...number] + ["…"] }
    return ".git/" + names.map(withoutNumbers).joined(separator: "/")
  }

  /// Side files have names with a process id and a random number.
  private static func withoutNumbers(_ name: String) -> String {
    guard name.contains("gitengine-") || name.hasSuffix(".tmp") || name.hasPrefix("new-") else {
      return name
    }
    return name.split(separator: "-").map { $0.allSatisfy(\.isNumber) ? "…" : String($0) }
      .joined(separator: "-").split(separator: ".", omittingEmptySubsequences: false)
      .map { !$0.isEmpty && $0.allSatisfy(\.isNumber) ? "…" : String($0) }.joined(separator: ".")
  }
}

/// The program with the fault library preloaded.
struct FaultInjector: Sendable {
  let library: FilePath

  /// Whether this machine can do it: by Linux's means, and with a C compiler.
  static let isPossible: Bool = {
    #if os(Linux)
      return compiler != nil
    #else
      return false
    #endif
  }()

  private static let compiler = ["clang", "cc", "gcc"].flatMap { name in
    (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":").map {
      FilePath(String($0)).appending(name)
    }
  }.first { $0.withPlatformString { access($0, X_OK) } == 0 }

  /// Builds the library in a directory.
  init(in directory: FilePath) async throws {
    library = directory.appending("faults.so")
    guard let compiler = Self.compiler else {
      throw OracleError(description: "there is no C compiler")
    }
    let source = try BuildProducts.nearest("Tests/Faults/faults.c", where: pathExists)
    try await Oracle.run(
      compiler.string,
      ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library.string, source.string, "-ldl"],
      in: directory)
  }

  /// What is in the environment of the program and of all that it starts.
  static func mark(of repository: TestRepository) -> String {
    "LL_FAULT_SANDBOX=\(repository.sandbox)"
  }

  /// Runs the program undisturbed and gives its calls, in order.
  func points(
    _ arguments: [String], in repository: TestRepository
  ) async throws -> [FaultPoint] {
    let (output, points) = try await run(arguments, in: repository, [:])
    guard output.status <= 1 else { throw OracleError(description: output.errors + output.text) }
    return points
  }

  /// Runs the program with a fault at the call of that number.
  ///
  /// - Returns: What it said, and the call; `nil` when it did not come that far.
  func run(
    _ arguments: [String], in repository: TestRepository, _ fault: Fault, at number: Int
  ) async throws -> (output: Oracle.Output, point: FaultPoint?) {
    let (output, points) = try await run(
      arguments, in: repository, ["LL_FAULT_AT": "\(number)", "LL_FAULT_DO": fault.order])
    return (output, points.first)
  }

  private func run(
    _ arguments: [String], in repository: TestRepository, _ environment: [String: String]
  ) async throws -> (output: Oracle.Output, points: [FaultPoint]) {
    let trace = repository.sandbox.appending("trace")
    let output = try await Program.run(
      arguments, in: repository.root,
      environment: environment.merging([
        "LD_PRELOAD": library.string, "LL_FAULT_PROGRAM": "ll-parallel",
        "LL_FAULT_TRACE": trace.string, "LL_FAULT_SANDBOX": repository.sandbox.string,
      ]) { $1 })
    let lines = pathExists(trace) ? String(decoding: try readFile(trace), as: UTF8.self) : ""
    return (
      output,
      lines.split(separator: "\n").compactMap { FaultPoint($0, root: repository.root) }
    )
  }
}
