import RunSupport
import SystemPackage
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// No `git` process is ever started by the program, and none needs to exist.
@Suite("No git", .timeLimit(.minutes(10)))
struct NoGitTests {
  static let hasStrace = pathExists("/usr/bin/strace")
  static let canChangeRoot = geteuid() == 0 && pathExists("/usr/bin/unshare")

  /// A repository with three issues and an agent that only needs a shell, below the repository.
  private func withProject(
    _ body: (_ repository: TestRepository, _ expected: [String]) async throws -> Void
  ) async throws {
    try await withTestRepository { repository in
      try repository.configure(command: ["./tools/agent"])
      try writeFile(
        repository.file("tools/agent"),
        """
        #!/bin/sh
        case $LL_ISSUE_ID in
          BUG-1) echo "one more line" >> README.md ;;
          FEAT-2) while read -r line; do echo "$line!"; done < src/a.txt > src/louder.txt ;;
          ENH-3) echo "a page" > page.txt; echo "another end" >> src/b.txt ;;
        esac
        """, executable: true)
      try repository.addIssue("BUG-1", priority: "P0")
      try repository.addIssue("FEAT-2", priority: "P1")
      try repository.addIssue("ENH-3")
      try await repository.commitAll("three issues")
      // The same run in a copy, with everything that the machine has.
      let other = repository.sandbox.appending("other")
      try await Oracle.run("cp", ["-a", repository.root.string, other.string], in: "/")
      let output = try await Program.run([], in: other)
      #expect(output.status == 0, "\(output.errors)\(output.text)")
      try await body(repository, landed(in: other))
    }
  }

  /// What is on the branch: each file with its mode and text, without times and names of runs.
  private func landed(in root: FilePath) async throws -> [String] {
    let tree = try await Oracle.git(["ls-tree", "-r", "--name-only", "main"], in: root)
    var all: [String] = []
    for name in tree.text.split(separator: "\n").map(String.init) {
      let mode = try await Oracle.git(["ls-tree", "main", name], in: root).text.prefix(6)
      let text = try await Oracle.git(["show", "main:\(name)"], in: root).text
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
        line.hasPrefix("completed_at:") ? "completed_at:" : line.replacing(/run \S+/, with: "run")
      }
      all.append("\(mode) \(name)\n" + lines.joined(separator: "\n"))
    }
    return all
  }

  private func expectSame(
    _ repository: TestRepository, _ output: Oracle.Output, _ expected: [String]
  ) async throws {
    #expect(output.status == 0, "\(output.errors)\(output.text)")
    #expect(try await landed(in: repository.root) == expected)
    #expect(try await repository.git("rev-list", "--first-parent", "--count", "main") == "5")
    #expect(try await repository.git("status", "--porcelain") == "")
    #expect(try await repository.git("fsck", "--strict", "--no-dangling") == "")
  }

  @Test(
    "no program but the agent's is started", .enabled(if: hasStrace, "strace is not installed"))
  func trace() async throws {
    try await withProject { repository, expected in
      let trace = repository.sandbox.appending("trace")
      let output = try await Oracle.run(
        "strace",
        [
          "-f", "-qq", "-e", "trace=execve,execveat", "-o", trace.string,
          try Program.executable().string,
        ], in: repository.root, environment: Program.isolation, allowFailure: true)
      try await expectSame(repository, output, expected)
      let lines = String(decoding: try readFile(trace), as: UTF8.self).split(separator: "\n")
      let started = lines.filter { $0.contains("exec") && $0.hasSuffix("= 0") }
      // The program itself and one agent for each issue, by their first words.
      #expect(started.count == 4, "\(started.joined(separator: "\n"))")
      for line in lines.dropFirst() where line.contains("(\"") {
        #expect(line.contains("/tools/agent\""), "\(line)")
      }
    }
  }

  @Test("a machine without git gets the same result")
  func searchPath() async throws {
    try await withProject { repository, expected in
      let programs = repository.sandbox.appending("bin")
      try makeDirectories(programs)
      for name in ["sh", "sed", "cat", "rm"] {
        try await Oracle.run("ln", ["-s", "/bin/\(name)", programs.string], in: "/")
      }
      let output = try await repository.program(environment: ["PATH": programs.string])
      try await expectSame(repository, output, expected)
    }
  }

  @Test(
    "a root directory with nothing but the program, a shell and the repository is enough",
    .enabled(if: canChangeRoot, "only the superuser can change the root directory"))
  func changedRoot() async throws {
    try await withProject { repository, expected in
      let root = repository.sandbox.appending("root")
      let script = """
        set -e
        mkdir -p "$1/bin" "$1/proc" "$1/dev" "$1/tmp"
        cp "$2" "$1/ll-parallel"
        cp -L /bin/sh "$1/bin/sh"
        for library in $(ldd "$2" /bin/sh | grep -o '/[^ :]*\\.so[^ :]*' | sort -u); do
          mkdir -p "$1${library%/*}"
          cp -L "$library" "$1$library"
        done
        mknod -m 666 "$1/dev/null" c 1 3
        mv "$3" "$1/repo"
        """
      try await Oracle.run(
        "sh",
        ["-c", script, "sh", root.string, try Program.executable().string, repository.root.string],
        in: "/")
      // The mount goes with its name space, so there is nothing to take back.
      let enter = """
        mount -t proc proc "$1/proc" || mount --rbind /proc "$1/proc" || exit 99
        exec chroot "$1" /bin/sh -c 'cd /repo && exec /ll-parallel'
        """
      let output = try await Oracle.run(
        "unshare", ["--mount", "sh", "-c", enter, "sh", root.string], in: "/",
        environment: Program.isolation, allowFailure: true)
      try await Oracle.run("mv", [root.appending("repo").string, repository.root.string], in: "/")
      if output.status == 99 || output.errors.hasPrefix("unshare:") {
        try Test.cancel("this machine lets nobody mount: \(output.errors)")
      }
      try await expectSame(repository, output, expected)
    }
  }
}
