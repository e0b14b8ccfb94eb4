import GitEngine
import SystemPackage
import TestSupport
import Testing

/// What a path is in a hand-made merge.
enum Made: Sendable {
  case text(String)
  case program(String)
  case bytes([UInt8])
  case link(String)
  /// A submodule at a commit, named by a digit.
  case module(Int)
  case nothing
}

/// A merge made by hand.
struct MergeCase: Sendable, CustomTestStringConvertible {
  var name: String
  var base: [RepositoryPath: Made]
  var ours: [RepositoryPath: Made]
  var theirs: [RepositoryPath: Made]
  /// The kinds of conflict by path; "~" stands for "~" and a label.
  var expected: [String: ConflictKind] = [:]
  /// git's words for it.
  var message = ""

  var testDescription: String { name }
}

private let a = numberedLines("a")
private let b = numberedLines("b")
private let c = numberedLines("c")
private func edited(_ text: String, _ line: Int, _ side: String) -> String {
  var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  lines[line - 1] = "\(side) edited this"
  return lines.joined(separator: "\n")
}

private let cases: [MergeCase] = [
  MergeCase(
    name: "both changed a line", base: ["f": .text(a)],
    ours: ["f": .text(edited(a, 3, "ours"))], theirs: ["f": .text(edited(a, 3, "theirs"))],
    expected: ["f": .content], message: "CONFLICT (contents)"),
  MergeCase(
    name: "both changed a binary file", base: ["f": .bytes([0, 1])],
    ours: ["f": .bytes([0, 2])], theirs: ["f": .bytes([0, 3])],
    expected: ["f": .binary], message: "CONFLICT (binary)"),
  MergeCase(
    name: "both changed a link", base: ["f": .link("x")], ours: ["f": .link("y")],
    theirs: ["f": .link("z")], expected: ["f": .content], message: "CONFLICT (contents)"),
  MergeCase(
    name: "both added, one of them a program", base: ["g": .text(b)], ours: ["f": .text(a)],
    theirs: ["f": .program(a)], expected: ["f": .addAdd], message: "CONFLICT (contents)"),
  MergeCase(
    name: "both added a file", base: ["g": .text(b)], ours: ["f": .text("ours\n")],
    theirs: ["f": .text("theirs\n")], expected: ["f": .addAdd], message: "CONFLICT (contents)"),
  MergeCase(
    name: "deleted here, changed there", base: ["f": .text(a)], ours: ["f": .nothing],
    theirs: ["f": .text(edited(a, 3, "theirs"))], expected: ["f": .modifyDelete],
    message: "CONFLICT (modify/delete)"),
  MergeCase(
    name: "renamed here, deleted there", base: ["f": .text(a), "g": .text(b)],
    ours: ["f": .nothing, "new": .text(a)], theirs: ["f": .nothing],
    expected: ["new": .renameDelete], message: "CONFLICT (rename/delete)"),
  MergeCase(
    name: "renamed and changed here, deleted there", base: ["f": .text(a), "g": .text(b)],
    ours: ["f": .nothing, "new": .text(edited(a, 3, "ours"))], theirs: ["f": .nothing],
    expected: ["new": .renameDelete], message: "CONFLICT (modify/delete)"),
  MergeCase(
    name: "one file renamed to two names", base: ["f": .text(a)],
    ours: ["f": .nothing, "one": .text(edited(a, 3, "ours"))],
    theirs: ["f": .nothing, "two": .text(edited(a, 3, "theirs"))],
    expected: ["f": .renameRename, "one": .renameRename, "two": .renameRename],
    message: "CONFLICT (rename/rename)"),
  MergeCase(
    name: "a binary file renamed to two names", base: ["f": .bytes([0] + Array(a.utf8))],
    ours: ["f": .nothing, "one": .bytes([0] + Array((a + "x").utf8))],
    theirs: ["f": .nothing, "two": .bytes([0] + Array((a + "y").utf8))],
    expected: ["one": .renameRename, "two": .renameRename], message: "CONFLICT (rename/rename)"),
  MergeCase(
    name: "two files renamed to one name", base: ["f": .text(a), "g": .text(b)],
    ours: ["f": .nothing, "new": .text(edited(a, 3, "ours")), "g": .text(edited(b, 9, "ours"))],
    theirs: [
      "g": .nothing, "new": .text(edited(b, 9, "theirs")), "f": .text(edited(a, 3, "theirs")),
    ],
    expected: ["new": .renameCollision], message: "CONFLICT (rename involved in collision)"),
  MergeCase(
    name: "renamed to what the other side added", base: ["f": .text(a)],
    ours: ["f": .nothing, "new": .text(a)],
    theirs: ["new": .text(b), "f": .text(edited(a, 3, "theirs"))],
    expected: ["new": .addAdd], message: "CONFLICT (contents)"),
  MergeCase(
    name: "renamed to what the other side added, which deleted the file",
    base: ["f": .text(a), "g": .text(c)],
    ours: ["f": .nothing, "new": .text(a)], theirs: ["f": .nothing, "new": .text(b)],
    expected: ["new": .renameDelete], message: "CONFLICT (rename/delete)"),
  MergeCase(
    name: "a file and a directory", base: ["g": .text(b)], ours: ["place": .text(a)],
    theirs: ["place/inner": .text(c)], expected: ["place~": .fileDirectory],
    message: "CONFLICT (file/directory)"),
  MergeCase(
    name: "changed here, a directory there", base: ["place": .text(a)],
    ours: ["place": .text(edited(a, 3, "ours"))],
    theirs: ["place": .nothing, "place/inner": .text(c)],
    expected: ["place~": .fileDirectory], message: "CONFLICT (file/directory)"),
  MergeCase(
    name: "a file and a link", base: ["g": .text(b)], ours: ["f": .text(a)],
    theirs: ["f": .link("g")], expected: ["f": .distinctTypes, "f~": .distinctTypes],
    message: "CONFLICT (distinct modes)"),
  MergeCase(
    name: "a link and a submodule", base: ["g": .text(b)], ours: ["f": .link("g")],
    theirs: ["f": .module(1)], expected: ["f~": .distinctTypes],
    message: "CONFLICT (distinct modes)"),
  MergeCase(
    name: "a submodule that is not checked out", base: ["m": .module(1)],
    ours: ["m": .module(2)], theirs: ["m": .module(3)],
    expected: ["m": .submoduleNotInitialized], message: "CONFLICT (submodule not initialized)"),
  MergeCase(
    name: "both added a submodule", base: ["g": .text(b)], ours: ["m": .module(2)],
    theirs: ["m": .module(3)], expected: ["m": .submoduleNotInitialized],
    message: "CONFLICT (submodule not initialized)"),
  MergeCase(
    name: "added to a directory that was moved",
    base: ["old/f": .text(a), "old/g": .text(b)],
    ours: ["old/f": .nothing, "old/g": .nothing, "new/f": .text(a), "new/g": .text(b)],
    theirs: ["old/h": .text(c)], expected: ["new/h": .directoryRenameSuggested],
    message: "CONFLICT (directory rename suggested)"),
  MergeCase(
    name: "moved into a directory that was moved",
    base: ["old/f": .text(a), "old/g": .text(b), "h": .text(c)],
    ours: ["old/f": .nothing, "old/g": .nothing, "new/f": .text(a), "new/g": .text(b)],
    theirs: ["h": .nothing, "old/h": .text(c)], expected: ["new/h": .directoryRenameSuggested],
    message: "CONFLICT (directory rename suggested)"),
  MergeCase(
    name: "a directory that went to two places",
    base: ["old/f": .text(a), "old/g": .text(b)],
    ours: ["old/f": .nothing, "old/g": .nothing, "one/f": .text(a), "two/g": .text(b)],
    theirs: ["old/h": .text(c)], expected: ["old": .directoryRenameSplit],
    message: "CONFLICT(directory rename unclear split)"),
  MergeCase(
    name: "something is where a file would go with its directory",
    base: ["old/f": .text(a), "old/g": .text(b)],
    ours: ["old/f": .nothing, "old/g": .nothing, "new/f": .text(a), "new/g": .text(b)],
    theirs: ["old/h": .text(c), "new/h": .text("in the way\n")],
    expected: ["new/h": .directoryRenameInWay],
    message: "CONFLICT (file in way of directory rename)"),
  MergeCase(
    name: "two files would go to one place with their directories",
    base: ["one/f": .text(a), "two/g": .text(b)],
    ours: ["one/f": .nothing, "two/g": .nothing, "new/f": .text(a), "new/g": .text(b)],
    theirs: ["one/h": .text(c), "two/h": .text("another\n")],
    expected: ["new/h": .directoryRenameCollision],
    message: "CONFLICT(directory rename collision)"),
  // Clean ones.
  MergeCase(
    name: "renamed here, changed there", base: ["f": .text(a)],
    ours: ["f": .nothing, "new": .text(edited(a, 15, "ours"))],
    theirs: ["f": .text(edited(a, 3, "theirs"))]),
  MergeCase(
    name: "the same rename on both sides", base: ["f": .text(a)],
    ours: ["f": .nothing, "new": .text(edited(a, 15, "ours"))],
    theirs: ["f": .nothing, "new": .text(edited(a, 3, "theirs"))]),
  MergeCase(
    name: "a mode here, lines there", base: ["f": .text(a)], ours: ["f": .program(a)],
    theirs: ["f": .text(edited(a, 3, "theirs"))]),
  MergeCase(
    name: "a mode here, bytes there", base: ["f": .bytes([0, 1])], ours: ["f": .bytes([0, 2])],
    theirs: ["f": .program("\0\u{1}")]),
  MergeCase(
    name: "names between a file and its directory",
    base: ["a": .text(a), "a.txt": .text(b), "a-b": .text(c)],
    ours: ["a": .nothing, "a/inner": .text(c), "a.txt": .text(edited(b, 3, "ours"))],
    theirs: ["a-b": .text(edited(c, 3, "theirs"))]),
  MergeCase(
    name: "names that are no text",
    base: [RepositoryPath(bytes: [0x66, 0xff]): .text(a)],
    ours: [RepositoryPath(bytes: [0x66, 0xff]): .text(edited(a, 3, "ours"))],
    theirs: [RepositoryPath(bytes: [0x66, 0xff]): .text(edited(a, 15, "theirs"))]),
]

