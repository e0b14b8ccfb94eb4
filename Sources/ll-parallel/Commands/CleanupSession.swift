import Orchestrator
import SystemPackage

/// A clean-up seen from the terminal: its lines or its JSON object.
struct CleanupSession {
  private let cleanup: Cleanup
  private let output: OutputOptions

  init(
    _ project: Project, _ configuration: Configuration, _ request: Cleanup.Request,
    _ output: OutputOptions
  ) {
    cleanup = Cleanup(project, configuration, request)
    self.output = output
  }

  /// Cleans up, or says what that would do.
  func run(dryRun: Bool) async throws {
    let steps: [CleanupStep]
    if !dryRun {
      let isQuiet = output.quiet
      steps = try await cleanup.run { notice in
        if !isQuiet { StandardError.write("note: \(notice)") }
      }
    } else if let holder = cleanup.liveRun {
      StandardError.write(
        "note: process \(holder.pid) runs here since \(holder.since); beside it nothing is cleaned up"
      )
      steps = []
    } else {
      steps = try await cleanup.steps()
    }
    if output.json {
      print(try CleanupJSON(steps, dryRun: dryRun).text())
    } else {
      for step in steps { print(Self.line(step, dryRun)) }
      if steps.isEmpty { print("Nothing to clean up.") }
    }
  }

  private static func line(_ step: CleanupStep, _ dryRun: Bool) -> String {
    func verb(_ past: String) -> String { dryRun ? "would be \(past)" : past }
    return switch step {
    case .keepAside(let issue, let path):
      "\(verb("removed")): \(Text.path(path.string)), and what \(issue) left there "
        + (dryRun ? "kept under refs/ll/saved/" : "is kept under refs/ll/saved/")
    case .removeWorktree(let path, let branch):
      "\(verb("removed")): \(Text.path(path.string))" + (branch.map { ", with branch \($0)" } ?? "")
    case .deleteBranch(let name, let tip):
      "\(verb("deleted")): branch \(name) (was \(tip.prefix(7)))"
    case .leave(let path, let reason): "stays: \(Text.path(path.string)): \(reason)"
    }
  }
}

/// What a clean-up did as one JSON object.
private struct CleanupJSON: Encodable {
  var dry_run: Bool
  var steps: [Step]

  struct Step: Encodable {
    var action: String
    var issue: String?
    var worktree: String?
    var branch: String?
    var commit: String?
    var reason: String?
  }

  init(_ steps: [CleanupStep], dryRun: Bool) {
    dry_run = dryRun
    self.steps = steps.map { step in
      switch step {
      case .keepAside(let issue, let path):
        Step(action: "keep_aside", issue: issue, worktree: path.string)
      case .removeWorktree(let path, let branch):
        Step(action: "remove_worktree", worktree: path.string, branch: branch)
      case .deleteBranch(let name, let tip):
        Step(action: "delete_branch", branch: name, commit: tip)
      case .leave(let path, let reason):
        Step(action: "leave", worktree: path.string, reason: reason)
      }
    }
  }

  func text() throws -> String { try JSONText.of(self) }
}
