import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

/// Filter processes that behave well and badly, against what git makes of them.
@Suite(.timeLimit(.minutes(3)))
struct FilterProcessTests {
  @Test("one process does all files of a session, and ends with it")
  func oneProcess() async throws {
    try await withTestRepository { repository in
      try await repository.configureProcess("good")
      try repository.write(".gitattributes", "*.x filter=p\n")
      try repository.write("a.x", "Hello\n")
      try repository.write("dir/b.x", [UInt8](repeating: 65, count: 200_000))
      try repository.write("empty.x", "")
      try await repository.engineCommit(".gitattributes", "a.x", "dir/b.x", "empty.x")
      #expect(
        repository.notes == [
          "start - \(repository.root)", "clean a.x", "clean dir/b.x", "clean empty.x", "end",
        ])
      #expect(try await repository.git("cat-file", "blob", "HEAD:a.x") == "Uryyb")
      #expect(try await repository.git("status", "--porcelain") == "")

      // git may have looked into files as well.
      let before = repository.notes.count
      let path = repository.sandbox.appending("wt")
      try await repository.addWorktree(path, "topic")
      #expect(repository.notes[before] == "start - \(path)")
      #expect(repository.notes.dropFirst(before).count { $0.hasPrefix("smudge") } == 3)
      #expect(repository.notes.last == "end")
      #expect(try readFile(path.appending("a.x")) == Array("Hello\n".utf8))
      #expect(try readFile(path.appending("dir/b.x")) == [UInt8](repeating: 65, count: 200_000))
      #expect(try await repository.git("status", "--porcelain", at: path) == "")
    }
  }

  /// What a process does, and what the error says of it when the filter is required.
  static let misdeeds: [(mode: String, says: String)] = [
    ("good", ""), ("noisy", ""), ("garbage", "protocol"), ("leaves", "status 3: no time today"),
    ("old", "version 2"), ("smudges", "does not offer to clean"), ("error", "'error'"),
    ("abort", "'abort'"), ("odd", "'what'"), ("dies", "status 4: out of luck"),
    ("killed", "signal 9"), ("late", "'error'"), ("closes", "without an answer"),
  ]

  @Test("a process that fails has git's consequence", arguments: misdeeds)
  func misdeed(_ mode: String, _ says: String) async throws {
    for required in [false, true] {
      try await withTestRepository { repository in
        try await repository.configureProcess(mode, required: required)
        try repository.write(".git/info/attributes", "*.x filter=p\n")
        try repository.write("a.x", "Hello\n")
        // git itself waits for a process that only says garbage, or for one that does not end; of one
        // that leaves at once it depends on who is faster.
        let isComparable = !["garbage", "closes", "leaves"].contains(mode)
        var expected: String?
        if isComparable {
          let git = try await Oracle.git(["add", "a.x"], in: repository.root, allowFailure: true)
          if git.status == 0 { expected = try await repository.git("rev-parse", ":a.x") }
          try await repository.git("rm", "-q", "--cached", "--ignore-unmatch", "a.x")
        } else if !required {
          expected = try await repository.git("hash-object", "--no-filters", "a.x")
        }
        do {
          let id = try await repository.engineCommit("a.x")
          #expect(id?.description == expected, "\(mode), required: \(required)")
        } catch let error as GitError {
          #expect(expected == nil, "\(mode), required: \(required): \(error)")
          #expect(error.code == .filter)
          for part in [says, "filter 'p'", "a.x"] {
            #expect(error.description.contains(part), "\(error)")
          }
        }
        let mark = "filter-process"
        let left = try await Oracle.run(
          "sh", ["-c", "ps ax -o stat,args | grep '\(repository.sandbox)/\(mark)' | grep -v grep"],
          in: "/", allowFailure: true
        ).text
        #expect(left == "", "\(mode) left a process")
      }
    }
  }

  @Test("a process that is silent is killed when its time is over")
  func silent() async throws {
    try await withTestRepository { repository in
      try await repository.configureProcess("silent", required: true)
      try repository.write(".git/info/attributes", "*.x filter=p\n")
      try repository.write("a.x", "Hello\n")
      await #expect {
        try await FilterLimits.$silence.withValue(.milliseconds(300)) {
          try await repository.engineCommit("a.x")
        }
      } throws: {
        ($0 as? GitError)?.code == .filter && "\($0)".contains("silent for longer than 0.3 s")
      }
    }
  }

  @Test("a process that stays behind its input's end is killed")
  func lingers() async throws {
    try await withTestRepository { repository in
      let script = "exec '\(repository.sandbox.appending("filter-process"))'"
      try await repository.configureProcess("good")
      let command = try await repository.git("config", "filter.p.process")
      #expect(command.hasPrefix(script))
      try await repository.git(
        "config", "filter.p.process",
        "export MARK='\(repository.sandbox)'; \(command.dropFirst("exec ".count)); sleep 1000")
      try repository.write(".git/info/attributes", "*.x filter=p\n")
      try repository.write("a.x", "Hello\n")
      try await repository.engineCommit("a.x")
      try await wait(for: "the end of the processes") {
        processes(withEnvironment: "MARK=\(repository.sandbox)").isEmpty
      }
    }
  }
}
