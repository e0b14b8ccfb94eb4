import Foundation
import GitEngine
import Testing

@testable import Orchestrator

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

@Suite struct `Reading issue files` {
  @Test func `issues are sorted by priority, then id`() throws {
    let scan = try scan([
      ".issues/bugs/P2-BUG-2.md": "# Two", ".issues/bugs/P2-BUG-10.md": "",
      ".issues/features/P0-FEAT-9.md": "", ".issues/bugs/BUG-1.md": "---\nstatus: done\n---\n",
      ".issues/bugs/deep/P0-BUG-77.md": "", ".issues/bugs/notes.txt": "",
    ])
    #expect(scan.issues.map(\.id.description) == ["FEAT-9", "BUG-10", "BUG-2", "BUG-1"])
    #expect(scan.issues.map(\.file.description).first == ".issues/features/P0-FEAT-9.md")
    #expect(scan.problems.isEmpty)
  }

  @Test func `files that cannot be taken are reported`() throws {
    let scan = try scan([
      ".issues/bugs/README.md": "", ".issues/bugs/BUG-1.md": "---\na: b: c\n---\n",
      ".issues/bugs/BUG-2.md": "",
    ])
    #expect(scan.issues.map(\.id.description) == ["BUG-2"])
    #expect(
      scan.problems.map(\.file.description) == [
        ".issues/bugs/BUG-1.md", ".issues/bugs/README.md",
      ])
    #expect(scan.problems.allSatisfy { problem in !problem.isError })
    #expect(scan.knownIDs.map(\.description).sorted() == ["BUG-1", "BUG-2"])
  }

  @Test func `two files with one id are an error that names both`() throws {
    let scan = try scan([
      ".issues/bugs/P1-BUG-1-a.md": "", ".issues/features/P2-BUG-1-b.md": "",
      ".issues/bugs/BUG-01.md": "",
    ])
    #expect(scan.issues.map(\.id.description) == ["BUG-01"])
    let problem = try #require(scan.problems.first)
    #expect(scan.problems.count == 1)
    #expect(problem.isError)
    #expect(problem.description.contains(".issues/bugs/P1-BUG-1-a.md"))
    #expect(problem.description.contains(".issues/features/P2-BUG-1-b.md"))
  }

  @Test func `links, directories and pipes are not read`() throws {
    try withProject([".issues/bugs/BUG-1.md": "", ".issues/bugs/BUG-3.md/x": ""]) { root in
      let bugs = root.appending(".issues/bugs")
      try FileManager.default.createSymbolicLink(
        atPath: bugs.appending("BUG-2.md").string, withDestinationPath: "BUG-1.md")
      #expect(bugs.appending("BUG-4.md").withPlatformString { mkfifo($0, 0o600) } == 0)
      let scan = try FileIssueSource(root: root, configuration: .init()).scan()
      #expect(scan.issues.map(\.id.description) == ["BUG-1"])
      #expect(scan.problems.map(\.reason) == [.link])
    }
  }

  @Test func `names that are not UTF-8 are read`() throws {
    try withProject([".issues/bugs/BUG-1.md": ""]) { root in
      let name = Array("P1-BUG-2-caf".utf8) + [0xE9] + Array(".md".utf8)
      let path = RepositoryPath(".issues/bugs").appending(name)
      do { try write(Array("# T".utf8), to: path.absolute(in: root)) } catch {
        return  // Some file systems refuse such names.
      }
      let scan = try FileIssueSource(root: root, configuration: .init()).scan()
      #expect(scan.issues.map(\.file) == [path, ".issues/bugs/BUG-1.md"])
    }
  }

  @Test func `a missing base directory is an error of its own`() throws {
    try withProject { root in
      #expect(throws: IssueSourceError.noBaseDirectory(root.appending(".issues"))) {
        try FileIssueSource(root: root, configuration: .init()).scan()
      }
      try write([], to: root.appending(".issues"))
      #expect(throws: IssueSourceError.noBaseDirectory(root.appending(".issues"))) {
        try FileIssueSource(root: root, configuration: .init()).scan()
      }
    }
  }

  @Test(arguments: ["./docs//issues/", "docs/issues", "docs/./issues"])
  func `the base directory may be written loosely`(directory: String) throws {
    var configuration = IssuesConfiguration()
    configuration.baseDirectory = directory
    try withProject(["docs/issues/bugs/BUG-1.md": ""]) { root in
      let scan = try FileIssueSource(root: root, configuration: configuration).scan()
      #expect(scan.issues.map(\.file) == ["docs/issues/bugs/BUG-1.md"])
    }
  }

  private func scan(_ files: [String: String]) throws -> IssueScan {
    try withProject(files) { try FileIssueSource(root: $0, configuration: .init()).scan() }
  }
}
