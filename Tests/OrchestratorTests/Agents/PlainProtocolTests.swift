import Testing

@testable import Orchestrator

@Suite("PlainProtocol", .timeLimit(.minutes(1)))
struct PlainProtocolTests {
  let sandbox: AgentSandbox
  let environment: AgentEnvironment

  init() throws {
    sandbox = try AgentSandbox()
    environment = AgentEnvironment(
      log: AgentLog(directory: sandbox.file("logs"), issue: "BUG-7"), groups: AgentProcessGroups())
  }

  private func run(_ settings: PlainSettings) async throws -> AgentResult.Outcome {
    try await PlainProtocol(settings).run(.sample(worktree: sandbox.path), environment: environment)
      .outcome
  }

  @Test("without a placeholder for it, the prompt goes to standard input")
  func standardInput() async throws {
    let script = try sandbox.script(#"cat > prompt; echo "$@" > arguments; env > environment"#)
    let outcome = try await run(
      PlainSettings(command: [script, "--id={{issue_id}}", "{{worktree}}"]))
    #expect(outcome == .finished(corrections: [], concerns: []))
    #expect(try sandbox.text(of: "arguments") == "--id=BUG-7 \(sandbox.path)\n")
    let prompt = try sandbox.text(of: "prompt")
    #expect(prompt.contains("Implement the issue BUG-7: It breaks"))
    #expect(prompt.hasSuffix("# It breaks\n"))
    #expect(!prompt.contains("{{"))
    #expect(try sandbox.text(of: "environment").contains("LL_NON_INTERACTIVE=1\n"))
  }

  @Test("a prompt in an argument is one argument, and standard input is empty")
  func argument() async throws {
    let script = try sandbox.script(#"printf '%s' "$2" > prompt; wc -c > size"#)
    let settings = PlainSettings(
      command: [script, "-p", "{{prompt}}"],
      promptTemplate: "$(touch no) '{{title}}' {{issue_file}} {{body}}")
    #expect(try await run(settings) == .finished(corrections: [], concerns: []))
    #expect(
      try sandbox.text(of: "prompt")
        == "$(touch no) 'It breaks' .issues/bugs/P1-BUG-7-x.md # It breaks\n")
    #expect(try sandbox.text(of: "size").contains("0"))
  }

  @Test("the exit status is the only answer")
  func exitStatus() async throws {
    let script = try sandbox.script("echo 'VERDICT: CLOSE'; exit ${1}")
    #expect(
      try await run(PlainSettings(command: [script, "0"]))
        == .finished(corrections: [], concerns: []))
    #expect(
      try await run(PlainSettings(command: [script, "2"]))
        == .failed(
          reason: "agent exited with status 2\nthe last lines of its output:\nVERDICT: CLOSE"))
  }

  @Test("an empty command fails in words")
  func empty() async throws {
    guard case .failed(let reason) = try await run(PlainSettings(command: [])) else {
      return #expect(Bool(false))
    }
    #expect(reason.contains("empty"))
  }

  @Test("every preset gets the prompt once, and never asks", arguments: PlainPreset.all)
  func presets(preset: PlainPreset) throws {
    let command = PlainSettings(preset: preset).command(prompt: "do it", for: .sample())
    #expect(command.executable == preset.command.first)
    let inArguments = command.arguments.filter { $0 == "do it" }.count
    #expect((command.standardInput == .bytes(Array("do it".utf8))) == (inArguments == 0))
    #expect(inArguments <= 1 && (inArguments == 0 || command.standardInput == .empty))
    #expect(!command.arguments.contains { $0.contains("{{") })
    #expect(PlainPreset.named(preset.name) == preset)
    for (name, value) in preset.environment { #expect(command.environment[name] == value) }
  }

  @Test("a preset that prints events ends with its result")
  func events() async throws {
    let script = try sandbox.script(
      #"cat >/dev/null; echo '{"type":"result","is_error":true,"result":"no credit"}'; exit 1"#)
    var settings = PlainSettings(preset: try #require(PlainPreset.named("claude")))
    settings.command[0] = script
    guard case .failed(let reason) = try await run(settings) else { return #expect(Bool(false)) }
    #expect(reason.contains("no credit"))
  }
}

@Suite("ProcessTable")
struct ProcessTableTests {
  @Test("the name of a process may contain anything")
  func parses() throws {
    let fields = "R 1 42 42 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 12345 0 0"
    let entry = try #require(ProcessTable.Entry(stat: "7 (a) b (c)) \(fields)"))
    #expect(entry.group == 42 && entry.startTicks == 12345 && entry.isAlive)
    #expect(ProcessTable.Entry(stat: "7 (x) Z 1 42 42 0 -1 4194304 0") == nil)
    #expect(ProcessTable.Entry(stat: "") == nil)
  }
}
