import ArgumentParser
import FoundationEssentials
import Orchestrator
import SystemPackage

/// Which project a command is about.
struct PlaceOptions: ParsableArguments {
  @Option(
    name: [.customShort("C"), .customLong("config")],
    help: ArgumentHelp(
      "The project's root. (default: the current directory)", valueName: "directory"))
  var directory: String?

  /// The project alone, for what does not depend on the configuration.
  func project() throws -> Project { try Project.open(try WorkingDirectory.resolve(directory)) }

  /// The project, and its configuration with the environment over it.
  func open() async throws -> (project: Project, configuration: Configuration) {
    let project = try project()
    do {
      let configuration = try Configuration.load(
        root: project.root, environment: ProcessInfo.processInfo.environment, flags: [])
      return (project, configuration)
    } catch {
      // Where the repository cannot be used either, that is said.
      try await project.checkThatItCanBeUsed()
      throw error
    }
  }
}
