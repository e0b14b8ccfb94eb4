import ArgumentParser
import Orchestrator
import SystemPackage

/// Lists worktrees.
struct WorktreesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worktrees",
    abstract: "List the worktrees, and what each is there for.",
    discussion: """
      running     a run works in it
      finished    its work is complete and has not landed
      unfinished  its run was stopped or killed
      pooled      it waits for the next issue of the run
      unknown     it lies where runs make theirs, and no journal knows of it
      other       it is your own
      missing     it is registered, and its directory is gone
      """)

  @Flag(help: "Print a JSON object.") var json = false
  @OptionGroup(title: "How") var place: PlaceOptions

  func run() async throws {
    let (project, configuration) = try await place.open()
    let entries = try await WorktreeList(project, configuration).entries
    if json { return print(try JSONText.of(["worktrees": entries.map(Object.init)])) }
    if entries.isEmpty { print("There are no worktrees but your checkout.") }
    let width = entries.map { $0.issue?.count ?? 0 }.max() ?? 0
    for entry in entries {
      let issue = Text.padded(entry.issue ?? "", to: width)
      let lock = entry.lockReason.map { $0.isEmpty ? "  (locked)" : "  (locked: \($0))" } ?? ""
      print(
        "\(Text.padded(entry.use.rawValue, to: 10))  \(issue)  "
          + "\(Text.path(entry.path.string))  \(entry.branch ?? "(no branch)")\(lock)")
    }
  }

  private struct Object: Encodable {
    var path, use: String
    var branch, issue, locked: String?

    init(_ entry: WorktreeList.Entry) {
      path = entry.path.string
      use = entry.use.rawValue
      (branch, issue, locked) = (entry.branch, entry.issue, entry.lockReason)
    }
  }
}