@Suite struct ConflictKindTests {
  /// Each kind of conflict is git's, with git's tree and versions, and is called by its name.
  @Test(arguments: cases) func isGits(_ merge: MergeCase) async throws {
    try await withTestRepository { repository in
      let base = try await commit(merge.base, parents: [], repository)
      let ours = try await commit(merge.ours, parents: [base], repository)
      let theirs = try await commit(merge.theirs, parents: [base], repository)
      for (one, other) in [(ours, theirs), (theirs, ours)] {
        let git = try #require(try await GitMerge.all([(one, other)], in: repository)[0])
        let mine = try await repository.engine().read { try GitMerge(engine: $0, one, other) }
        #expect(mine.isSame(as: git), "git: \(git), engine: \(mine)")
        #expect(git.isClean == merge.expected.isEmpty)
        #expect(merge.message.isEmpty || git.messages.contains(merge.message), "\(git.messages)")
        let outcome = try await repository.engine().read { try $0.merge(other, into: one) }
        guard case .conflicts(let conflicts) = outcome else {
          #expect(merge.expected.isEmpty)
          continue
        }
        var kinds: [String: ConflictKind] = [:]
        for conflict in conflicts {
          let path = conflict.path.description
          kinds[path.firstIndex(of: "~").map { String(path[...$0]) } ?? path] = conflict.kind
        }
        for (path, kind) in merge.expected {
          #expect(kinds[path] == kind || isFreeToBeElsewhere(kind), "\(path): \(conflicts)")
          #expect(conflicts.contains { $0.kinds.contains(kind) }, "\(conflicts)")
        }
      }
    }
  }

