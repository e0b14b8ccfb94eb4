import ArgumentParser
import Orchestrator
import SystemPackage

/// Makes a first configuration.
struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Write a first configuration, and a sample issue if you want one.",
    usage: "ll-parallel init [<options>]",
    discussion: """
      Never writes over a file.

      Examples:
        ll-parallel init
        ll-parallel init --agent codex --sample
      """)

  @Option(
    help: ArgumentHelp(
      "The agent's name. (default: the first known one that is installed)", valueName: "name"),
    completion: .list(ProjectStart.knownAgents))
  var agent: String?
  @Option(help: ArgumentHelp("How many agents run at a time.", valueName: "n")) var workers = 2
  @Flag(help: "Also write a small issue to try it with.") var sample = false
  @OptionGroup(title: "How") var place: PlaceOptions

  func validate() throws {
    guard workers >= 1 else { throw ValidationError("--workers must be 1 or more.") }
    let known = ProjectStart.knownAgents
    guard let agent, !known.contains(agent) else { return }
    throw ValidationError(
      "no agent is known by the name '\(agent)'\(NearestMatch.question(agent, among: known)); "
        + "known: \(known.joined(separator: ", "))")
  }

  func run() async throws {
    let project = try place.project()
    let start = ProjectStart(project)
    let atHand = ProjectStart.agentsAtHand(in: project.root)
    let name = agent ?? atHand.first ?? "claude"
    let result = try start.writeConfiguration(agent: name, workers: workers)
    say(result)
    if case .written = result, !atHand.contains(name) {
      print("  '\(name)' is not installed here: change \"agent\" there, or install it")
    }
    if sample { say(try start.writeSampleIssue()) }
    print("")
    print("Next:")
    print("  git add .ll .issues && git commit    agents see what is committed")
    print("  ll-parallel doctor                   is all there that a run needs?")
    print("  ll-parallel --dry-run                what would be done")
  }

  private func say(_ result: ProjectStart.Result) {
    switch result {
    case .written(let file): print("written: \(Text.path(file.string))")
    case .kept(let file): print("kept:    \(Text.path(file.string)), which is there already")
    }
  }
}
