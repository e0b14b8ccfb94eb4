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
  static func exit(for error: any Error) -> Never {
    if let code = error as? ExitCode { Glibc.exit(code.rawValue) }
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
      Glibc.exit(success.rawValue)
    }
    let isUsage = LLParallel.exitCode(for: error) == .validationFailure
    StandardError.write(isUsage ? text : "ll-parallel: \(error)")
    Glibc.exit(isUsage ? usage.rawValue : incomplete.rawValue)
  }

  private static func fail(_ error: any Error, _ status: ExitStatus) -> Never {
    StandardError.write("ll-parallel: \(error)")
    Glibc.exit(status.rawValue)
  }
}

/// A wrong use of the command line that the argument parser cannot see.
struct UsageError: Error, CustomStringConvertible {
  let description: String
}
