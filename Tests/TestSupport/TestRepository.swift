public import GitEngine
internal import Subprocess

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// A repository in a temporary directory, made and questioned with the real `git`.
public struct TestRepository: Sendable {
  /// The root of the working tree.
  public let root: FilePath
  /// The temporary directory that holds it, and whatever else a test puts there.
  public let sandbox: FilePath

  /// A repository that a test made by other means.
  public init(root: FilePath, sandbox: FilePath) {
    self.root = root
    self.sandbox = sandbox
  }

  /// The repository, through the engine.
  public func engine() throws -> GitRepository { try GitRepository.open(root) }

  /// What every commit of the tests is signed with.
  public static let signature = Signature(
    name: "Test", email: "test@example.com", seconds: 1_700_000_000, offset: 60)

  /// Runs `git` in the working tree and returns what it printed, without the last line end.
  @discardableResult
  public func git(_ arguments: String..., at directory: FilePath? = nil) async throws -> String {
    try await Oracle.git(arguments, in: directory ?? root).text
  }

  /// Like `git`, with the very bytes.
  public func gitBytes(_ arguments: String..., at directory: FilePath? = nil) async throws
    -> [UInt8]
  {
    try await Oracle.git(arguments, in: directory ?? root).bytes
  }

  /// What git has against the trees that the index remembers; empty when they are those of its entries.
  public func falseCachedTrees(at directory: FilePath? = nil) async throws -> String {
    let checked = try await Oracle.run(
      "git", ["update-index", "--force-write-index"], in: directory ?? root,
      environment: ["GIT_TEST_CHECK_CACHE_TREE": "1"], allowFailure: true)
    return checked.errors.contains("cache-tree") ? checked.errors : ""
  }

  /// The id that a revision names.
  public func id(_ revision: String) async throws -> ObjectID {
    guard let id = ObjectID(hex: try await git("rev-parse", revision)) else {
      throw OracleError(description: "rev-parse \(revision) printed no id")
    }
    return id
  }

  /// Writes a file of the working tree, with the directories above it.
  public func write(_ path: RepositoryPath, _ text: String) throws {
    try write(path, Array(text.utf8))
  }

  /// Writes a file of the working tree, with the directories above it.
  public func write(_ path: RepositoryPath, _ bytes: [UInt8]) throws {
    try writeFile(path.absolute(in: root), bytes)
  }

  /// The text of a file of the working tree; `nil` when it is not there.
  public func read(_ path: RepositoryPath) -> String? {
    (try? readFile(path.absolute(in: root))).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Whether a path is there, symbolic links included.
  public func exists(_ path: RepositoryPath) -> Bool { pathExists(path.absolute(in: root)) }

  /// Commits everything in the working tree.
  @discardableResult
  public func commitAll(_ message: String) async throws -> ObjectID {
    try await git("add", "--all")
    try await git("commit", "--quiet", "--allow-empty", "-m", message)
    return try await id("HEAD")
  }

  /// Makes a commit on top of `parent` with some files changed (`nil` deletes), without touching
  /// the working tree or a branch.
  public func commit(
    on parent: String, _ files: [RepositoryPath: String?], message: String = "work"
  ) async throws -> ObjectID {
    let parentID = try await id(parent)
    return try await engine().read { git in
      let updates = try files.sorted { $0.key < $1.key }.map { path, text -> TreeUpdate in
        guard let text else { return .remove(path) }
        let mode = try git.entry(at: path, in: git.tree(of: parentID))?.mode ?? .regular
        return .set(path, TreeEntry(mode: mode, id: try git.writeBlob(Array(text.utf8))))
      }
      let tree = try git.tree(updating: git.tree(of: parentID), updates)
      return try git.createCommit(
        tree: tree, parents: [parentID], message: message + "\n", author: Self.signature,
        committer: Self.signature)
    }
  }
}

/// Runs `body` with a new repository on branch `main`, and removes it afterwards.
///
/// The repository has one commit with some files of different kinds.
public func withTestRepository<Value>(
  empty: Bool = false, _ body: (TestRepository) async throws -> Value
) async throws -> Value {
  try await withSandbox { sandbox in
    let repository = TestRepository(root: sandbox.appending("repo"), sandbox: sandbox)
    try await Oracle.git(["init", "--quiet", "-b", "main", repository.root.string], in: sandbox)
    try await repository.git("config", "user.name", "Test")
    try await repository.git("config", "user.email", "test@example.com")
    if !empty {
      try repository.write("README.md", "# Sample\n\nA repository for tests.\n")
      try repository.write("src/a.txt", numberedLines("a"))
      try repository.write("src/b.txt", numberedLines("b"))
      try repository.write("src/deep/c.txt", numberedLines("c"))
      try await repository.commitAll("first")
    }
    return try await body(repository)
  }
}

/// Twenty lines, far enough apart for clean merges.
public func numberedLines(_ name: String) -> String {
  (1...20).map { "\(name) line \($0)\n" }.joined()
}

/// Runs `body` with a new temporary directory, and removes it afterwards.
public func withSandbox<Value>(_ body: (FilePath) async throws -> Value) async throws -> Value {
  GitRuntime.configureForTests
  let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
  var template = Array("\(base)/ll-parallel-test-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { throw OracleError(description: "cannot make \(base)/…") }
  // Resolved, as the engine resolves paths: the temporary directory may be a symbolic link.
  guard let resolved = realpath(template, nil) else {
    throw OracleError(description: "cannot resolve the temporary directory")
  }
  defer { free(resolved) }
  let sandbox = FilePath(platformString: resolved)
  do {
    let value = try await body(sandbox)
    try await Oracle.run("chmod", ["-R", "u+rwX", sandbox.string], in: "/")
    try await Oracle.run("rm", ["-rf", sandbox.string], in: "/")
    return value
  } catch {
    _ = try? await Oracle.run("rm", ["-rf", sandbox.string], in: "/")
    throw error
  }
}

extension GitRuntime {
  /// Leaves out the configuration of the machine's user, once per process.
  static let configureForTests: Void = {
    var options = Options()
    options.readsUserConfiguration = false
    configure(options)
  }()
}
