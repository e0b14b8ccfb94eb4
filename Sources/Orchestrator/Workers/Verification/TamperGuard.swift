internal import GitEngine

/// Tells whether work weakens the project's tests: an agent that cannot make a test pass must not
/// take it away.
struct TamperGuard: Sendable {
  /// A test file that tests less than before.
  struct Finding: Hashable, Sendable {
    let path: RepositoryPath
    /// What is less, as the end of a sentence that begins with the path.
    let what: String
  }

  private let patterns: [PathPattern]
  private let directory: RepositoryPath?

  init(_ project: ProjectConfiguration) {
    patterns = project.testPatterns.map { PathPattern($0) }
    let directory = RepositoryPath(configured: project.testDirectory)
    self.directory = directory.bytes.isEmpty ? nil : directory
  }

  /// Whether a file is one of the project's tests.
  func isTest(_ path: RepositoryPath) -> Bool {
    directory.map(path.isInside) ?? false || patterns.contains { $0.matches(path) }
  }

  /// The test files that a change weakens.
  ///
  /// A test that went to another file is still there; a new file weakens nothing.
  func findings<Access>(
    in changes: [TreeChange], _ git: borrowing GitSession<Access>
  ) throws -> [Finding] {
    var versions: [(path: RepositoryPath, old: TestStrength?, new: TestStrength?)] = []
    var arrived: Set<String> = []
    let added = Set(changes.filter { $0.old == nil }.compactMap { $0.new?.id })
    for change in changes where isTest(change.path) {
      // A file that only got another name is all there.
      if change.new == nil, let old = change.old, added.contains(old.id) { continue }
      let old = try strength(change.old, git)
      let new = try strength(change.new, git)
      arrived.formUnion((new?.tests ?? []).subtracting(old?.tests ?? []))
      versions.append((change.path, old, new))
    }
    return versions.compactMap { path, old, new in
      guard let old else { return nil }
      return Self.loss(from: old, to: new, elsewhere: arrived).map { Finding(path: path, what: $0) }
    }
  }

  private static func loss(
    from old: TestStrength, to new: TestStrength?, elsewhere: Set<String>
  ) -> String? {
    let gone = old.tests.subtracting(new?.tests ?? [])
    let lost = gone.subtracting(elsewhere).sorted()
    guard let new else {
      return lost.isEmpty && !old.tests.isEmpty ? nil : "is deleted"
    }
    if let first = lost.first {
      return "lacks the test \(first)" + (lost.count > 1 ? " and \(lost.count - 1) more" : "")
    }
    if new.skips > old.skips { return "skips more tests" }
    // What a test that went elsewhere asserts went with it.
    if gone.isEmpty, new.assertions < old.assertions { return "asserts less" }
    return nil
  }

  private func strength<Access>(
    _ entry: TreeEntry?, _ git: borrowing GitSession<Access>
  ) throws -> TestStrength? {
    guard let entry, entry.mode.isFile else { return nil }
    return TestStrength(try git.blob(entry.id))
  }
}
