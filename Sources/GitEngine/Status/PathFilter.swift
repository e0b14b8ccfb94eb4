/// The paths that a status is limited to: files, or directories with all below them.
struct PathFilter: Sendable {
  /// How much of a directory is meant.
  enum Scope: Int, Comparable {
    case nothing
    /// All of it, since it or a directory above it is named.
    case below
    /// Something in it is named.
    case part

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  private let paths: [[UInt8]]

  /// A filter; the empty path means everything.
  init(_ paths: [RepositoryPath]) { self.paths = paths.map(\.bytes) }

  /// Whether a file is meant.
  func contains(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
    paths.contains { isInside(path, $0) }
  }

  /// As in git, the greatest of what the single paths say.
  func scope(of directory: UnsafeBufferPointer<UInt8>) -> Scope {
    paths.map { path -> Scope in
      if isInside(directory, path) { return .below }
      if directory.isEmpty { return .part }
      let isAbove =
        path.count > directory.count && path[directory.count] == slash
        && zip(path, directory).allSatisfy { $0 == $1 }
      return isAbove ? .part : .nothing
    }.max() ?? .nothing
  }

  private func isInside(_ path: UnsafeBufferPointer<UInt8>, _ directory: [UInt8]) -> Bool {
    guard path.count >= directory.count, zip(path, directory).allSatisfy({ $0 == $1 }) else {
      return false
    }
    return directory.isEmpty || path.count == directory.count || path[directory.count] == slash
  }
}

private let slash = UInt8(ascii: "/")
