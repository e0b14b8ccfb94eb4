internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Three versions of one file that are to become one.
struct ContentMergeRequest {
  /// Where the result will be; its attributes count.
  var path: RepositoryPath
  var base: [UInt8]
  var ours: [UInt8]
  var theirs: [UInt8]
  var labels: LineMerge.Labels
  var favor: LineMerge.Favor
  var style: LineMerge.Style
  /// How much longer than usual the markers are, where conflicts may hold conflicts.
  var extraMarkerSize: Int
  /// Whether this is a merge of merge bases, which nobody sees.
  var isForAncestor: Bool
}

/// What became of the contents of a file.
struct ContentMergeResult {
  enum Conflict {
    case none
    /// The lines conflict; the bytes have markers.
    case lines
    /// It cannot be merged line by line; the bytes are ours.
    case binary
  }

  var bytes: [UInt8]
  var conflict: Conflict
}

/// Merges the contents of files as their attributes say.
///
/// Like git, it takes attributes from the files of the checkout, from `info/attributes` and from the
/// user's and the system's files, and not from the index.
final class ContentMerger {
  private let gitDirectory: FilePath
  /// Where merge drivers run.
  private let workingTree: FilePath?
  private let drivers: MergeDrivers
  private let lookup: AttributeLookup
  private var handle: OwnedRepository?

  init(_ git: borrowing GitSession<some Any>) throws(GitError) {
    gitDirectory = git.gitDirectory
    workingTree = git.workingTree
    drivers = try MergeDrivers(git.raw)
    lookup = try git.attributeLookup()
  }

  /// Whether a program may merge some of the files.
  var hasPrograms: Bool { !drivers.configured.isEmpty }

  func mergeContents(_ request: ContentMergeRequest) throws(GitError) -> ContentMergeResult {
    let attributes = try attributes(of: request.path)
    let size = (attributes.markerSize ?? 7) + request.extraMarkerSize
    switch try drivers.driver(for: attributes.merge, isForAncestor: request.isForAncestor) {
    case .text: return try mergeLines(request, markerSize: size)
    case .union:
      var request = request
      request.favor = .union
      return try mergeLines(request, markerSize: size)
    case .binary: return binary(request)
    case .program(let name, let command):
      let program = MergeDriverProgram(
        name: name, command: command, directory: workingTree ?? gitDirectory)
      let result = try program.merge(
        request.path, base: request.base, ours: request.ours, theirs: request.theirs,
        markerSize: size, labels: request.labels)
      return ContentMergeResult(bytes: result.bytes, conflict: result.isClean ? .none : .lines)
    }
  }

  /// Merges line by line, if the contents are text.
  private func mergeLines(
    _ request: ContentMergeRequest, markerSize: Int
  ) throws(GitError) -> ContentMergeResult {
    for text in [request.base, request.ours, request.theirs]
    where Similarity.isBinary(text) || text.count > Self.largestText {
      return binary(request)
    }
    let merged = try LineMerge.merge(
      base: request.base, ours: request.ours, theirs: request.theirs, favor: request.favor,
      style: request.style, markerSize: markerSize, labels: request.labels)
    return ContentMergeResult(
      bytes: merged.bytes, conflict: merged.conflicts == 0 ? .none : .lines)
  }

  /// git's limit for line by line comparisons.
  private static let largestText = 1024 * 1024 * 1023

  private func binary(_ request: ContentMergeRequest) -> ContentMergeResult {
    if request.isForAncestor { return ContentMergeResult(bytes: request.base, conflict: .none) }
    return switch request.favor {
    case .ours: ContentMergeResult(bytes: request.ours, conflict: .none)
    case .theirs: ContentMergeResult(bytes: request.theirs, conflict: .none)
    case .none, .union: ContentMergeResult(bytes: request.ours, conflict: .binary)
    }
  }

  // MARK: Attributes

  /// What the attributes say of merging a path.
  struct Attributes: Equatable {
    var merge = MergeDrivers.Attribute.unspecified
    var markerSize: Int?
  }

  private static let names = ["merge", "conflict-marker-size"].map { Array($0.utf8) }

  func attributes(of path: RepositoryPath) throws(GitError) -> Attributes {
    let root = workingTree
    let states = try lookup.states(of: Self.names, for: path) { (directory) throws(GitError) in
      guard let root else { return nil }
      return try attributesText(directory.appending(".gitattributes".utf8), in: root)
    }
    var attributes = Attributes()
    attributes.merge =
      switch states[0] {
      case .unspecified: .unspecified
      case .set: .yes
      case .unset: .no
      case .text(let name): .named(String(decoding: name, as: UTF8.self))
      }
    if case .text(let text) = states[1] {
      let digits = text.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      if let size = Int(String(decoding: digits, as: UTF8.self)), size > 0 {
        attributes.markerSize = size
      }
    }
    return attributes
  }

  /// A handle for submodules, opened when it is first needed.
  func repository() throws(GitError) -> OwnedRepository {
    if let handle { return handle }
    let made = try OwnedRepository(gitDirectory)
    handle = made
    return made
  }

  /// A repository handle that can be kept in a class.
  final class OwnedRepository {
    private let repository: Owned<RepositoryHandle>
    var raw: OpaquePointer { repository.pointer }

    init(_ gitDirectory: FilePath) throws(GitError) {
      repository = try RepositoryAccess.open(gitDirectory)
    }
  }
}
