import Foundation
import GitEngine
import SystemPackage

/// A repository of 2,000 files with a worktree, made without git.
final class Sample: Sendable {
  let repository: GitRepository
  /// A checkout of `main`, clean.
  let checkout: FilePath
  let directory: FilePath
  /// The tip of `main`, and a commit that is ten files ahead of it.
  let main, topic: ObjectID
  /// A commit that changes ten other files, and one that changes the same lines as `topic`.
  let other, rival: ObjectID

  static let me = Signature(name: "Bench", email: "bench@example.com")

  static func path(_ number: Int) -> RepositoryPath {
    RepositoryPath("dir\(number % 40)/part\(number % 160 / 40)/file\(number).txt")
  }

  static func text(_ number: Int, _ change: String = "") -> [UInt8] {
    Array((1...40).map { "line \($0) of file \(number)\($0 == 20 ? change : "")\n" }.joined().utf8)
  }

  init() async throws {
    directory = FilePath("/dev/shm/ll-parallel-benchmarks-\(UUID())")
    checkout = directory.appending("checkout")
    let repository = try GitRepository.create(at: directory.appending("repository"))
    self.repository = repository
    (main, topic, other, rival) = try await repository.transaction { git in
      let main = try Self.commit(git, nil, 0..<2_000, "")
      let topic = try Self.commit(git, main, 100..<110, ", changed")
      let other = try Self.commit(git, main, 200..<210, ", changed")
      let rival = try Self.commit(git, main, 105..<115, ", changed otherwise")
      try git.createReference(.branch("work"), at: main, message: "work", signature: Self.me)
      return (main, topic, other, rival)
    }
    _ = try await repository.addWorktree(
      at: checkout, newBranch: .branch("shown"), startingAt: main, signature: Self.me)
    // Files as old as the index are read again at each status, as git does.
    try await Task.sleep(for: .seconds(1.1))
    for commit in [topic, main] {
      _ = try await repository.transaction(at: checkout) { git in
        try git.switchCheckout(to: .detached(commit), signature: Self.me)
      }
    }
    try await Task.sleep(for: .seconds(1.1))
    _ = try await repository.transaction(at: checkout) { git in
      try git.switchCheckout(to: .branch(.branch("shown")), signature: Self.me)
    }
  }

  private static func commit(
    _ git: borrowing GitSession<Writing>, _ parent: ObjectID?, _ numbers: Range<Int>,
    _ change: String
  ) throws -> ObjectID {
    var updates: [TreeUpdate] = []
    for (path, number) in numbers.map({ (Self.path($0), $0) }).sorted(by: { $0.0 < $1.0 }) {
      let blob = try git.writeBlob(Self.text(number, change))
      updates.append(.set(path, TreeEntry(mode: .regular, id: blob)))
    }
    var base: ObjectID?
    if let parent { base = try git.tree(of: parent) }
    let tree = try git.tree(updating: base, updates)
    return try git.createCommit(
      tree: tree, parents: [parent].compactMap(\.self), message: "a change\n", author: Self.me,
      committer: Self.me)
  }

  func remove() { try? FileManager.default.removeItem(atPath: directory.string) }
}
