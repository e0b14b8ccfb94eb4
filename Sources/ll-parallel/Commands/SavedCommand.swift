import ArgumentParser
import GitEngine
import Orchestrator
import SystemPackage

/// Shows, brings back and discards what was put aside.
struct SavedCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "saved",
    abstract: "Show, bring back or discard what agents left and runs put aside.",
    discussion: """
      What a stopped agent left, your version of a file from before a landing
      was merged into it: all of that is kept under refs/ll/saved/ until you
      discard it.
      """,
    subcommands: [List.self, Show.self, Restore.self, Drop.self], defaultSubcommand: List.self)

  /// What is named: "BUG-12", "12", or "bug-012/2" for one of several.
  private static let selector = ArgumentHelp(
    "An issue's id or number, or the name of one entry, such as bug-012/1.")

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List what is kept.")

    @Argument(
      help: SavedCommand.selector, completion: .custom { _, _, _ in IssueCompletion.files() })
    var issue: String?
    @Flag(help: "Print a JSON object.") var json = false
    @OptionGroup(title: "How") var place: PlaceOptions

    func run() async throws {
      let (project, configuration) = try await place.open()
      let entries = try await SavedWork(project, configuration).entries(issue)
      if json { return print(try SavedText.json(entries)) }
      if entries.isEmpty { print("Nothing is kept.") }
      for entry in entries { print(SavedText.line(entry)) }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show what an entry holds.")

    @Argument(
      help: SavedCommand.selector, completion: .custom { _, _, _ in IssueCompletion.files() })
    var issue: String
    @Flag(help: "Print a JSON object.") var json = false
    @OptionGroup(title: "How") var place: PlaceOptions

    func run() async throws {
      let (project, configuration) = try await place.open()
      let entries = try await SavedWork(project, configuration).entries(issue)
      if json { return print(try SavedText.json(entries)) }
      for (number, entry) in entries.enumerated() {
        if number > 0 { print("") }
        for line in SavedText.lines(entry) { print(line) }
      }
    }
  }

  struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a branch of an entry, and a worktree if you want one.",
      usage: "ll-parallel saved restore <issue> [<options>]",
      discussion: "Nothing is written over: a name or a directory that is taken is an error.")

    @Argument(
      help: SavedCommand.selector, completion: .custom { _, _, _ in IssueCompletion.files() })
    var issue: String
    @Option(help: "The branch's name. (default: saved/<issue>-<number>)") var branch: String?
    @Option(help: ArgumentHelp("Where a worktree of it goes.", valueName: "directory"))
    var worktree: String?
    @OptionGroup(title: "How") var place: PlaceOptions

    func run() async throws {
      let (project, configuration) = try await place.open()
      let saved = SavedWork(project, configuration)
      let entries = try await saved.entries(issue)
      guard let entry = entries.first, entries.count == 1 else {
        let names = entries.map(\.name).joined(separator: ", ")
        throw UsageError(description: "there are several: \(names); say which")
      }
      let directory = try worktree.map { try WorkingDirectory.resolve($0) }
      let name = try await saved.restore(entry, as: branch, in: directory)
      print(
        "restored: \(entry.name) is the branch \(name.shortName)"
          + (directory.map { ", checked out in \(Text.path($0.string))" } ?? ""))
    }
  }

  struct Drop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Discard what is kept of an issue, or one entry of it, for good.",
      discussion: """
        For an issue, also the branch and the worktree of work that has not
        landed. What is printed are the commits by which git may find it again
        for some time.
        """)

    @Argument(
      help: SavedCommand.selector, completion: .custom { _, _, _ in IssueCompletion.files() })
    var issue: String
    @OptionGroup(title: "How") var place: PlaceOptions

    func run() async throws {
      let (project, configuration) = try await place.open()
      for item in try await SavedWork(project, configuration).drop(issue) {
        print(
          "dropped: \(Text.path(item.what))" + (item.commit.map { " (was \($0.short))" } ?? ""))
      }
    }
  }
}
