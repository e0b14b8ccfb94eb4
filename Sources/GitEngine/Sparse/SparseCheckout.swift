#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Which files of a checkout are to be in the working tree.
enum SparseCheckout: Sendable {
  /// Whole directories.
  case cone(SparseCone)
  /// Rules like those of `.gitignore`: what they cover is there.
  case patterns([IgnorePattern])

  /// Whether a file is a part of the checkout.
  func contains(_ path: RepositoryPath) -> Bool {
    switch self {
    case .cone(let cone): return cone.contains(path)
    case .patterns(let patterns):
      // Where no rule is about a path, that for the directory above counts.
      var current = path
      var isDirectory = false
      while true {
        if let answer = Self.answer(patterns, current, isDirectory: isDirectory) { return answer }
        guard let parent = current.parent else { return false }
        (current, isDirectory) = (parent, true)
      }
    }
  }

  private static func answer(
    _ patterns: [IgnorePattern], _ path: RepositoryPath, isDirectory: Bool
  ) -> Bool? {
    let nameStart = path.bytes.count - path.lastComponent.count
    return path.bytes.withUnsafeBufferPointer { bytes in
      for pattern in patterns.reversed() where isDirectory || !pattern.needsDirectory {
        if pattern.matches(bytes, base: 0, nameStart: nameStart, ignoresCase: false) {
          return !pattern.isNegative
        }
      }
      return nil
    }
  }
}

extension GitSession {
  /// The rules of a sparse checkout; `nil` when the checkout is to be complete.
  func sparseCheckout() throws(GitError) -> SparseCheckout? {
    guard try configurationFlag("core.sparseCheckout") == true else { return nil }
    let file = gitDirectory.pushing("info/sparse-checkout")
    // Without the file, git takes all for wanted.
    guard try fileStatus(file) != nil else { return nil }
    let bytes = try readWholeFile(file)
    if try configurationFlag("core.sparseCheckoutCone") == true, let cone = SparseCone(bytes) {
      return .cone(cone)
    }
    return .patterns(IgnorePattern.parse(bytes))
  }
}

extension CheckoutPlan {
  /// Leaves new files that are no part of the checkout to the index alone.
  mutating func honour(_ sparse: SparseCheckout?, _ isKnown: (RepositoryPath) -> Bool) {
    guard let sparse else { return }
    for (number, step) in steps.enumerated() where step.seen == nil && !isKnown(step.path) {
      guard case .set = step.index, !sparse.contains(step.path) else { continue }
      steps[number].file = .none
      steps[number].fileMatchesIndex = false
      steps[number].skipsWorktree = true
    }
  }
}

extension GitSession {
  /// The same plan, but new files that are no part of a sparse checkout go into the index alone.
  func honouringSparseCheckout(_ plan: CheckoutPlan) throws(GitError) -> CheckoutPlan {
    guard let sparse = try sparseCheckout() else { return plan }
    var plan = plan
    let index = plan.index
    plan.honour(sparse) { index.entry($0) != nil }
    return plan
  }
}
