internal import Synchronization

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

// The new contents, on their way to their places.

extension CheckoutWriter {
  /// Writes all new contents to the side.
  ///
  /// No space or no permission shows here. Filter programs run here, with the attributes that the
  /// checkout will have.
  ///
  /// - Parameter isCancellable: Whether a cancelled task ends this, with the code `cancelled`.
  mutating func prepare(
    _ plan: CheckoutPlan, _ git: borrowing GitSession<Writing>, isCancellable: Bool = false
  ) throws(GitError) {
    for step in plan.steps { try requireSafe(step) }
    let work = SharedWork("write the new files of \(root)", isCancellable: isCancellable)
    let attributes = try attributesToCome(plan, git)
    var numbers = plan.steps.indices.filter { plan.steps[$0].file.hasContent }
    if numbers.count >= Self.enoughForThreads {
      let places = ThreadSession.Places(git, root: root)
      numbers = try shareOut(numbers, of: plan, attributes, places, work)
    }
    let converter = try git.checkOutConverter(
      attributes, index: plan.index, readsFiles: !plan.isClean)
    for number in numbers {
      try work.checkStopped()
      placed[number] = try Self.stage(
        plan.steps[number], at: staged(number), converter, git)
    }
  }

  /// Opening the repository for a thread costs about as much as writing this many files.
  private static let enoughForThreads = 64

  /// Writes contents on all cores; gives the numbers of those left, which programs convert.
  private mutating func shareOut(
    _ numbers: [Int], of plan: CheckoutPlan,
    _ attributes: [RepositoryPath: TreeEntry?], _ places: ThreadSession.Places, _ work: SharedWork
  ) throws(GitError) -> [Int] {
    struct Worker: ~Copyable {
      let session: ThreadSession
      let converter: ContentConverter
      var staged: [(number: Int, file: FileStamp?)] = []
      var left: [Int] = []
    }
    let (staging, steps) = (staging, plan.steps)
    let (index, readsFiles) = (plan.index, !plan.isClean)
    let done = Mutex<(staged: [(number: Int, file: FileStamp?)], left: [Int])>(([], []))
    try work.run(numbers.count, chunk: 16, enough: Self.enoughForThreads / 2) {
      () throws(GitError) in
      let session = try ThreadSession(places)
      return Worker(
        session: session,
        converter: try session.git.checkOutConverter(
          attributes, index: index, readsFiles: readsFiles))
    } each: { (worker: inout Worker, position: Int) throws(GitError) in
      let number = numbers[position]
      let step = steps[number]
      // Of links and merged texts nothing is converted, whatever the attributes say.
      if case .blob(let entry) = step.file, entry.mode != .symbolicLink,
        try worker.converter.hasProgram(step.path, worker.session.git)
      {
        return worker.left.append(number)
      }
      let file = try Self.stage(
        step, at: Self.new(number, in: staging), worker.converter, worker.session.git)
      worker.staged.append((number, file))
    } end: { worker in
      let (staged, left) = (worker.staged, worker.left)
      done.withLock {
        $0.staged += staged
        $0.left += left
      }
    }
    let (staged, left) = done.withLock { $0 }
    for (number, file) in staged { placed[number] = file }
    return left.sorted()
  }

  /// Writes the new file of a step to the side; gives what it is then.
  private static func stage(
    _ step: CheckoutPlan.Step, at place: FilePath, _ converter: ContentConverter,
    _ git: borrowing GitSession<some Any>
  ) throws(GitError) -> FileStamp? {
    switch step.file {
    case .none, .remove, .directory: return nil
    case .bytes(let bytes, let mode):
      return try writeNewFile(place, bytes, executable: mode == .executable)
    case .blob(let entry) where entry.mode == .symbolicLink:
      try makeSymbolicLink(place, to: git.blob(entry.id))
      return try fileStatus(place).map { FileStamp($0) }
    case .blob(let entry):
      let bytes = try converter.fileContent(git.blob(entry.id), of: entry.id, at: step.path, git)
      return try writeNewFile(place, bytes, executable: entry.mode == .executable)
    }
  }

  /// Flushes the new contents, which must be whole before a durable reference speaks of them.
  func flush(_ plan: CheckoutPlan) throws(GitError) {
    let files = plan.steps.enumerated().compactMap { (number, step) -> FilePath? in
      switch step.file {
      case .none, .remove, .directory: nil
      case .blob(let entry) where entry.mode == .symbolicLink: nil
      case .blob, .bytes: staged(number)
      }
    }
    _ = try Flush.files(files)
    try Flush.directory(staging)
  }

  /// Flushes the directories of the paths that changed.
  func flushPlaces(_ plan: CheckoutPlan) throws(GitError) {
    let directories = Set(
      plan.steps.compactMap { step -> FilePath? in
        if case .none = step.file { return nil }
        return step.path.absolute(in: root).removingLastComponent()
      })
    for directory in directories {
      // One that is gone is a name less in the one above it.
      var place = directory
      while try !Flush.directory(place), place != root { place.removeLastComponent() }
    }
  }

  private func requireSafe(_ step: CheckoutPlan.Step) throws(GitError) {
    let mode: FileMode
    switch step.file {
    case .none: return
    case .blob(let entry): mode = entry.mode
    case .bytes(_, let new): mode = new
    case .directory, .remove: mode = .tree
    }
    try step.path.requireSafe(mode, "change the checkout \(root)")
  }

  /// The attributes files that the plan changes, by directory.
  private func attributesToCome(
    _ plan: CheckoutPlan, _ git: borrowing GitSession<Writing>
  ) throws(GitError) -> [RepositoryPath: TreeEntry?] {
    var files: [RepositoryPath: TreeEntry?] = [:]
    for step in plan.steps where step.path.isAttributesFile {
      let directory = step.path.parent ?? ""
      switch step.file {
      case .blob(let entry): files[directory] = .some(entry)
      case .bytes(let bytes, let mode):
        files[directory] = .some(TreeEntry(mode: mode, id: try git.writeBlob(bytes)))
      case .remove: files[directory] = .some(nil)
      case .none, .directory: break
      }
    }
    return files
  }
}

extension CheckoutPlan.FileChange {
  /// Whether something new is written, not only taken away.
  fileprivate var hasContent: Bool {
    switch self {
    case .none, .remove, .directory: false
    case .blob, .bytes: true
    }
  }
}
