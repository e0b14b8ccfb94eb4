import GitEngine
import SystemPackage

/// Does one operation after the other and says how long each took.
///
/// Reads lines from standard input: an operation and its operands, separated by tabs; see
/// ``Operation``. For each it prints the nanoseconds and what came of it, or `error` and why.
@main struct EngineTimings {
  static func main() async {
    var options = GitRuntime.Options()
    options.readsUserConfiguration = false
    options.verifiesObjectHashes = false
    GitRuntime.configure(options)
    while let line = readLine() {
      do {
        let operation = try Operation(line.split(separator: "\t").map(String.init))
        let start = ContinuousClock.now
        let result = try await operation.run()
        let time = start.duration(to: .now)
        say("\(Int(time / .nanoseconds(1))) \(result)")
      } catch {
        say("error \(error)")
      }
    }
  }

  /// Writes a line at once, since somebody waits for it.
  private static func say(_ line: String) {
    _ = try? FileDescriptor.standardOutput.writeAll((line + "\n").utf8)
  }
}

/// Something to time: its name, the path of the checkout it is for, and what else it needs.
struct Operation {
  struct Unknown: Error { var name: String }

  private let name: String
  private let repository: GitRepository
  private let path: FilePath
  private let operands: [String]

  init(_ words: [String]) throws {
    guard words.count >= 2 else { throw Unknown(name: words.first ?? "") }
    name = words[0]
    path = FilePath(words[1])
    repository = try GitRepository.open(path)
    operands = Array(words[2...])
  }

  private func id(_ number: Int) throws -> ObjectID {
    guard number < operands.count, let id = ObjectID(hex: operands[number]) else {
      throw Unknown(name: "\(name): operand \(number)")
    }
    return id
  }

  private var signature: Signature {
    Signature(name: "Bench", email: "bench@example.com")
  }

  /// What came of it, in a word, to compare with what git did.
  func run() async throws -> String {
    switch name {
    case "status": return try await status()
    case "add": return try await add()
    case "remove": return try await remove()
    case "trash":
      try await repository.deleteTrash(FilePath(operands[0]))
      return ""
    case "recycle": return try await recycle()
    case "switch": return try await switchCheckout()
    case "merge": return try await merge()
    case "rebase": return try await rebase()
    case "stash": return try await stash()
    case "commit": return try await commit()
    case "ahead-behind":
      let (one, other) = (try id(0), try id(1))
      let counts = try await repository.read { try $0.aheadBehind(one, other) }
      return "\(counts.ahead)-\(counts.behind)"
    case "names":
      let (one, other) = (try id(0), try id(1))
      return try await repository.read {
        "\(try $0.changes(from: $0.tree(of: one), to: $0.tree(of: other)).count)"
      }
    default: throw Unknown(name: name)
    }
  }

  private func status() async throws -> String {
    var options = StatusOptions()
    if operands.first == "tracked" { options.untracked = .no }
    let given = options
    return try await repository.read(at: path) { "\(try $0.status(given).count)" }
  }

  /// Operands: where to, and the commit.
  private func add() async throws -> String {
    let worktree = try await repository.addWorktree(
      at: FilePath(operands[0]), checkingOut: .detached(id(1)), signature: signature)
    return worktree.path.string
  }

  /// Operands: the worktree, and the trash.
  private func remove() async throws -> String {
    let obstacle = try await repository.removeWorktree(
      at: FilePath(operands[0]), trash: FilePath(operands[1]))
    return obstacle.map { "\($0)" } ?? "removed"
  }

  private func recycle() async throws -> String {
    let (target, who) = (CheckoutTarget.detached(try id(0)), signature)
    return try await repository.transaction(at: path) {
      Self.describe(
        try $0.recycleCheckout(to: target, keepsIgnored: false, signature: who))
    }
  }

  private func switchCheckout() async throws -> String {
    let (target, who) = (CheckoutTarget.detached(try id(0)), signature)
    return try await repository.transaction(at: path) {
      Self.describe(try $0.switchCheckout(to: target, signature: who))
    }
  }

  private static func describe(_ outcome: SwitchOutcome) -> String {
    switch outcome {
    case .switched: "switched"
    case .refused(let obstacles): "refused \(obstacles.prefix(3))"
    }
  }

  private func merge() async throws -> String {
    let (ours, theirs) = (try id(0), try id(1))
    switch try await repository.read({ try $0.merge(theirs, into: ours) }) {
    case .clean(let tree): return "\(tree)"
    case .alreadyContained: return "already contained"
    case .conflicts(let paths): return "conflicts \(paths.count)"
    case .unrelated: return "unrelated"
    }
  }

  /// Operands: what the commits of the checkout go onto. Computed in memory, then one switch.
  private func rebase() async throws -> String {
    let (onto, who) = (try id(0), signature)
    let tip = try await repository.read(at: path) { git -> ObjectID? in
      guard let head = try git.head(),
        case .done(let rebase) = try git.rebase(
          RebaseRequest(head, upstream: onto), committer: who)
      else { return nil }
      return rebase.tip
    }
    guard let tip else { return "stopped" }
    return try await repository.transaction(at: path) {
      let outcome = try $0.switchCheckout(to: .detached(tip), signature: who)
      return try "\(Self.describe(outcome)) \($0.tree(of: tip))"
    }
  }

  private func stash() async throws -> String {
    let who = signature
    return try await repository.transaction(at: path) {
      guard case .saved(let entry) = try $0.pushStash(signature: who) else { return "not saved" }
      return "\(try $0.popStash(entry.id))"
    }
  }

  /// Operands: paths.
  private func commit() async throws -> String {
    let (paths, who) = (operands.map { RepositoryPath($0) }, signature)
    return try await repository.transaction(at: path) {
      let commit = try $0.commit(paths: paths, message: "bench\n", author: who, committer: who)
      return commit == nil ? "nothing" : "committed"
    }
  }
}
