/// A pattern for paths in the form of a line of `.gitignore`.
///
/// A pattern without a slash is about a name in any directory; one with a slash starts at the root
/// of the checkout. What it says of a directory holds for everything in it.
public struct PathPattern: Sendable {
  private let pattern: IgnorePattern

  /// A pattern from its text; a `!` in front of it means nothing here.
  public init(_ text: String) { pattern = IgnorePattern(Array(text.utf8)) }

  /// Whether the pattern is about a file, or about a directory above it.
  public func matches(_ file: RepositoryPath) -> Bool {
    let slash = UInt8(ascii: "/")
    return file.bytes.withUnsafeBufferPointer { path in
      let ends = path.indices.filter { path[$0] == slash } + [path.count]
      return ends.contains { end in
        if end == path.count, pattern.needsDirectory { return false }
        let part = UnsafeBufferPointer(rebasing: path[..<end])
        let nameStart = part.lastIndex(of: slash).map { $0 + 1 } ?? 0
        return pattern.matches(part, base: 0, nameStart: nameStart, ignoresCase: false)
      }
    }
  }
}
