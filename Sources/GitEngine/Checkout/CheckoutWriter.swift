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

/// Puts the files of a plan in place, and can take every step back.
///
/// New contents are written into a staging directory first, on the checkout's file system. They
/// go into place by renaming, and what was there comes out into the staging directory, so that no
/// file is ever half written and no byte is overwritten.
struct CheckoutWriter {
  /// Something that was done, with what undoes it.
  private enum Undo {
    case swapBack(FilePath, FilePath)
    case moveBack(from: FilePath, to: FilePath)
    case removeDirectory(FilePath)
    case makeDirectory(FilePath)
  }

  let root: FilePath
  /// Where the new files wait, and the old ones lie afterwards.
  ///
  /// It has another name until the first file comes out of the checkout: what a killed process left
  /// under that name is nobody's.
  private(set) var staging: FilePath
  /// The name that it has from then on.
  let lastingStaging: FilePath
  private let checkout: OpenDirectory
  let side: OpenDirectory
  private var undo: [Undo] = []
  /// What came out of the checkout into the staging directory, under which name, and what it was
  /// when this was decided.
  private var replaced: [(path: RepositoryPath, name: RepositoryPath, seen: FileStamp)] = []

  /// The new files by the numbers of their steps, as they were before they went into place.
  var placed: [Int: FileStamp] = [:]

  /// Whether files of the checkout are other ones than before `place`.
  var hasChangedFiles: Bool { !undo.isEmpty }

  init(root: FilePath, gitDirectory: FilePath) throws(GitError) {
    self.root = root
    let place = try Self.stagingPlace(root, gitDirectory)
    let name = "\(getpid())-\(UInt32.random(in: 0 ... .max))"
    lastingStaging = place.appending(SideFiles.staging + name)
    staging = place.appending(SideFiles.preparing + name)
    try makeDirectory(staging)
    checkout = try OpenDirectory(root)
    side = try OpenDirectory(staging)
  }

  /// In the git directory, out of the user's sight, unless that is on another file system.
  private static func stagingPlace(
    _ root: FilePath, _ gitDirectory: FilePath
  ) throws(GitError) -> FilePath {
    guard let one = try fileStatus(root), let other = try fileStatus(gitDirectory) else {
      return gitDirectory
    }
    return one.st_dev == other.st_dev ? gitDirectory : root
  }

  /// What `place` is going to do, file by file, for a record that outlives this process.
  func filesToPlace(_ plan: CheckoutPlan) -> [LandingRecord.File] {
    var files: [LandingRecord.File] = []
    for (number, step) in plan.steps.enumerated() {
      var file = LandingRecord.File(path: step.path, newInode: nil, oldInode: nil)
      switch step.file {
      case .none, .directory: break
      case .remove: file.oldInode = step.seen?.inode
      case .blob, .bytes:
        file.newInode = placed[number]?.inode
        file.oldInode = step.seen?.inode
      }
      files.append(file)
    }
    return files
  }

  /// Whether all files are still the ones that the plan was made for.
  func stillHolds(_ plan: CheckoutPlan) throws(GitError) -> Bool {
    for step in plan.steps {
      if case .none = step.file { continue }
      guard let status = try checkout.status(of: step.path) else {
        if step.seen == nil { continue }
        return false
      }
      // A directory is seen as nothing: what is in it is removed by steps of its own.
      if step.seen == nil, status.isDirectory { continue }
      guard FileStamp(status) == step.seen else { return false }
    }
    return true
  }

  /// Puts all files in place.
  ///
  /// False, with everything taken back, when there was no such file: somebody took it away or put
  /// one there in the last moment. Look at ``lateWrites()`` afterwards.
  mutating func place(_ plan: CheckoutPlan) throws(GitError) -> Bool {
    try moveFile(staging, to: lastingStaging)
    staging = lastingStaging
    do throws(GitError) {
      for (number, step) in plan.steps.enumerated() {
        guard case .remove = step.file else { continue }
        guard try takeOut(step, number) else { return try giveUp() }
      }
      for (number, step) in plan.steps.enumerated() {
        guard try putIn(step, number) else { return try giveUp() }
      }
      return true
    } catch {
      try rollBack()
      throw error
    }
  }

  private mutating func giveUp() throws(GitError) -> Bool {
    try rollBack()
    return false
  }

  private mutating func takeOut(
    _ step: CheckoutPlan.Step, _ number: Int
  ) throws(GitError) -> Bool {
    guard let seen = step.seen else { return true }
    let target = step.path.absolute(in: root)
    let old = Self.old(number, in: staging)
    do throws(GitError) { try moveFile(target, to: old) } catch {
      guard error.code == .notFound else { throw error }
      return false
    }
    undo.append(.moveBack(from: old, to: target))
    replaced.append((step.path, Self.oldName(number), seen))
    // Directories go with their last file, as git has no empty ones.
    var parent = step.path.parent
    while let directory = parent {
      let path = directory.absolute(in: root)
      guard (try? removeEmptyDirectory(path)) != nil else { break }
      undo.append(.makeDirectory(path))
      parent = directory.parent
    }
    return true
  }

  private mutating func putIn(_ step: CheckoutPlan.Step, _ number: Int) throws(GitError) -> Bool {
    let target = step.path.absolute(in: root)
    switch step.file {
    case .none, .remove: return true
    case .directory:
      for directory in try makeDirectories(target) { undo.append(.removeDirectory(directory)) }
      return true
    case .blob, .bytes: break
    }
    if let seen = step.seen { return try exchange(staged(number), target, seen, step, number) }
    for directory in try makeDirectories(target.removingLastComponent()) {
      undo.append(.removeDirectory(directory))
    }
    return try putNew(staged(number), target)
  }

