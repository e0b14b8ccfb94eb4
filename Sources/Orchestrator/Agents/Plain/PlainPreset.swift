/// How a known agent is called without anybody to answer its questions.
///
/// They take the prompt on standard input, which has no limit of length, or else as an argument. They
/// may run any command without asking: an agent that asks would only be refused.
public struct PlainPreset: Sendable, Equatable {
  /// The name by which a configuration chooses it.
  public var name: String
  /// The program and its arguments.
  public var command: [String]
  /// Environment variables that it needs.
  public var environment: [String: String] = [:]
  /// Whether its output is a stream of JSON events, which shows progress while it works.
  var isEventStream = false

  /// The presets, by name.
  public static let all: [PlainPreset] = [
    PlainPreset(
      name: "claude",
      command: [
        "claude", "--dangerously-skip-permissions", "--verbose", "--output-format", "stream-json",
        "-p",
      ], isEventStream: true),
    PlainPreset(
      name: "codex", command: ["codex", "exec", "--dangerously-bypass-approvals-and-sandbox", "-"]),
    // In a folder that was never trusted, gemini would fall back to asking.
    PlainPreset(
      name: "gemini", command: ["gemini", "--approval-mode=yolo"],
      environment: ["GEMINI_CLI_TRUST_WORKSPACE": "true"]),
    PlainPreset(name: "opencode", command: ["opencode", "run", "--auto"]),
    PlainPreset(name: "qwen", command: ["qwen", "--approval-mode=yolo"]),
    PlainPreset(name: "amp", command: ["amp", "--dangerously-allow-all", "--execute"]),
    PlainPreset(
      name: "goose", command: ["goose", "run", "--no-session", "--instructions", "-"],
      environment: ["GOOSE_MODE": "auto"]),
    PlainPreset(
      name: "cursor", command: ["cursor-agent", "--print", "--force", "{{prompt}}"]),
    PlainPreset(
      name: "copilot", command: ["copilot", "--allow-all-tools", "--prompt", "{{prompt}}"]),
    PlainPreset(
      name: "aider",
      command: ["aider", "--yes-always", "--no-check-update", "--message", "{{prompt}}"]),
    // In their print mode these never ask.
    PlainPreset(name: "kimi", command: ["kimi", "--prompt", "{{prompt}}"]),
    PlainPreset(name: "pi", command: ["pi", "--print", "{{prompt}}"]),
  ]

  /// The preset of that name.
  public static func named(_ name: String) -> PlainPreset? { all.first { $0.name == name } }
}
