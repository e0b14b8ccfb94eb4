import ArgumentParser
import FoundationEssentials
import GitEngine
import SystemPackage

/// The scripted agent of the demonstration: called like the real one, commits without git.
struct DemoAgentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "demo-agent", shouldDisplay: false)

  @Flag(help: .hidden) var dangerouslySkipPermissions = false
  @Flag(help: .hidden) var verbose = false
  @Option(help: .hidden) var outputFormat = "stream-json"
  @Option(name: .short, help: .hidden) var p: String

  func run() async throws {
    guard !p.hasPrefix("Resolve the merge conflicts") else {
      try say("Dark or light: that is for a person to decide.")
      throw ExitCode(1)
    }
    guard let issue = DemoIssue.all.first(where: { p.hasSuffix($0.id) }) else {
      throw UsageError(description: "the demonstration has no script for '\(p)'")
    }
    if p.contains("ready-issue") {
      if case .close(let reason) = issue.work {
        try say("## VERDICT\nCLOSE\n\n## CLOSE_REASON\n- Reason: \(reason)\n")
      } else {
        try say("## VERDICT\nREADY\n")
      }
    } else {
      try await work(on: issue)
    }
    try line(["type": "result", "subtype": "success"])
  }

  private func work(on issue: DemoIssue) async throws {
    let root = try currentDirectory()
    // A little time for people to watch.
    try await Task.sleep(for: .milliseconds(300))
    switch issue.work {
    case .commit(let path, let change):
      try apply(change, to: path, in: root)
      try await commit(path, issue, root)
    case .forgetsToCommit(let path, let change):
      try apply(change, to: path, in: root)
    case .commitWithRival(let path, let change, let isFirst):
      try meet(isFirst, root)
      try apply(change, to: path, in: root)
      try await commit(path, issue, root)
    case .fail(let message):
      try say(message)
      throw ExitCode(1)
    case .close: break
    }
    try say("\(issue.id) is done.")
  }

  /// Waits for the agent of the rival issue.
  ///
  /// Opening a pipe waits until its other end is opened.
  private func meet(_ isFirst: Bool, _ root: FilePath) throws {
    // The worktree is <place>/sample/.worktrees/worker-…
    let place = root.removingLastComponent().removingLastComponent().removingLastComponent()
    let pipe = try FileDescriptor.open(
      place.appending("meeting-point"), isFirst ? .readOnly : .writeOnly)
    try pipe.close()
  }

  private func apply(_ change: DemoIssue.Change, to path: String, in root: FilePath) throws {
    let file = root.pushing(FilePath(path))
    switch change {
    case .create(let text): try writeText(text, to: file)
    case .append(let text): try writeText(readText(file) + text, to: file)
    case .replace(let old, let new):
      try writeText(readText(file).replacing(old, with: new), to: file)
    }
  }

  private func commit(_ path: String, _ issue: DemoIssue, _ root: FilePath) async throws {
    let author = Signature(name: "Demo agent", email: "agent@example.com")
    try await GitRepository.open(root).transaction(at: root) { git in
      _ = try git.commit(
        paths: [RepositoryPath(path)], message: "\(issue.title)\n", author: author,
        committer: author)
    }
  }

  private func say(_ text: String) throws {
    try line(["type": "assistant", "text": text])
  }

  /// One line of the stream that the real agent prints.
  private func line(_ event: [String: String]) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    if let text = event["text"] {
      let content = try String(
        decoding: encoder.encode([["type": "text", "text": text]]), as: UTF8.self)
      print(#"{"type":"assistant","message":{"content":\#(content)}}"#)
    } else {
      print(String(decoding: try encoder.encode(event), as: UTF8.self))
    }
  }
}
