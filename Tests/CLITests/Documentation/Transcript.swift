import Foundation
import GitEngine
import SystemPackage
import TestSupport

/// The terminal sessions in a page of the documentation: commands after `$ `, and what they print.
///
/// All blocks marked `console` of a page are one session, in one shell. What prepares it stands in a
/// comment that begins with `<!-- setup`.
struct Transcript {
  struct Command {
    var text: String
    var output: [String]
    /// The lines of the page that the output takes.
    var lines: Range<Int>
  }

  private(set) var setup = ""
  private(set) var commands: [Command] = []
  private var page: [String]

  init(_ text: String) {
    page = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    enum Place { case text, console, setup }
    var place = Place.text
    for (number, line) in page.enumerated() {
      switch place {
      case .text where line == "```console": place = .console
      case .text where line == "<!-- setup": place = .setup
      case .text: break
      case .setup where line == "-->": place = .text
      case .setup: setup += line + "\n"
      case .console where line == "```": place = .text
      case .console where line.hasPrefix("$ "):
        commands.append(
          Command(text: String(line.dropFirst(2)), output: [], lines: number + 1..<number + 1))
      case .console where commands.isEmpty: break
      case .console
      where (line + " ").hasPrefix("> ") && commands[commands.count - 1].output.isEmpty:
        commands[commands.count - 1].text += "\n" + line.dropFirst(2)
        commands[commands.count - 1].lines = number + 1..<number + 1
      case .console:
        commands[commands.count - 1].output.append(line)
        commands[commands.count - 1].lines =
          commands[commands.count - 1].lines.lowerBound..<number + 1
      }
    }
  }

  /// The page with other output where it differs by more than numbers and times.
  func page(with outputs: [[String]]) -> String {
    var page = page
    for (command, output) in zip(commands, outputs).reversed()
    where Self.normalized(command.output) != Self.normalized(output) {
      page.replaceSubrange(command.lines, with: output)
    }
    return page.joined(separator: "\n")
  }

  /// Runs the session in a home directory of its own; gives what each command prints.
  func run(in sandbox: FilePath) async throws -> [[String]] {
    let home = sandbox.appending("you")
    try writeFile(
      home.appending(".gitconfig"),
      "[user]\nname = You\nemail = you@example.com\n[init]\ndefaultBranch = main\n")
    let tools = home.appending("bin")
    try writeFile(tools.appending("claude"), Self.agent, executable: true)
    let program = try Program.executable()
    try await Oracle.run(
      "ln", ["-s", program.string, tools.appending("ll-parallel").string], in: sandbox)
    let mark = "@@ next @@"
    let script =
      "set -e\n\(setup)set +e\n" + commands.map { "echo '\(mark)'\n\($0.text)\n" }.joined()
    let path = "\(tools):" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
    let output = try await Oracle.run(
      "sh", ["-c", "exec 2>&1 < /dev/null; unset GIT_AUTHOR_DATE GIT_COMMITTER_DATE\n\(script)"],
      in: home,
      environment: [
        "HOME": home.string, "XDG_CONFIG_HOME": home.appending(".config").string, "PATH": path,
        "GIT_CONFIG_GLOBAL": home.appending(".gitconfig").string, "NO_COLOR": "1",
      ], allowFailure: true)
    let text = output.text.replacing(home.string, with: "/home/you")
    let parts = text.split(separator: mark, omittingEmptySubsequences: false).dropFirst()
    return parts.map { part in
      part.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).trimmedEnd }
        .drop(while: \.isEmpty).reversed().drop(while: \.isEmpty).reversed()
    }
  }

  /// Lines without what is another one each time.
  ///
  /// Where they are broken depends on how long the names of directories are, so lines that go on are put
  /// together.
  static func normalized(_ lines: [String]) -> [String] {
    var joined: [String] = []
    for line in lines {
      if line.hasPrefix(String(repeating: " ", count: 11)), let last = joined.popLast() {
        joined.append(last + " " + line)
      } else {
        joined.append(line)
      }
    }
    return joined.map { normalized($0) }
  }

  /// A line without what is another one each time.
  static func normalized(_ line: String) -> String {
    line.replacing(/\b[0-9a-f]{40}\b/, with: "OID")
      .replacing(/\b\d{8}-\d{6}(-[0-9a-f]{1,4})?\b/, with: "RUN")
      .replacing(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\b/, with: "TIME")
      .replacing(/\b(\d+ min )?\d+(\.\d+)? s\b/, with: "SECONDS")
      .replacing(/\b[0-9a-f]{7}\b/, with: "OID")
      .replacing(/process \d+ on [^,]+/, with: "process N on HOST")
      .replacing(/\b\d+ MiB/, with: "N MiB")
      .replacing(/libgit2 [0-9.]+/, with: "libgit2 X")
      .replacing(/[ ]+/, with: " ")
  }

  /// Stands in for the agent: does what the issues of the pages ask for.
  private static let agent = #"""
    #!/bin/sh
    [ "$1" = --version ] && { echo "2.1.0 (Claude Code)"; exit 0; }
    cat > /dev/null
    say() { printf '{"type":"assistant","message":{"content":[{"type":"text","text":"%s"}]}}\n' "$1"; }
    finish() {
      printf '{"type":"result","is_error":%s,"result":"%s"}\n' "$1" "$2"
      [ "$1" = false ]; exit
    }
    if [ -n "$(git ls-files -u)" ]; then
      say "Both sides changed the greeting; I cannot tell which one is meant."
      finish true "conflict not resolved"
    fi
    case $LL_ISSUE_ID in
    FEAT-001) say "I add HELLO.md."; echo "Hello from the first issue." > HELLO.md ;;
    BUG-002) say "The greeting shouts now."; echo "HELLO FROM THE FIRST ISSUE!" > HELLO.md ;;
    BUG-003) say "I do not understand what is wanted."; finish true "the issue is not clear" ;;
    *) say "I do $LL_ISSUE_ID."; echo "$LL_ISSUE_ID" > "$LL_ISSUE_ID.txt" ;;
    esac
    git add -A && git commit -qm "$LL_ISSUE_ID: done" && finish false done
    """#
}

extension String {
  fileprivate var trimmedEnd: String {
    String(self[..<(lastIndex { !$0.isWhitespace }.map { index(after: $0) } ?? startIndex)])
  }
}
