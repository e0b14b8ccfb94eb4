import GitEngine
import SystemPackage
import TestSupport

/// What `git merge-tree --write-tree` says of a merge.
struct GitMerge: Hashable {
  var isClean: Bool
  /// The merged tree, with conflict markers if there are conflicts.
  var tree: String
  /// The versions of the conflicted paths: "100644 <id> 1 path".
  var stages: [String]
  /// The kinds of its messages: "CONFLICT (contents)", "Auto-merging".
  var messages: [String]

  /// Merges the commits of many pairs; `nil` for a pair at which git aborts.
  static func all(
    _ pairs: [(ours: ObjectID, theirs: ObjectID)], in repository: TestRepository
  ) async throws -> [GitMerge?] {
    var merges: [GitMerge?] = []
    while merges.count < pairs.count {
      let (found, aborts) = try await run(pairs[merges.count...], in: repository)
      merges += found
      guard aborts else { break }
      // What git has not printed yet is lost: the next pair may be all right.
      let (next, abortsAtOnce) = try await run(
        pairs[merges.count..<(merges.count + 1)], in: repository)
      merges.append(abortsAtOnce ? nil : next.first)
    }
    return merges
  }

  /// One run of git, and whether an assertion ended it early.
  private static func run(
    _ pairs: ArraySlice<(ours: ObjectID, theirs: ObjectID)>, in repository: TestRepository
  ) async throws -> (merges: [GitMerge], aborts: Bool) {
    let input = repository.sandbox.appending("pairs")
    try writeFile(input, pairs.map { "\($0.ours) \($0.theirs)\n" }.joined())
    let output = try await Oracle.run(
      "sh", ["-c", "git merge-tree --write-tree -z --stdin < '\(input.string)'"],
      in: repository.root, allowFailure: true)
    var fields = output.bytes.split(separator: 0, omittingEmptySubsequences: false)[...]
    var merges: [GitMerge] = []
    while merges.count < pairs.count, let merge = try? GitMerge(&fields) { merges.append(merge) }
    guard output.status == 0 || output.errors.contains("Assertion") else {
      throw OracleError(description: output.errors)
    }
    // The last one may be cut off where it looks like an end.
    if output.status != 0 { _ = merges.popLast() }
    return (merges, output.status != 0)
  }

  private init(_ fields: inout ArraySlice<ArraySlice<UInt8>>) throws {
    func next() throws -> ArraySlice<UInt8> {
      guard let field = fields.popFirst() else {
        throw OracleError(description: "git merge-tree ended early")
      }
      return field
    }
    isClean = try next().elementsEqual("1".utf8)
    tree = String(decoding: try next(), as: UTF8.self)
    (stages, messages) = ([], [])
    while case let field = try next(), !field.isEmpty {
      let text = String(decoding: field, as: UTF8.self)
      stages.append(text.replacing("\t", with: " ", maxReplacements: 1))
    }
    guard !isClean else { return }
    while true {
      // At the end comes nothing, or advice about submodules.
      let count = String(decoding: try next(), as: UTF8.self).filter { !$0.isWhitespace }
      guard let count = Int(count) else { break }
      for _ in 0..<count { _ = try next() }
      messages.append(String(decoding: try next(), as: UTF8.self))
      _ = try next()
    }
  }

  /// The engine's merge of two commits, in the same form.
  init(
    engine git: borrowing GitSession<Reading>, _ ours: ObjectID, _ theirs: ObjectID,
    options: MergeOptions = MergeOptions()
  ) throws {
    var options = options
    options.writesConflictTree = true
    (isClean, stages, messages) = (true, [], [])
    switch try git.mergeInDetail(theirs, into: ours, options: options) {
    case .unrelated: tree = "unrelated"
    case .alreadyContained: tree = try git.tree(of: ours).description
    case .fastForward(let tree): self.tree = tree.description
    case .merged(let merge):
      isClean = merge.isClean
      tree = merge.tree?.description ?? "none"
      for conflict in merge.conflicts {
        for (stage, entry) in [conflict.ancestor, conflict.ours, conflict.theirs].enumerated() {
          guard let entry else { continue }
          let mode = String(entry.mode.rawValue, radix: 8)
          stages.append("\(mode) \(entry.id) \(stage + 1) \(conflict.path)")
        }
      }
    }
  }

  /// Whether this keeps what git loses, in a merge that conflicts for both.
  ///
  /// git writes an entry without mode and id when it moves a file out of the place of a directory that
  /// is gone. And it forgets a file that a moved directory puts where another file was moved away.
  func isSafer(than git: GitMerge) -> Bool {
    guard !isClean, !git.isClean else { return false }
    if git.stages.contains(where: { $0.hasPrefix("000000 ") }) { return true }
    return Set(stages).isStrictSuperset(of: git.stages)
  }

  /// Whether two merges came to the same, whatever the messages.
  func isSame(as other: GitMerge) -> Bool {
    isClean == other.isClean && tree == other.tree && stages == other.stages
  }
}
