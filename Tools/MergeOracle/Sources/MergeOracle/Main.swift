import GitEngine
import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Merges pairs of commits and prints what came of it, in a form that compares with git's.
///
/// Reads lines "OURS THEIRS" from standard input. For each it prints, separated by spaces: both ids, whether
/// the merge is clean (1 or 0), the tree, and for every version of a conflicted path the mode, the id, the
/// stage and the path in hexadecimal digits.
///
/// With `time N` it prints the least processor time of N merges instead.
@main struct MergeOracle {
  static func main() async throws {
    guard CommandLine.arguments.count >= 2 else {
      print("usage: MergeOracle REPOSITORY [WORKERS | time N] < PAIRS")
      return
    }
    var options = GitRuntime.Options()
    options.readsUserConfiguration = false
    options.verifiesObjectHashes = false
    GitRuntime.configure(options)
    let repository = try GitRepository.open(FilePath(CommandLine.arguments[1]))
    if CommandLine.arguments.count > 3, CommandLine.arguments[2] == "time" {
      try await time(repository, count: Int(CommandLine.arguments[3]) ?? 1)
      return
    }
    let workers = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 1 : 1
    var pairs: [(ObjectID, ObjectID)] = []
    while let line = readLine() {
      let ids = line.split(separator: " ").compactMap { ObjectID(hex: $0) }
      if ids.count == 2 { pairs.append((ids[0], ids[1])) }
    }
    let all = pairs
    await withTaskGroup(of: Void.self) { group in
      for worker in 0..<workers {
        group.addTask { await work(repository, all, worker, workers) }
      }
    }
  }

  /// Merges each pair several times, each time in a new session; prints milliseconds.
  private static func time(_ repository: GitRepository, count: Int) async throws {
    while let line = readLine() {
      let ids = line.split(separator: " ").compactMap { ObjectID(hex: $0) }
      guard ids.count == 2 else { continue }
      var least = Int.max
      for _ in 0..<count {
        let start = clock()
        _ = try await repository.read { try $0.merge(ids[1], into: ids[0]) }
        least = min(least, clock() - start)
      }
      print("\(ids[0]) \(ids[1]) \(Double(least) / Double(CLOCKS_PER_SEC) * 1000)")
    }
  }

  private static func work(
    _ repository: GitRepository, _ pairs: [(ObjectID, ObjectID)], _ first: Int, _ step: Int
  ) async {
    do {
      try await repository.read { git in
        for index in stride(from: first, to: pairs.count, by: step) {
          let (ours, theirs) = pairs[index]
          let result: String
          do { result = try describe(ours, theirs, git) } catch {
            result = "error \(error)".replacing("\n", with: " ")
          }
          print("\(ours) \(theirs) \(result)")
        }
      }
    } catch {
      print("error \(error)")
    }
  }

  private static func describe(
    _ ours: ObjectID, _ theirs: ObjectID, _ git: borrowing GitSession<Reading>
  ) throws -> String {
    var options = MergeOptions()
    options.writesConflictTree = true
    switch try git.mergeInDetail(theirs, into: ours, options: options) {
    case .unrelated: return "unrelated"
    case .alreadyContained: return "1 \(try git.tree(of: ours))"
    case .fastForward(let tree): return "1 \(tree)"
    case .merged(let merge):
      var words = [merge.isClean ? "1" : "0", merge.tree?.description ?? "-"]
      for conflict in merge.conflicts {
        let stages = [conflict.ancestor, conflict.ours, conflict.theirs]
        for (stage, entry) in stages.enumerated() {
          guard let entry else { continue }
          words.append(String(entry.mode.rawValue, radix: 8))
          words += [entry.id.description, "\(stage + 1)", hex(conflict.path)]
        }
      }
      if let limit = merge.neededRenameLimit { words.append("limit \(limit)") }
      return words.joined(separator: " ")
    }
  }

  private static func hex(_ path: RepositoryPath) -> String {
    path.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
