#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// A name in a directory that the index does not have there.
struct UnknownName {
  /// With a zero byte behind.
  let text: [UInt8]
  let kind: NameKind

  init(_ name: UnsafePointer<UInt8>, _ length: Int, _ kind: NameKind) {
    text = Array(UnsafeBufferPointer(start: name, count: length + 1))
    self.kind = kind
  }

  var bytes: ArraySlice<UInt8> { text.dropLast() }

  func withText<Result>(
    _ body: (UnsafePointer<UInt8>) throws(GitError) -> Result
  ) throws(GitError) -> Result {
    let result = text.withUnsafeBufferPointer { text -> Swift.Result<Result, GitError> in
      do throws(GitError) {
        return .success(try body(text.baseAddress.unsafelyUnwrapped))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// The kind, asked from the file system if the directory did not tell; `nil` when it is gone.
  func resolvedKind(in directory: Int32) throws(GitError) -> NameKind? {
    guard kind == .unknown else { return kind }
    return try withText { name throws(GitError) in
      try fileStatus(name, in: directory).map { NameKind($0) }
    }
  }

  func isChild(of directory: Int, in scan: WorkingTreeScan) -> Bool {
    text.withUnsafeBufferPointer { text in
      text.baseAddress.map {
        scan.directories.child($0, text.count - 1, of: directory, in: scan.index) != nil
      } ?? false
    }
  }

  func isFile(in directory: Int, in scan: WorkingTreeScan) -> Bool {
    text.withUnsafeBufferPointer { text in
      text.baseAddress.map {
        scan.directories.file($0, text.count - 1, in: directory, of: scan.index) != nil
      } ?? false
    }
  }
}

/// Walks what the index does not have, by git's rules of what is shown of it.
struct UntrackedWalk {
  /// What is to be said of a path; of a directory, the greatest of what is in it.
  private enum Treatment: Int, Comparable {
    case nothing, enter, ignored, untracked

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  /// How a directory is read.
  private struct Reading {
    /// Only what it amounts to counts; nothing in it is shown.
    var isCheck = false
    /// Any file decides.
    var stopsAtFirst = false
  }

  private let worker: ScanWorker
  /// The path that is looked at.
  private var path: [UInt8]

  private var scan: WorkingTreeScan { worker.scan }
  private var showsIgnored: Bool { scan.options.ignored != .no }
  private var collapses: Bool { scan.options.untracked == .normal }

  init(_ worker: ScanWorker, _ directory: UnsafeBufferPointer<UInt8>) {
    self.worker = worker
    path = Array(directory)
  }

  /// Takes in one name of a directory of the index.
  mutating func take(
    _ name: UnknownName, _ kind: NameKind, _ directory: Int32,
    _ rules: () throws(GitError) -> IgnoreRules
  ) throws(GitError) {
    let length = enter(name)
    defer { path.removeLast(path.count - length) }
    var rulesHere: IgnoreRules?
    let treatment = try treat(name, kind, directory) { () throws(GitError) -> IgnoreRules in
      if let rulesHere { return rulesHere }
      let found = try rules()
      rulesHere = found
      return found
    }
    if treatment == .enter {
      let outer: IgnoreRules
      if let rulesHere { outer = rulesHere } else { outer = try rules() }
      _ = try read(name, directory, outer, Reading())
    } else {
      show(treatment, isDirectory: kind == .directory)
    }
  }

  private mutating func enter(_ name: UnknownName) -> Int {
    let length = path.count
    if !path.isEmpty { path.append(UInt8(ascii: "/")) }
    path.append(contentsOf: name.bytes)
    return length
  }

  private func show(_ treatment: Treatment, isDirectory: Bool) {
    guard treatment == .untracked || treatment == .ignored && showsIgnored else { return }
    if isDirectory {
      // A directory in the place of a tracked file is not shown as itself.
      guard path.withUnsafeBufferPointer({ scan.index.positions(of: $0).isEmpty }) else { return }
    }
    let shown = RepositoryPath(bytes: isDirectory ? path + [UInt8(ascii: "/")] : path)
    if treatment == .untracked {
      worker.found.untracked.append(shown)
    } else {
      worker.found.ignored.append(shown)
    }
  }

  private func treat(
    _ name: UnknownName, _ kind: NameKind, _ directory: Int32,
    _ rules: () throws(GitError) -> IgnoreRules
  ) throws(GitError) -> Treatment {
    let isDirectory = kind == .directory
    if !isDirectory, scan.trackedNames?.file(path) != nil { return .nothing }
    if let filter = scan.filter {
      let isNear = path.withUnsafeBufferPointer {
        filter.contains($0) || isDirectory && filter.scope(of: $0) != .nothing
      }
      if !isNear { return .nothing }
    }
    let rules = try rules()
    let isIgnored = path.withUnsafeBufferPointer {
      rules.isIgnored($0, isDirectory: isDirectory)
    }
    if isIgnored, !showsIgnored { return .ignored }
    switch kind {
    case .other, .unknown: return .nothing
    case .file, .symbolicLink: return isIgnored ? .ignored : .untracked
    case .directory: return try treatDirectory(name, directory, rules, isIgnored: isIgnored)
    }
  }

  private func treatDirectory(
    _ name: UnknownName, _ directory: Int32, _ rules: IgnoreRules, isIgnored: Bool
  ) throws(GitError) -> Treatment {
    if let names = scan.trackedNames {
      if names.hasDirectory(path) { return .enter }
      if names.file(path) == .gitlink { return .nothing }
    }
    let scope =
      isIgnored
      ? nil
      : scan.filter.map { filter in
        path.withUnsafeBufferPointer { filter.scope(of: $0) }
      }
    if try isNestedRepository(name, directory) {
      if scope == .part { return .nothing }
      return isIgnored ? .ignored : .untracked
    }
    let showsMatching = scan.options.ignored == .matching
    guard collapses else { return isIgnored && showsMatching ? .ignored : .enter }
    if scope == .part { return .enter }
    if isIgnored, showsMatching { return .ignored }

    // Whether it is empty, or holds only ignored files, is in the files.
    let isCheck = !showsIgnored
    let (shownIgnored, shownUntracked) = (worker.found.ignored.count, worker.found.untracked.count)
    var copy = self
    var state = try copy.read(
      name, directory, rules, Reading(isCheck: isCheck, stopsAtFirst: isCheck && isIgnored))
    if state == .ignored {
      if showsMatching {
        // What is ignored in there is shown, instead of the directory.
        state = .nothing
      } else {
        worker.found.ignored.removeLast(worker.found.ignored.count - shownIgnored)
      }
    }
    if showsIgnored {
      worker.found.untracked.removeLast(worker.found.untracked.count - shownUntracked)
    }
    return state
  }

  private func isNestedRepository(
    _ name: UnknownName, _ directory: Int32
  ) throws(GitError) -> Bool {
    let hasGit = ((Array(name.bytes) + Array("/.git".utf8)) + [0]).withUnsafeBufferPointer {
      text -> Bool in
      guard let start = text.baseAddress else { return false }
      return ((try? fileStatus(start, in: directory)) ?? nil) != nil
    }
    guard hasGit else { return false }
    let place = RepositoryPath(bytes: path).absolute(in: scan.root)
    return try NestedRepository.isThere(place, notCounting: scan.places.gitDirectory)
  }

  /// Reads the directory that `path` is; returns what it amounts to.
  private mutating func read(
    _ name: UnknownName, _ parent: Int32, _ outer: IgnoreRules, _ reading: Reading
  ) throws(GitError) -> Treatment {
    try scan.checkStopped()
    let opened = try name.withText { text throws(GitError) in
      openFile(text, in: parent, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    }
    // One that may not be read has nothing to show, as in git.
    guard let descriptor = opened else { return .nothing }
    defer { close(descriptor) }
    let here = path
    let rules = try here.withUnsafeBufferPointerThrowing { path throws(GitError) in
      try outer.entering(path) { () throws(GitError) in
        try worker.ruleFile(RepositoryPath(bytes: path), in: descriptor, fromRoot: false)
      }
    }
    var names: [UnknownName] = []
    try worker.reader.list(descriptor) { (name, length, kind) throws(GitError) in
      if !worker.isGitDirectory(name, length) { names.append(UnknownName(name, length, kind)) }
    }
    var all = Treatment.nothing
    for name in names {
      guard let kind = try name.resolvedKind(in: descriptor) else { continue }
      let length = enter(name)
      defer { path.removeLast(path.count - length) }
      let treatment = try treat(name, kind, descriptor) { () throws(GitError) in rules }
      all = max(all, treatment)
      if treatment == .enter { all = max(all, try read(name, descriptor, rules, reading)) }
      if reading.isCheck {
        if reading.stopsAtFirst, all >= .ignored { return .ignored }
        if all == .untracked { return all }
      } else if treatment != .enter {
        show(treatment, isDirectory: kind == .directory)
      }
    }
    return all
  }
}

extension Array where Element == UInt8 {
  /// Like `withUnsafeBufferPointer`, with typed errors.
  func withUnsafeBufferPointerThrowing<Result>(
    _ body: (UnsafeBufferPointer<UInt8>) throws(GitError) -> Result
  ) throws(GitError) -> Result {
    let result = withUnsafeBufferPointer { bytes -> Swift.Result<Result, GitError> in
      do throws(GitError) { return .success(try body(bytes)) } catch { return .failure(error) }
    }
    return try result.get()
  }
}
