import GitEngine
import RunSupport
import SystemPackage
import TestSupport
import Testing

/// A repository in which the Python tool was interrupted, with all that it left.
///
/// The facts are those of little-loops 1.166.
@Suite("Taking over from the Python tool", .timeLimit(.minutes(5)))
struct TakeoverTests {
  private static let worktree = ".worktrees/worker-bug-1-20260301-101112"
  private static let branch = "parallel/bug-1-20260301-101112"

  private static let configuration = #"""
    {
      "project": {"name": "sample", "src_dir": "src/", "test_cmd": "true", "lint_cmd": null},
      "issues": {
        "base_dir": ".issues",
        "categories": {
          "bugs": {"prefix": "BUG", "dir": "bugs", "action": "fix"},
          "features": {"prefix": "FEAT", "dir": "features", "action": "implement"},
          "enhancements": {"prefix": "ENH", "dir": "enhancements", "action": "improve"}
        },
        "completed_dir": "completed", "priorities": ["P0", "P1", "P2", "P3", "P4", "P5"]
      },
      "automation": {"timeout_seconds": 3600, "state_file": ".auto-manage-state.json"},
      "parallel": {
        "max_workers": 2, "p0_sequential": true, "worktree_base": ".worktrees",
        "state_file": ".parallel-manage-state.json", "timeout_per_issue": 120,
        "max_merge_retries": 2, "stream_subprocess_output": false, "command_prefix": "/ll:",
        "ready_command": "ready-issue {{issue_id}}",
        "manage_command": "manage-issue {{issue_type}} {{action}} {{issue_id}}",
        "worktree_copy_files": [".claude/settings.local.json", ".env"],
        "require_code_changes": true, "use_feature_branches": false, "remote_name": "origin",
        "agent_command": ["AGENT"]
      },
      "commands": {"confidence_gate": {"enabled": false}}, "scan": {"focus_dirs": ["src/"]}
    }
    """#

  private func prepare(_ repository: TestRepository) async throws {
    for id in ["BUG-1", "FEAT-2", "ENH-3"] { try repository.addIssue(id) }
    let text = #"## VERDICT\nREADY\n"#
    let line = #"{"type":"assistant","message":{"content":[{"type":"text","text":"\#(text)"}]}}"#
    let agent = repository.sandbox.appending("claude")
    try writeFile(
      agent,
      """
      #!/bin/sh
      case "$*" in
      */ll:ready-issue*) printf '%s\\n' '\(line)' ;;
      *) echo "$LL_ISSUE_ID" > "src/$LL_ISSUE_ID.txt"; git add src; git commit -q -m work ;;
      esac

      """, executable: true)
    try writeFile(
      repository.file(".ll/ll-config.json"),
      Self.configuration.replacing("AGENT", with: agent.string))
    try writeFile(repository.file(".gitignore"), "*.log\n")
    try await repository.commitAll("a little-loops project")
    try await leaveAsPythonDoes(repository)
  }

  /// What is there after its processes were killed while an agent worked on BUG-1.
  private func leaveAsPythonDoes(_ repository: TestRepository) async throws {
    // Its own block, left uncommitted.
    try writeFile(
      repository.file(".gitignore"),
      "*.log\n\n# ll-parallel artifacts\n.parallel-manage-state.json\n.worktrees/\n")
    try writeFile(
      repository.file(".parallel-manage-state.json"),
      #"{"in_progress_issues": ["BUG-1"], "completed_issues": [], "failed_issues": {}}"#)
    let place = repository.file(Self.worktree)
    try await repository.git("worktree", "add", "-q", "-b", Self.branch, place.string)
    try writeFile(place.appending("half.txt"), "committed\n")
    try await repository.git("add", "half.txt", at: place)
    try await repository.git("commit", "-q", "-m", "half of it", at: place)
    try writeFile(place.appending("half.txt"), "not committed\n")
    try writeFile(place.appending("rest.txt"), "untracked\n")
    try writeFile(place.appending(".ll-session-99999"), "99999")
    try writeFile(
      repository.file(".worktrees/.registry/worker-bug-1-20260301-101112"), "99999\n0.0\nrun-1\n")
    try await repository.git(
      "update-ref", "refs/ll/abandoned/worktree-worker-bug-0-20260228-101112", "HEAD")
    try writeFile(repository.file(".ll-backup/BUG-0/src/old.txt"), "displaced\n")
    try writeFile(repository.file("src/a.txt"), "stashed\n")
    try await repository.git(
      "stash", "push", "-q", "-m", "ll-parallel: auto-stash before merge", "--", "src/a.txt")
  }

  /// All that it left, in a form that compares.
  private func leftovers(of repository: TestRepository) async throws -> [String] {
    let place = repository.file(Self.worktree)
    let files = try await Oracle.run(
      "sh",
      [
        "-c",
        "find .worktrees/worker-bug-1-20260301-101112 .worktrees/.registry .ll-backup "
          + ".parallel-manage-state.json .gitignore -type f | sort | xargs cksum",
      ], in: repository.root)
    return [
      files.text, try await repository.git("rev-parse", Self.branch),
      try await repository.git("status", "--porcelain", at: place),
      try await repository.git("stash", "list", "--format=%H %s"),
      try await repository.git("for-each-ref", "refs/ll/abandoned"),
      try await repository.git("status", "--porcelain"),
    ]
  }

  @Test("its configuration, issues and leftovers are no obstacle, and none of its work goes")
  func takeover() async throws {
    try await withTestRepository { repository in
      try await prepare(repository)
      let before = try await leftovers(of: repository)

      let dry = try await repository.program("--dry-run")
      #expect(dry.status == 0, "\(dry.errors)\(dry.text)")
      let output = try await repository.program()
      #expect(output.status == 0, "\(output.errors)\(output.text)")
      for id in ["BUG-1", "FEAT-2", "ENH-3"] {
        #expect(try await repository.git("show", "main:src/\(id).txt") == id)
      }
      #expect(try await leftovers(of: repository) == before)

      for command in [["--cleanup"], ["--cleanup-orphans"], ["--prune-merged-branches"]] {
        let cleaning = try await Program.run(command, in: repository.root)
        #expect(cleaning.status == 0, "\(command) \(cleaning.errors)\(cleaning.text)")
        #expect(try await leftovers(of: repository) == before, "\(command)")
      }
      #expect(try await repository.git("fsck", "--strict", "--no-dangling") == "")
    }
  }
}
