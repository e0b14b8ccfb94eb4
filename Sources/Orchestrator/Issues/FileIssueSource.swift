internal import GitEngine

#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// Reads issues from the Markdown files of a checkout.
public struct FileIssueSource: IssueSource {
  /// What makes issues of the files' bytes.
  public let parser: IssueParser
  private let root: FilePath

  /// The issues of the project whose root, the top of the checkout, is `root`.
  public init(root: FilePath, configuration: IssuesConfiguration) {
    self.root = root
    parser = IssueParser(configuration)
  }

  /// Reads every issue file that lies directly in a category's directory.
  /// - Throws: `IssueSourceError` when the base directory cannot be read.
  public func scan() throws -> IssueScan {
    try checkBase()
    var issues: [Issue] = []
    var problems: [IssueFileProblem] = []
    for directory in parser.directories {
      do throws(IssueFileProblem) {
        for file in try files(in: directory) {
          do throws(IssueFileProblem) {
            if let issue = try issue(in: file) { issues.append(issue) }
          } catch {
            problems.append(error)
          }
        }
      } catch {
        problems.append(error)
      }
    }
    return IssueScan(issues: issues, problems: problems)
  }

  private func checkBase() throws(IssueSourceError) {
    let base = parser.base.bytes.isEmpty ? root : parser.base.absolute(in: root)
    do {
      _ = try FileReading.names(in: base)
    } catch {
      if error == .noSuchFileOrDirectory || error == .notDirectory {
        throw .noBaseDirectory(base)
      }
      throw .unreadable(base, why: error.description)
    }
  }

  /// A category without a directory has no files.
  private func files(
    in directory: IssueParser.Directory
  ) throws(IssueFileProblem) -> [RepositoryPath] {
    do {
      return try FileReading.names(in: directory.path.absolute(in: root))
        .map { directory.path.appending($0) }
        .filter { parser.directory(of: $0) != nil }
    } catch {
      if error == .noSuchFileOrDirectory { return [] }
      throw IssueFileProblem(.unreadable(error.description), file: directory.path)
    }
  }

  /// The issue in a file; `nil` for what is not a file.
  private func issue(in file: RepositoryPath) throws(IssueFileProblem) -> Issue? {
    let path = file.absolute(in: root)
    let id = parser.id(of: file)
    let bytes: [UInt8]
    do {
      switch try FileReading.kind(of: path) {
      case .other: return nil
      case .link: throw IssueFileProblem(.link, file: file)
      case .file: bytes = try FileReading.bytes(of: path)
      }
    } catch let problem as IssueFileProblem {
      throw problem
    } catch {
      throw IssueFileProblem(.unreadable("\(error)"), file: file, id: id)
    }
    return try parser.parse(bytes, at: file)
  }
}
