// Which branches would conflict if they were merged now, with the base and with each other?
//
//   conflict-report REPOSITORY [BASE]
//
// Nothing is checked out, locked or moved: every merge is computed in memory, all at once.

import GitEngine
import SystemPackage

/// Two branches that were merged in memory, and what came of it.
struct Finding {
  var ours: ReferenceName
  var theirs: ReferenceName
  var outcome: MergeOutcome

  var line: String? {
    switch outcome {
    case .clean, .alreadyContained: nil
    case .unrelated:
      "\(theirs.shortName) and \(ours.shortName) have no common history"
    case .conflicts(let paths):
      "\(theirs.shortName) conflicts with \(ours.shortName):\n"
        + paths.map { "    \($0)" }.joined(separator: "\n")
    }
  }
}

@main
struct ConflictReport {
  static func main() async throws {
    guard CommandLine.arguments.count > 1 else {
      print("usage: conflict-report REPOSITORY [BASE]")
      return
    }
    let repository = try GitRepository.open(FilePath(CommandLine.arguments[1]))
    let named = CommandLine.arguments.dropFirst(2).first.map { ReferenceName.branch($0) }
    let (base, branches) = try await repository.read { git in
      let branches = try git.references(under: "refs/heads/").map(\.name)
      return (try named ?? git.headBranch() ?? .branch("main"), branches)
    }
    // The base first: a conflict with it is worth more than one between two branches.
    let order = [base] + branches.filter { $0 != base }
    var findings: [Finding] = []
    try await withThrowingTaskGroup(of: Finding.self) { merges in
      for (index, ours) in order.enumerated() {
        for theirs in order[(index + 1)...] {
          merges.addTask { try await merge(theirs, into: ours, repository) }
        }
      }
      for try await finding in merges { findings.append(finding) }
    }
    let lines = findings.sorted { order.firstIndex(of: $0.ours)! < order.firstIndex(of: $1.ours)! }
      .compactMap(\.line)
    print("\(order.count) branches, \(findings.count) merges, \(lines.count) not clean")
    lines.forEach { print($0) }
  }

  private static func merge(
    _ theirs: ReferenceName, into ours: ReferenceName, _ repository: GitRepository
  ) async throws -> Finding {
    try await repository.read { git in
      guard let left = try git.target(of: ours), let right = try git.target(of: theirs) else {
        throw GitError(
          .notFound, operation: "merge '\(theirs)' into '\(ours)'", message: "no such branch")
      }
      return Finding(ours: ours, theirs: theirs, outcome: try git.merge(right, into: left))
    }
  }
}
