import Testing

@testable import Orchestrator

@Suite("What issues say that they will change")
struct FileHintsTests {
  private func hints(_ text: String) -> FileHints { FileHints(Array(text.utf8)) }

  private func files(_ lines: String...) -> FileHints {
    hints("### Files to Modify\n\n" + lines.map { "- `\($0)`\n" }.joined())
  }

  @Test("paths count under their headings, of any level, and nowhere else")
  func sections() {
    let hints = hints(
      """
      ---
      title: src/title.swift
      ---
      # BUG-1: see src/head.swift

      Talks about src/talk.swift.

      ## Files to Modify

      1. `src/a.swift`:12-40, and ./src/b.swift. Also (docs/c.md), **src/d.swift**!
      #### Tests
      Tests/ATests.swift and the directories `src/menu/` and Tests/.
      ```
      src/in-code.txt
      ```
      e.g. this; https://example.com/x.html is none, nor v1.2 or 3.5.

      ### Files changed
      Makefile.in

      ## Notes
      src/note.swift
      """)
    #expect(
      hints.files == [
        "src/a.swift", "src/b.swift", "docs/c.md", "src/d.swift", "Tests/ATests.swift",
        "src/in-code.txt", "Makefile.in",
      ])
    #expect(hints.directories == ["src/menu", "Tests"])
  }

  @Test("parts of the project count wherever they are named")
  func scopes() {
    let hints = hints("Component: `Menu`\n- **scope**: side-bar.\nmicroscope: x\nA module: y/z\n")
    #expect(hints.scopes == ["menu", "side-bar", "y/z"])
  }

  @Test("two issues overlap when they name enough files together")
  func sharedFiles() {
    let configuration = OverlapConfiguration()
    let one = files("a/x.c", "a/y.c", "a/z.c")
    #expect(one.shared(with: files("a/x.c", "a/y.c"), configuration) == ["a/x.c", "a/y.c"])
    #expect(one.shared(with: files("a/x.c", "b.c"), configuration) == [])
    var single = configuration
    single.minimumFiles = 1
    #expect(one.shared(with: files("a/x.c", "bb.c"), single) == ["a/x.c"])
    single.minimumRatio = 0.6
    #expect(one.shared(with: files("a/x.c", "bb.c"), single) == [])
  }

  @Test("common files do not count, whatever the configuration calls so")
  func commonFiles() {
    var configuration = OverlapConfiguration()
    let one = files("README.md", "docs/CHANGELOG.md")
    #expect(one.shared(with: one, configuration) == [])
    configuration.excludedCommonFiles = []
    #expect(one.shared(with: one, configuration) == ["README.md", "docs/CHANGELOG.md"])
  }

  @Test("a directory overlaps what is in it, if it lies deep enough")
  func directories() {
    var configuration = OverlapConfiguration()
    let menu = files("src/menu/")
    #expect(menu.shared(with: files("src/menu/a.c"), configuration) == ["src/menu/a.c"])
    #expect(files("src/menu/a.c").shared(with: menu, configuration) == ["src/menu/a.c"])
    #expect(menu.shared(with: files("src/menu/deep/"), configuration) == ["src/menu/deep"])
    #expect(menu.shared(with: files("src/menus/a.c"), configuration) == [])
    #expect(files("src/").shared(with: menu, configuration) == [])
    configuration.minimumDirectoryDepth = 1
    #expect(files("src/").shared(with: menu, configuration) == ["src/menu"])
  }

  @Test("an issue that names nothing overlaps nothing")
  func nothing() {
    #expect(hints("# x").shared(with: files("a.c", "bb.c"), OverlapConfiguration()) == [])
  }
}
