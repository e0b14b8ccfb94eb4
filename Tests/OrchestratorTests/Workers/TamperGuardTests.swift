import GitEngine
import RunSupport
import TestSupport
import Testing

@testable import Orchestrator

@Suite("Weakened tests")
struct TamperGuardTests {
  @Test(
    "tests, assertions and skips are seen in the usual languages",
    arguments: [
      ("def test_a():\n    assert x\n    # assert y\n", ["test_a"], 1, 0),
      ("@pytest.mark.skip\ndef test_a(self):\n  self.assertEqual(1, 2)\n", ["test_a"], 1, 1),
      ("  @Test func adds() throws {\n    #expect(1 == 1)\n    try #require(x)\n", ["adds"], 2, 0),
      ("  @Test(.disabled(\"x\"))\n  func adds() {\n  // #expect(no)\n", ["adds"], 0, 1),
      ("func testAdds() {\n  XCTAssertEqual(a, b)\n}\nfunc helper() {}\n", ["testAdds"], 1, 0),
      ("#[test]\n#[ignore]\nfn adds() { assert_eq!(1, 1); }\n", ["adds"], 1, 1),
      ("func TestAdd(t *testing.T) {\n  t.Skip(\"later\")\n", ["TestAdd"], 0, 1),
      ("it('adds', () => {\n  expect(1).toBe(1)\n})\nit.skip('no', x)\n", ["adds"], 1, 1),
      ("@Test\npublic void adds() { assertThat(x); }\n", ["adds"], 1, 0),
      ("nothing of the kind\n", [], 0, 0),
    ] as [(String, Set<String>, Int, Int)])
  func strength(text: String, tests: Set<String>, assertions: Int, skips: Int) {
    let strength = TestStrength(Array(text.utf8))
    #expect(strength.tests == tests)
    #expect(strength.assertions == assertions)
    #expect(strength.skips == skips)
  }

  private static let one = "def test_a():\n  assert 1\n\ndef test_b():\n  assert 2\n  assert 3\n"

  /// What is found when a file `tests/test_one.py` and others change.
  private func findings(_ files: [RepositoryPath: String?]) async throws -> [String] {
    try await withTestRepository { repository in
      try repository.write("tests/test_one.py", Self.one)
      try repository.write("tests/data.bin", "data\n")
      try await repository.commitAll("tests")
      let commit = try await repository.commit(on: "main", files)
      let base = try await repository.id("main")
      return try await repository.engine().read { git in
        let changes = try git.changes(from: git.tree(of: base), to: git.tree(of: commit))
        return try TamperGuard(ProjectConfiguration()).findings(in: changes, git)
          .map { "\($0.path) \($0.what)" }
      }
    }
  }

  @Test("less is found, more and other is not")
  func changes() async throws {
    let one: RepositoryPath = "tests/test_one.py"
    let first = "def test_a():\n  assert 1\n"
    let second = "def test_b():\n  assert 2\n  assert 3\n"
    #expect(try await findings([one: first]) == ["tests/test_one.py lacks the test test_b"])
    #expect(
      try await findings([one: Self.one.replacing("  assert 3\n", with: "")])
        == ["tests/test_one.py asserts less"])
    #expect(
      try await findings([one: "@unittest.skip\n" + Self.one])
        == ["tests/test_one.py skips more tests"])
    #expect(try await findings([one: nil]) == ["tests/test_one.py is deleted"])
    #expect(try await findings(["tests/data.bin": nil]) == ["tests/data.bin is deleted"])
    #expect(try await findings([one: Self.one + "def test_c():\n  assert 4\n"]) == [])
    #expect(try await findings([one: Self.one.replacing("2", with: "7")]) == [])
    #expect(try await findings([one: first, "tests/test_two.py": second]) == [])
    #expect(try await findings([one: nil, "tests/test_new.py": Self.one]) == [])
    #expect(try await findings(["tests/data.bin": nil, "tests/moved.bin": "data\n"]) == [])
    #expect(try await findings(["src/a.txt": nil, "tests/test_new.py": "x"]) == [])
  }

  @Test(
    "which files are tests",
    arguments: [
      ("tests/x", true), ("a/tests/b/c.txt", true), ("src/test_x.py", true), ("conftest.py", true),
      ("a/conftest.py", true), ("src/x.py", false), ("testsuite/x", false), ("src/tests", false),
    ] as [(RepositoryPath, Bool)])
  func files(path: RepositoryPath, isTest: Bool) {
    #expect(TamperGuard(ProjectConfiguration()).isTest(path) == isTest)
  }

  @Test("other places and patterns may be named")
  func configured() {
    var project = ProjectConfiguration()
    project.testDirectory = "./spec/"
    project.testPatterns = ["/check/", "*Tests.swift"]
    let tamperGuard = TamperGuard(project)
    #expect(tamperGuard.isTest("check/a") && !tamperGuard.isTest("a/check/b"))
    #expect(tamperGuard.isTest("a/MenuTests.swift") && !tamperGuard.isTest("tests/x"))
    #expect(tamperGuard.isTest("spec/menu") && !tamperGuard.isTest("specs/menu"))
  }
}
