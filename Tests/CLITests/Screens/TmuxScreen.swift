import Foundation
import SystemPackage
import TestSupport
import Testing

/// A terminal of a given size with a shell in it, by a real terminal program.
struct TmuxScreen: Sendable {
  private let socket: String
  private let directory: FilePath

  /// The prompt of the shell.
  static let prompt = "ready>"

  /// Calls `body` with a terminal whose shell is in `directory`; takes it away afterwards.
  static func run<Value: Sendable>(
    width: Int, height: Int, in directory: FilePath, environment: [String: String] = [:],
    _ body: @Sendable (TmuxScreen) async throws -> Value
  ) async throws -> Value {
    let screen = TmuxScreen(socket: "ll-parallel-\(UUID())", directory: directory)
    // Whoever runs the tests may have asked for plain lines.
    let variables = Program.isolation.merging(["NO_COLOR": ""]) { $1 }.merging(environment) { $1 }
    let settings = variables.sorted { $0.key < $1.key }.flatMap { ["-e", "\($0.key)=\($0.value)"] }
    try await screen.tmux(
      ["-f", "/dev/null", "new-session", "-d", "-s", "t", "-x", "\(width)", "-y", "\(height)"]
        + settings + ["sh"])
    do {
      try await screen.type("PS1='\(prompt) '; clear")
      try await screen.waitForPrompt()
      let value = try await body(screen)
      try await screen.tmux(["kill-server"])
      return value
    } catch {
      _ = try? await screen.tmux(["kill-server"])
      throw error
    }
  }

  @discardableResult
  private func tmux(_ arguments: [String]) async throws -> String {
    try await Oracle.run(
      "tmux", ["-u", "-L", socket] + arguments, in: directory,
      environment: ["LC_ALL": "C.UTF-8", "TMUX": ""]
    ).text
  }

  /// Types a line.
  func type(_ text: String) async throws {
    try await enter(text)
    try await press("Enter")
  }

  /// Types a part of a line.
  func enter(_ text: String) async throws {
    try await tmux(["send-keys", "-t", "t", "-l", text])
  }

  /// Presses a key, as in "C-c".
  func press(_ key: String) async throws { try await tmux(["send-keys", "-t", "t", key]) }

  func resize(width: Int, height: Int) async throws {
    try await tmux(["resize-window", "-t", "t", "-x", "\(width)", "-y", "\(height)"])
  }

  /// What is on the screen, line by line, without blanks at the ends of lines.
  func lines() async throws -> [String] {
    try await tmux(["capture-pane", "-t", "t", "-p"]).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map(String.init)
  }

  /// All that was ever on the screen and not taken away; broken lines are put together.
  func history() async throws -> [String] {
    try await tmux(["capture-pane", "-t", "t", "-p", "-J", "-S", "-"]).split(separator: "\n").map {
      String($0)
    }
  }

  /// Waits until the screen is as it should be, and returns it.
  @discardableResult
  func wait(
    for what: String, _ condition: @Sendable ([String]) -> Bool
  ) async throws -> [String] {
    let end = ContinuousClock.now + .seconds(60)
    var lines = try await lines()
    while !condition(lines) {
      guard ContinuousClock.now < end else {
        throw OracleError(description: "never \(what):\n\(lines.joined(separator: "\n"))")
      }
      // Nothing tells when a terminal changes.
      try await Task.sleep(for: .milliseconds(20))
      lines = try await self.lines()
    }
    return lines
  }

  /// Waits until the shell asks for the next command.
  @discardableResult
  func waitForPrompt() async throws -> [String] {
    try await wait(for: "a prompt") { lines in
      lines.last { !$0.isEmpty }?.hasPrefix(Self.prompt) == true
    }
  }
}
