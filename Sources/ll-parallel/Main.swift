import ArgumentParser
import GitEngine
import Orchestrator

/// The program's own version.
let programVersion = "0.1.0"

/// The program: `run` when no other command is named.
struct LLParallel: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ll-parallel",
    abstract: "Runs AI coding agents on many issues at once and lands their work safely.",
    discussion: """
      Each issue file gets a git worktree, an agent works there, and the
      finished branch is merged into the base branch. No git program is needed,
      and no work is lost: not the agents', and not what you have uncommitted in
      your checkout.

      Without a subcommand it runs the open issues; 'll-parallel help run' shows
      the options for that.

      Examples:
        ll-parallel init --sample    a first configuration and issue
        ll-parallel --dry-run        what would be done
        ll-parallel -w 4             do it, with four agents at a time
        ll-parallel status --watch   from another terminal
      """,
    version: "ll-parallel \(programVersion) (libgit2 \(GitRuntime.libgit2Version))",
    subcommands: [RunCommand.self, DemoAgentCommand.self],
    groupedSubcommands: [
      CommandGroup(
        name: "Inspection",
        subcommands: [
          StatusCommand.self, LogCommand.self, WorktreesCommand.self, ReportCommand.self,
          DoctorCommand.self,
        ]),
      CommandGroup(name: "Recovery", subcommands: [SavedCommand.self, UndoCommand.self]),
      CommandGroup(
        name: "Setup", subcommands: [InitCommand.self, ConfigCommand.self, DemoCommand.self]),
    ],
    defaultSubcommand: RunCommand.self)
}

@main
enum Main {
  static func main() async {
    StandardStreams.makeSafe()
    // What git does too: an object's hash is checked when it is made, not at every reading.
    var options = GitRuntime.Options()
    options.verifiesObjectHashes = false
    GitRuntime.configure(options)
    do {
      var command = try LLParallel.parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      ExitStatus.end(for: error)
    }
  }
}
