#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// Where the issues of a project come from.
public protocol IssueSource: Sendable {
  /// Reads all issues anew.
  func scan() throws -> IssueScan
}

/// Why there is no list of issues at all.
public enum IssueSourceError: Error, Hashable, Sendable {
  /// The base directory does not exist or is not a directory.
  case noBaseDirectory(FilePath)
  /// The base directory cannot be read.
  case unreadable(FilePath, why: String)
}

extension IssueSourceError: CustomStringConvertible {
  /// One sentence for a person.
  public var description: String {
    switch self {
    case .noBaseDirectory(let path):
      "there is no directory of issues at \(path); 'll-parallel init --sample' makes a first one, "
        + "'issues.base_dir' names another place"
    case .unreadable(let path, let why):
      "the directory of issues at \(path) cannot be read: \(why)"
    }
  }
}
