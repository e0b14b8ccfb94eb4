/// The issues of the demonstration and what its scripted agent does about each.
struct DemoIssue {
  enum Work {
    /// Changes a file and commits.
    case commit(path: String, change: Change)
    /// Changes a file and forgets to commit.
    case forgetsToCommit(path: String, change: Change)
    /// Finds that there is nothing to do.
    case close(reason: String)
    /// Like `commit`, at the very time at which another issue's agent changes the same line.
    case commitWithRival(path: String, change: Change, isFirst: Bool)
    /// Gives up.
    case fail(message: String)
  }

  enum Change {
    case create(String)
    case replace(String, with: String)
    case append(String)
  }

  let id: String
  let priority: String
  let directory: String
  let title: String
  let work: Work

  static let all: [DemoIssue] = [
    DemoIssue(
      id: "BUG-001", priority: "P0", directory: "bugs", title: "Greeting has a typo",
      work: .commit(path: "src/greeting.txt", change: .replace("Helo", with: "Hello"))),
    DemoIssue(
      id: "BUG-002", priority: "P1", directory: "bugs", title: "Menu lacks an entry for help",
      work: .commit(path: "src/menu.txt", change: .append("help\n"))),
    DemoIssue(
      id: "ENH-003", priority: "P1", directory: "enhancements", title: "Document the menu",
      work: .forgetsToCommit(
        path: "docs/menu.md", change: .create("# The menu\n\nOne entry a line.\n"))),
    DemoIssue(
      id: "BUG-004", priority: "P1", directory: "bugs", title: "Crash on an empty menu",
      work: .close(reason: "already_fixed")),
    DemoIssue(
      id: "FEAT-005", priority: "P2", directory: "features", title: "Colours: a dark theme",
      work: .commitWithRival(
        path: "src/theme.txt", change: .replace("theme = none", with: "theme = dark"),
        isFirst: true)),
    DemoIssue(
      id: "FEAT-006", priority: "P2", directory: "features", title: "Colours: a light theme",
      work: .commitWithRival(
        path: "src/theme.txt", change: .replace("theme = none", with: "theme = light"),
        isFirst: false)),
    DemoIssue(
      id: "FEAT-007", priority: "P2", directory: "features", title: "Count the visitors",
      work: .commit(path: "src/counter.txt", change: .create("visitors = 0\n"))),
    DemoIssue(
      id: "ENH-008", priority: "P3", directory: "enhancements", title: "Say goodbye, too",
      work: .commit(path: "src/greeting.txt", change: .append("Goodbye!\n"))),
    DemoIssue(
      id: "FEAT-009", priority: "P3", directory: "features", title: "A page about us",
      work: .commit(path: "docs/about.md", change: .create("# About us\n\nWe like issues.\n"))),
    DemoIssue(
      id: "ENH-010", priority: "P4", directory: "enhancements", title: "A faster start",
      work: .fail(message: "No way to measure the start was found.")),
  ]

  /// The issue's file.
  var file: String {
    let slug = title.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "-" }
    let words = String(slug).split(separator: "-").joined(separator: "-")
    return ".issues/\(directory)/\(priority)-\(id)-\(words).md"
  }

  var text: String {
    """
    ---
    status: open
    ---
    # \(id): \(title)

    An issue of the demonstration.

    """
  }
}
