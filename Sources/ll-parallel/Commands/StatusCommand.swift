import ArgumentParser
import Orchestrator
import SystemPackage

/// Shows how runs stand.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show the run that is going on, and what earlier ones left.",
    discussion: """
      Writes nothing and disturbs no run.

      Examples:
        ll-parallel status
        ll-parallel status --watch    until the run is over
      """)

  @Flag(help: "Print a JSON object.") var json = false
  @Flag(name: .shortAndLong, help: "Go on showing it until the run is over.") var watch = false
  @OptionGroup(title: "How") var place: PlaceOptions

  func validate() throws {
    if json, watch { throw ValidationError("--json and --watch exclude each other.") }
  }

  func run() async throws {
    let project = try place.project()
    if watch { try await RunWatch(project).run() }
    let status = try RepositoryStatus.read(project)
    if json {
      print(try StatusJSON(status, project).text())
    } else {
      for line in StatusText.render(status, project) { print(line) }
    }
  }
}

/// Shows the run of another process until it is over.
private struct RunWatch {
  private let project: Project

  init(_ project: Project) { self.project = project }

  func run() async throws {
    guard let holder = RunLock.liveHolder(in: project.state) else { return }
    var file = FollowedFile(project.state.events(run: holder.runID))
    var progress = RunProgress()
    var screen = Terminal(.standardOutput).map { RedrawnLines($0) }
    let lines = ProgressLines(verbose: false, isLive: false)
    while true {
      let isOver = RunLock.liveHolder(in: project.state)?.runID != holder.runID
      for record in file.nextLines().compactMap({ RunEvents.Record(line: $0) }) {
        progress.apply(record)
        if screen == nil, let line = lines.line(for: record.event) { print(line) }
      }
      StandardStreams.flushOutput()
      if isOver { break }
      if let size = screen?.size { screen?.draw(StatusText.screen(progress, project).lines(size)) }
      try await Task.sleep(for: .milliseconds(250))
    }
    screen?.draw([])
  }
}
