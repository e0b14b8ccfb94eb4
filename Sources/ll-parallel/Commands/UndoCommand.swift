import ArgumentParser
import GitEngine
import Orchestrator
import SystemPackage

/// Takes the landing of an issue back.
struct UndoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "undo",
    abstract: "Take the landing of an issue back, with a new commit.",
    discussion: """
      The base branch gets a commit that takes back what the issue's landing
      brought, its status included: the issue can run again. History is not
      rewritten, and your uncommitted edits are as safe as in a landing. It is
      refused where later landings build on it.
      """)

  @Argument(
    help: "The issue's id, or its number.",
    completion: .custom { _, _, _ in IssueCompletion.files() })
  var issue: String

  @Flag(name: [.customShort("n"), .long], help: "Say what would be done; write nothing.")
  var dryRun = false

  @Flag(help: "Print a JSON object.") var json = false

  @OptionGroup(title: "How") var place: PlaceOptions

  func run() async throws {
    let (project, configuration) = try await place.open()
    let undo = Undo(project, configuration, issue: issue)
    let outcome: Undo.Outcome
    if dryRun {
      outcome = try await undo.preview()
    } else {
      for notice in try await project.repairLandings() { StandardError.write("note: \(notice)") }
      outcome = try await undo.run { StandardError.write("note: \($0)") }
    }
    let text = UndoText(outcome, word: issue)
    if json { print(try JSONText.of(text.object)) } else { print(text.line) }
    guard text.isDone else { throw ExitCode(ExitStatus.incomplete.rawValue) }
  }
}

/// What came of an undoing, for people and for programs.
struct UndoText {
  /// What `--json` prints.
  struct Object: Encodable {
    var outcome: String
    var issue: String
    var landing: String?
    var commit: String?
    var needed_by: [String] = []
    var paths: [String] = []
    var saved: String?
    var text: String
  }

  let object: Object
  let isDone: Bool
  var line: String { object.text }

  init(_ outcome: Undo.Outcome, word: String) {
    var object = Object(outcome: "", issue: word, text: "")
    switch outcome {
    case .undone(let issue, let title, let landing, let commit, let saved):
      object = Object(
        outcome: "undone", issue: issue, landing: landing.description, commit: commit.description,
        saved: saved,
        text: "undone: \(issue): \(title) (\(landing.short)), by \(commit.short); it can run again")
      if let saved {
        object.text += "\nyour versions of files from before are kept as \(saved)"
      }
    case .possible(let issue, let title, let landing):
      object = Object(
        outcome: "possible", issue: issue, landing: landing.description,
        text: "would be undone: \(issue): \(title) (\(landing.short))")
    case .notLanded(let base):
      object.outcome = "not_landed"
      object.text = "nothing of \(word) has landed on \(base)"
    case .ambiguous(let issues):
      object.outcome = "ambiguous"
      object.text = "\(word) may be \(issues.joined(separator: " or ")); say which by its whole id"
    case .already(let issue, let commit):
      object = Object(
        outcome: "already_undone", issue: issue, commit: commit.description,
        text: "\(issue) is undone already, as of \(commit.short)")
    case .needed(let issue, let others, let paths):
      let by = others.isEmpty ? "later commits" : others.joined(separator: ", ")
      let why =
        paths.isEmpty
        ? "their issues depend on it" : "they changed \(paths.prefix(3).joined(separator: ", "))"
      object = Object(
        outcome: "needed", issue: issue, needed_by: others, paths: paths,
        text: "\(issue) stays: \(by) came later and \(why); undo them first")
    case .deferred(let issue, let reason):
      object = Object(
        outcome: "deferred", issue: issue, text: "\(issue) stays for now: \(reason)")
    }
    self.object = object
    isDone = ["undone", "possible", "already_undone"].contains(object.outcome)
  }
}
