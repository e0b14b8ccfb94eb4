internal import GitEngine
internal import Synchronization

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// The files that `.worktreeinclude` names in the checkout: ignored ones that every worktree gets.
///
/// The file has the form of `.gitignore`. Looked for once in a run, since all ignored files must be.
final class IncludedFiles: Sendable {
  static let name = ".worktreeinclude"

  private let known = Mutex<[FilePath]?>(nil)

  /// The files, relative to the checkout's root.
  func paths(in context: RunContext) async -> [FilePath] {
    if let paths = known.withLock({ $0 }) { return paths }
    let found = await find(in: context)
    return known.withLock { known in
      known = known ?? found
      return known ?? found
    }
  }

  private func find(in context: RunContext) async -> [FilePath] {
    guard let text = try? FileTree.read(context.root.appending(Self.name)) else { return [] }
    let rules = Self.rules(String(decoding: text, as: UTF8.self))
    guard !rules.isEmpty else { return [] }
    do {
      return try await context.repository.read(at: context.root) { git in
        var options = StatusOptions()
        options.ignored = .traditional
        return try git.status(options).filter(\.isIgnored).map(\.path)
          .filter { Self.isIncluded($0, by: rules) }.map { PersistedPath($0).filePath }
      }
    } catch {
      context.events.publish(.notice("the files of \(Self.name) were not copied: \(error)"))
      return []
    }
  }

  typealias Rule = (pattern: PathPattern, includes: Bool)

  static func rules(_ text: String) -> [Rule] {
    text.split(whereSeparator: \.isNewline).compactMap { line in
      var line = line
      while line.last == " " || line.last == "\t" { line.removeLast() }
      if line.isEmpty || line.hasPrefix("#") { return nil }
      let includes = !line.hasPrefix("!")
      return (PathPattern(String(includes ? line : line.dropFirst())), includes)
    }
  }

  /// Whether a file is included: the last rule that is about it decides.
  static func isIncluded(_ path: RepositoryPath, by rules: [Rule]) -> Bool {
    rules.last { $0.pattern.matches(path) }?.includes ?? false
  }
}
