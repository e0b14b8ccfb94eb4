import ArgumentParser
import Orchestrator

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The program's exit statuses.
enum ExitStatus: Int32 {
  /// Every selected issue landed or was closed.
  case success = 0
  /// An issue failed, was deferred, or is still to do.
  case incomplete = 1
  /// Wrong usage or configuration.
  case usage = 2
  /// The repository or the machine cannot be used.
  case environment = 3

  /// Ends the program with what an error means, and says so on standard error.
  static func end(for error: any Error) -> Never {
    if let code = error as? ExitCode { exit(code.rawValue) }
    switch error {
    case is RunRefusal: fail(error, .environment)
    case is ConfigurationError, is IssueSelectionError, is IssueSourceError, is IssueFileProblem,
      is RunOptionError, is SavedWorkError, is UsageError:
      fail(error, .usage)
    default: break
    }
    // Help and version come as errors too; the argument parser's own status for wrong usage is 64.
    let text = LLParallel.fullMessage(for: error)
    guard LLParallel.exitCode(for: error) != .success else {
      print(text)
      exit(success.rawValue)
    }
    let isUsage = LLParallel.exitCode(for: error) == .validationFailure
    StandardError.write(isUsage ? text + subcommandQuestion : "ll-parallel: \(error)")
    exit(isUsage ? usage.rawValue : incomplete.rawValue)
  }

  /// The subcommand that was probably meant by a first word that is none.
  private static var subcommandQuestion: String {
    guard let word = CommandLine.arguments.dropFirst().first, !word.hasPrefix("-") else {
      return ""
    }
    let known = LLParallel.configuration.subcommands.compactMap { command -> String? in
      let configuration = command.configuration
      return configuration.shouldDisplay ? configuration.commandName : nil
    }
    guard !known.contains(word), let name = NearestMatch.of(word, among: known) else { return "" }
    return "\nDid you mean 'll-parallel \(name)'?"
  }

  private static func fail(_ error: any Error, _ status: ExitStatus) -> Never {
    StandardError.write("ll-parallel: \(error)")
    exit(status.rawValue)
  }
}

/// A wrong use of the command line that the argument parser cannot see.
struct UsageError: Error, CustomStringConvertible {
  let description: String
}