  private mutating func putNew(_ new: FilePath, _ target: FilePath) throws(GitError) -> Bool {
    if let status = try fileStatus(target), status.isDirectory { try removeEmptied(target) }
    do throws(GitError) { try moveNew(new, to: target) } catch {
      guard error.code == .exists else { throw error }
      return false
    }
    undo.append(.moveBack(from: target, to: new))
    return true
  }

  private mutating func exchange(
    _ new: FilePath, _ target: FilePath, _ seen: FileStamp, _ step: CheckoutPlan.Step, _ number: Int
  ) throws(GitError) -> Bool {
    do throws(GitError) {
      if try swapFiles(new, target) {
        undo.append(.swapBack(new, target))
        replaced.append((step.path, Self.newName(number), seen))
        return true
      }
      // The file system cannot swap: keep the old file under a second name, then replace it.
      let old = Self.old(number, in: staging)
      try system("keep \(target)") {
        target.withPlatformString { from in old.withPlatformString { link(from, $0) } }
      }
      guard try isUnchanged(Self.oldName(number), seen) else { return false }
      try moveFile(new, to: target)
      undo.append(.moveBack(from: old, to: target))
      replaced.append((step.path, Self.oldName(number), seen))
      return true
    } catch {
      guard error.code == .notFound else { throw error }
      return false
    }
  }

  private func isUnchanged(
    _ name: RepositoryPath, _ seen: FileStamp
  ) throws(GitError) -> Bool {
    guard let status = try side.status(of: name) else { return false }
    return FileStamp(status).isSameContent(as: seen)
  }

  private mutating func removeEmptied(_ directory: FilePath) throws(GitError) {
    for name in try directoryNames(directory) {
      try removeEmptied(RepositoryPath(bytes: name).absolute(in: directory))
    }
    try removeEmptyDirectory(directory)
    undo.append(.makeDirectory(directory))
  }

  /// Puts the new index in place; taken back with the files.
  mutating func placeIndex(_ new: FilePath, at target: FilePath) throws(GitError) {
    let old = staging.appending("old-index")
    if try fileStatus(target) == nil {
      try moveFile(new, to: target)
      return undo.append(.moveBack(from: target, to: new))
    }
    if try swapFiles(new, target) { return undo.append(.swapBack(new, target)) }
    try system("keep \(target)") {
      target.withPlatformString { from in old.withPlatformString { link(from, $0) } }
    }
    try moveFile(new, to: target)
    undo.append(.moveBack(from: old, to: target))
  }

  /// Takes back what `place` did, last step first.
  mutating func rollBack() throws(GitError) {
    while let step = undo.popLast() {
      switch step {
      case .swapBack(let one, let other): _ = try swapFiles(one, other)
      case .moveBack(let from, let to): try moveFile(from, to: to)
      case .removeDirectory(let path): try? removeEmptyDirectory(path)
      case .makeDirectory(let path): _ = try makeDirectories(path)
      }
    }
    replaced = []
  }

  /// The files that came out other than they were seen: somebody wrote them in the last moment, or
  /// an editor that had them open since.
  func lateWrites() throws(GitError) -> [(path: RepositoryPath, file: FilePath)] {
    var late: [(path: RepositoryPath, file: FilePath)] = []
    for item in replaced where try !isUnchanged(item.name, item.seen) {
      late.append((item.path, item.name.absolute(in: staging)))
    }
    return late
  }

  /// Removes the staging directory with all that came out, which nobody needs any more: what cannot
  /// be removed has a name that says so.
  func discard() {
    var place = staging
    if place == lastingStaging, let name = place.lastComponent?.string {
      let expendable = place.removingLastComponent().appending(
        SideFiles.preparing + name.dropFirst(SideFiles.staging.count))
      if (try? moveFile(place, to: expendable)) != nil { place = expendable }
    }
    try? side.removeFiles()
    try? removeTree(place)
  }

  func staged(_ number: Int) -> FilePath { Self.new(number, in: staging) }

  static func newName(_ number: Int) -> RepositoryPath { RepositoryPath("new-\(number)") }

  private static func oldName(_ number: Int) -> RepositoryPath { RepositoryPath("old-\(number)") }

  /// Where the new file of a step waits, and its old one lies after an exchange.
  static func new(_ number: Int, in staging: FilePath) -> FilePath {
    newName(number).absolute(in: staging)
  }

  /// Where the old file of a step lies if it was not exchanged.
  static func old(_ number: Int, in staging: FilePath) -> FilePath {
    oldName(number).absolute(in: staging)
  }

  /// When a file last went into place, by the clock of the checkout's file system.
  ///
  /// Most of the new files were written before; an index of that time need not doubt them.
  func lastMove() throws(GitError) -> FileStamp.Moment {
    guard let status = try fileStatus(staging) else {
      throw GitError(.notFound, operation: "look at \(staging)", message: "it is gone")
    }
    return FileStamp(status).modified
  }

  /// The file of a path in the checkout, as it is now.
  func stamp(_ path: RepositoryPath) throws(GitError) -> FileStamp? {
    try checkout.status(of: path).map { FileStamp($0) }
  }
}
