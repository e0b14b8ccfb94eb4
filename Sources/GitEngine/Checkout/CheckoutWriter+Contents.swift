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
  /// checkout will have. False when the task was cancelled meanwhile.
  @discardableResult
  mutating func prepare(
    _ plan: CheckoutPlan, _ git: borrowing GitSession<Writing>, isCancellable: Bool = false
  ) throws(GitError) -> Bool {
    let converter = try git.checkOutConverter(attributesToCome(plan, git))
    for (number, step) in plan.steps.enumerated() {
      if isCancellable, Task.isCancelled { return false }
      try requireSafe(step)
      switch step.file {
      case .none, .remove, .directory: break
      case .bytes(let bytes, let mode):
        placed[number] = try writeNewFile(
          staged(number), bytes, executable: mode == .executable)
      case .blob(let entry) where entry.mode == .symbolicLink:
        try makeSymbolicLink(staged(number), to: git.blob(entry.id))
        placed[number] = try side.status(of: Self.newName(number)).map { FileStamp($0) }
      case .blob(let entry):
        let bytes = try converter.fileContent(
          git.blob(entry.id), of: entry.id, at: step.path, git)
        placed[number] = try writeNewFile(
          staged(number), bytes, executable: entry.mode == .executable)
      }
    }
    return true
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
