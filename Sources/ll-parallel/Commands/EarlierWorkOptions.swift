import ArgumentParser
import Orchestrator

/// What to do with what earlier runs left.
struct EarlierWorkOptions: ParsableArguments {
  @Flag(
    name: .shortAndLong,
    help: "Go on where the last run stopped: its selection, and what it finished is landed first.")
  var resume = false

  @Flag(help: "With --resume: run failed issues again, too.")
  var retryFailed = false

  @Flag(help: "First land what earlier runs finished and did not land.")
  var mergePending = false

  @Flag(help: "Leave what earlier runs finished or began, and do not run those issues.")
  var ignorePending = false

  @Flag(help: "Keep what earlier runs finished under refs/ll/saved, and run those issues again.")
  var cleanStart = false

  private var choices: [(flag: String, choice: EarlierWork.Choice)] {
    (mergePending ? [("--merge-pending", .land)] : [])
      + (ignorePending ? [("--ignore-pending", .ignore)] : [])
      + (cleanStart ? [("--clean-start", .startOver)] : [])
  }

  func validate() throws {
    guard choices.count < 2 else {
      let flags = choices.map(\.flag)
      throw ValidationError(
        "\(flags.dropLast().joined(separator: ", ")) and \(flags.last ?? "") exclude each other.")
    }
  }

  var earlierWork: EarlierWork {
    EarlierWork(resume: resume, retryFailed: retryFailed, choice: choices.first?.choice)
  }
}
