/// How a known agent is called without anybody to answer its questions.
///
/// All of them take the prompt on standard input, which has no limit of length. They may run any
/// command without asking: an agent that asks would only be refused.
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
  ]

  /// The preset of that name.
  public static func named(_ name: String) -> PlainPreset? { all.first { $0.name == name } }
}
