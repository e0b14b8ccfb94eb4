// Switches a checkout to another branch and takes the uncommitted work along.
//
//   switch-carrying REPOSITORY BRANCH
//
// Stash, switch and pop are one transaction: nobody who uses the engine comes in between. Whatever
// happens, the work is in the files or in the stash.

import GitEngine
import SystemPackage

enum Outcome {
  case refused([CheckoutObstacle])
  case switched
  case carried
  case conflicts(in: [ConflictedPath], keptAs: ObjectID)
  case keptInStash(ObjectID)
}

@main
struct SwitchCarrying {
  static func main() async throws {
    guard CommandLine.arguments.count == 3 else {
      print("usage: switch-carrying REPOSITORY BRANCH")
      return
    }
    let repository = try GitRepository.open(FilePath(CommandLine.arguments[1]))
    let branch = ReferenceName.branch(CommandLine.arguments[2])
    let outcome = try await repository.transaction { git in try carry(to: branch, git) }
    print(describe(outcome, branch))
  }

  static func carry(
    to branch: ReferenceName, _ git: borrowing GitSession<Writing>
  ) throws -> Outcome {
    let signature = try git.identity(.committer)
    var options = StashOptions()
    options.includesUntracked = true
    options.message = "on the way to \(branch.shortName)"
    let entry: StashEntry?
    switch try git.pushStash(options, signature: signature) {
    case .refused(let obstacles): return .refused(obstacles)
    case .nothingToSave: entry = nil
    case .saved(let saved): entry = saved
    }
    if case .refused(let obstacles) = try git.switchCheckout(
      to: .branch(branch), signature: signature)
    {
      if let entry { _ = try git.popStash(entry.id, reinstatesIndex: true) }
      return .refused(obstacles)
    }
    guard let entry else { return .switched }
    switch try git.popStash(entry.id) {
    case .applied: return .carried
    case .conflicts(let paths): return .conflicts(in: paths, keptAs: entry.id)
    case .indexConflicts, .unmergeable, .refused: return .keptInStash(entry.id)
    }
  }

  static func describe(_ outcome: Outcome, _ branch: ReferenceName) -> String {
    switch outcome {
    case .refused(let obstacles):
      "not switched:\n" + obstacles.map { "    \($0)" }.joined(separator: "\n")
    case .switched: "on \(branch.shortName)"
    case .carried: "on \(branch.shortName), with your changes"
    case .conflicts(let paths, let id):
      "on \(branch.shortName); your changes conflict in "
        + paths.map { "\($0.path)" }.joined(separator: ", ")
        + ". They are also kept in the stash, as \(id)."
    case .keptInStash(let id):
      "on \(branch.shortName); your changes do not fit there and stay in the stash, as \(id)"
    }
  }
}
