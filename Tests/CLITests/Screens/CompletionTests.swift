import RunSupport
import SystemPackage
import TestSupport
import Testing

@Suite("Completion", .timeLimit(.minutes(5)))
struct CompletionTests {
  @Test("bash completes commands, flags, agents and the ids of issues")
  func bash() async throws {
    try await withTestRepository { repository in
      try repository.configure(agent: TestRepository.simpleAgent)
      for id in ["BUG-12", "BUG-17", "FEAT-3"] { try repository.addIssue(id) }
      try await repository.commitAll("issues")
      #expect(try await repository.program("--only", "12").status == 0)
      let program = try Program.executable()
      try await TmuxScreen.run(
        width: 100, height: 30, in: repository.root,
        environment: ["PROGRAM": "\(program.removingLastComponent())"]
      ) { screen in
        try await screen.type("exec bash --norc")
        try await screen.type("complete -r; PATH=$PROGRAM:$PATH")
        // What is typed before the prompt would be on the screen twice.
        try await screen.type(
          "source <(ll-parallel --generate-completion-script bash); clear; PS1='complete> '")
        try await screen.wait(for: "the prompt") { lines in
          lines.last { !$0.isEmpty } == "complete>"
        }
        for (typed, completed) in [
          ("ll-parallel sta", "ll-parallel status "),
          ("ll-parallel run --max", "ll-parallel run --max-issues "),
          ("ll-parallel run --only F", "ll-parallel run --only FEAT-3 "),
          ("ll-parallel undo BUG-17", "ll-parallel undo BUG-17 "),
          ("ll-parallel log ", "ll-parallel log BUG-12 "),
          ("ll-parallel init --agent cod", "ll-parallel init --agent codex "),
        ] {
          try await screen.enter(typed)
          try await screen.press("Tab")
          try await screen.enter("|")
          try await screen.wait(for: "'\(completed)'") { lines in
            lines.contains {
              $0.hasPrefix("complete> \(completed)") && $0.hasSuffix("|")
            }
          }
          try await screen.press("C-u")
        }
      }
    }
  }

  @Test("each shell gets a script", arguments: ["bash", "zsh", "fish"])
  func scripts(_ shell: String) async throws {
    try await withSandbox { sandbox in
      let output = try await Program.run(["--generate-completion-script", shell], in: sandbox)
      #expect(output.status == 0)
      #expect(output.text.contains("ll-parallel") && output.text.contains("worktrees"))
    }
  }
}
