import GitEngine
import SystemPackage
import TestSupport
import Testing

/// Staging what the status lists is `git add --all`, in states of all kinds.
@Suite struct StagingOracleTests {
  @Test(arguments: Seeds.portions(60, of: 6))
  func stagesWhatGitAdds(_ seeds: Range<Int>) async throws {
    for seed in seeds {
      try await withTestRepository(empty: true) { repository in
        var state = RandomCheckout(repository, seed: seed, kind: .everything)
        try await state.make()
        let twin = TestRepository(
          root: repository.sandbox.appending("twin"), sandbox: repository.sandbox)
        try await Oracle.run("cp", ["-a", "repo", "twin"], in: repository.sandbox)
        let added = try await Oracle.git(["add", "--all"], in: twin.root, allowFailure: true)
        // A pipe, or a repository without a commit, ends git's work; outside of a sparse checkout
        // it leaves what it finds, and says so.
        guard added.status == 0 || added.errors.contains("sparse-checkout") else { return }
        let staged = try await repository.engine().transaction { git in
          let paths = try git.status().map(\.path)
          do {
            return try git.stage(paths)
          } catch let error as GitError {
            // What is outside of a sparse checkout stays unmerged.
            guard error.message.contains("is unmerged") else { throw error }
            return ObjectID.zero
          }
        }
        let name = "seed \(seed): \(state.history)"
        let list = ["ls-files", "--stage", "-z"]
        let (found, expected) = (
          try await Oracle.git(list, in: repository.root).bytes,
          try await Oracle.git(list, in: twin.root).bytes
        )
        let same = found == expected
        #expect(same, "\(difference(found, expected))\n\(name)")
        guard same else { return }
        #expect(try await repository.falseCachedTrees() == "", "\(name)")
        let tree = try await Oracle.git(["write-tree"], in: twin.root, allowFailure: true)
        if tree.status == 0 { #expect(staged.description == tree.text, "\(name)") }
      }
    }
  }

  private func difference(_ found: [UInt8], _ expected: [UInt8]) -> String {
    func lines(_ bytes: [UInt8]) -> [String] {
      bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
    let (left, right) = (lines(found), lines(expected))
    return "only the engine: \(left.filter { !right.contains($0) })\n"
      + "only git: \(right.filter { !left.contains($0) })"
  }
}
