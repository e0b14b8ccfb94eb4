import ArgumentParser
import Orchestrator

/// What to clean up instead of running issues.
struct CleaningOptions: ParsableArguments {
  @Flag(
    name: .shortAndLong, help: "Remove the worktrees of earlier runs that hold nothing unlanded.")
  var cleanup = false

  @Flag(help: "Remove the worktrees of runs that died; what is in them is kept.")
  var cleanupOrphans = false

  @Flag(help: "Delete the branches feature/… that are merged into the base branch.")
  var pruneMergedBranches = false

  /// What was asked for; empty for a run.
  var request: Cleanup.Request {
    var request: Cleanup.Request = []
    if cleanup { request.formUnion([.worktrees, .orphans]) }
    if cleanupOrphans { request.insert(.orphans) }
    if pruneMergedBranches { request.insert(.mergedBranches) }
    return request
  }
}