  /// Which of the two gets another name depends on the direction.
  private func isFreeToBeElsewhere(_ kind: ConflictKind) -> Bool {
    kind == .distinctTypes || kind == .directoryRenameInWay || kind == .directoryRenameCollision
  }

  private func commit(
    _ files: [RepositoryPath: Made], parents: [ObjectID], _ repository: TestRepository
  ) async throws -> ObjectID {
    try await repository.engine().read { git in
      var tree = try parents.first.map { try git.tree(of: $0) }
      // Removals first: a directory may take the place of a file.
      let removals = files.filter { if case .nothing = $0.value { true } else { false } }
      tree = try git.tree(updating: tree, removals.keys.sorted().map { .remove($0) })
      var updates: [TreeUpdate] = []
      for (path, made) in files.sorted(by: { $0.key < $1.key }) {
        if case .module(let digit) = made {
          let id = try #require(ObjectID(hex: String(repeating: "\(digit)", count: 40)))
          updates.append(.set(path, TreeEntry(mode: .gitlink, id: id)))
        } else if let (mode, bytes) = made.blob {
          updates.append(.set(path, TreeEntry(mode: mode, id: try git.writeBlob(bytes))))
        }
      }
      return try git.createCommit(
        tree: git.tree(updating: tree, updates), parents: parents, message: "c\n",
        author: TestRepository.signature, committer: TestRepository.signature)
    }
  }
}

extension Made {
  fileprivate var blob: (GitEngine.FileMode, [UInt8])? {
    switch self {
    case .text(let text): (.regular, Array(text.utf8))
    case .program(let text): (.executable, Array(text.utf8))
    case .bytes(let bytes): (.regular, bytes)
    case .link(let target): (.symbolicLink, Array(target.utf8))
    case .module, .nothing: nil
    }
  }
}
