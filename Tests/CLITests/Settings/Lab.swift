import Foundation
import GitEngine
import RunSupport
import SystemPackage
import TestSupport
import Testing

/// A project in which one flag or one key of the configuration is tried on the real program.
struct Lab: Sendable {
  let repository: TestRepository

  var sandbox: FilePath { repository.sandbox }

  /// What came of one call of the program.
  struct Trial {
    let output: Oracle.Output
    private let result: Result?

    var status: Int { output.status }
    var text: String { output.text }
    var errors: String { output.errors }

    private struct Result: Decodable { var issues: [Issue] }

    struct Issue: Decodable {
      var id: String
      var outcome: String?
      var reason: String?
      var branch: String?
    }

    init(_ output: Oracle.Output) {
      self.output = output
      result = try? JSONDecoder().decode(Result.self, from: Data(output.bytes))
    }

    /// The issues of a result or a plan, in their order.
    var issues: [Issue] { result?.issues ?? [] }
    var ids: [String] { issues.map(\.id) }

    subscript(_ id: String) -> Issue? { issues.first { $0.id == id } }
    /// How an issue ended.
    func outcome(_ id: String) -> String? { self[id]?.outcome }
  }

  /// Lines of shell that agents may use.
  private static let helpers = """
    # Waits until so many agents are there.
    meet() {
      : > "$SANDBOX/up-$LL_ISSUE_ID"; n=0
      while [ "$(ls "$SANDBOX" | grep -c '^up-')" -lt "$1" ]; do
        n=$((n + 1)); [ $n -lt 300 ] || exit 9; sleep 0.1
      done
    }
    # Fails if another agent is at the same place.
    alone() { mkdir "$SANDBOX/busy" || exit 8; sleep 0.3; rmdir "$SANDBOX/busy"; }
    # Says something as a little-loops agent does.
    say() { printf '{"type":"assistant","message":{"content":[{"type":"text","text":"%s"}]}}\\n' "$1"; }
    over() { echo '{"type":"result","subtype":"success"}'; }
    # Does some work.
    work() { echo "done" > "$LL_ISSUE_ID.txt"; }
    """

  /// The agent of a simple piece of work.
  static let works = "work"

  /// Writes an agent of the plain protocol and the configuration.
  ///
  /// - Parameters:
  ///   - agent: Lines of shell.
  ///   - parallel: Members of the section `parallel`, as JSON; they replace those that are usual here.
  ///   - others: Other sections, as JSON.
  func configure(
    _ agent: String = Lab.works, _ parallel: [String: String] = [:],
    others: [String: String] = [:]
  ) throws {
    let script = try script("agent", agent)
    var members = ["protocol": #""plain""#, "agent_command": "[\"\(script)\"]"]
    members.merge(parallel) { $1 }
    func object(_ members: [String: String]) -> String {
      let lines = members.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }
      return "{\(lines.joined(separator: ",\n"))}\n"
    }
    var sections = others
    sections["parallel"] = object(members)
    try repository.write(".ll/ll-config.json", object(sections))
  }

  /// Like `configure`, with an agent that answers ready-issue with READY and then does `work`.
  func configureLittleLoops(
    _ parallel: [String: String] = [:], work: String = Lab.works,
    ready: String = #"say '## VERDICT\nREADY'"#, others: [String: String] = [:]
  ) throws {
    var members = ["protocol": #""little-loops""#]
    members.merge(parallel) { $1 }
    try configure(
      """
      echo "$*" | tr '\\n' ' ' >> "$SANDBOX/calls"; echo >> "$SANDBOX/calls"
      case "$*" in
        *ready-issue*|*check-it*) \(ready) ;;
        *decide-issue*|*settle*) say 'decided' ;;
        *) \(work) ;;
      esac
      over
      """, members, others: others)
  }

  /// Writes a program into the sandbox and returns its path.
  @discardableResult
  func script(_ name: String, _ lines: String) throws -> FilePath {
    let file = sandbox.appending("bin").appending(name)
    try writeFile(
      file, "#!/bin/sh\nSANDBOX='\(sandbox)'\n\(Self.helpers)\n\(lines)\n", executable: true)
    return file
  }

  /// What agents wrote into a file of the sandbox.
  func notes(_ name: String) -> String? {
    (try? readFile(sandbox.appending(name))).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Writes issues of the usual kinds and commits everything.
  func addIssues(_ ids: String..., fields: [String] = [], body: String = "") async throws {
    for id in ids {
      let path = try repository.addIssue(id, fields: ["status: open"] + fields)
      if !body.isEmpty {
        try repository.write(
          RepositoryPath(path), (repository.read(RepositoryPath(path)) ?? "") + "\n" + body)
      }
    }
    try await commit()
  }

  func commit() async throws { try await repository.commitAll("a project") }

  /// Runs the program for its JSON result.
  func run(
    _ arguments: String..., environment: [String: String] = [:]
  ) async throws -> Trial {
    try await call(["--json"] + arguments, environment: environment)
  }

  /// Asks for the plan.
  func plan(_ arguments: String...) async throws -> Trial {
    try await call(["--json", "--dry-run"] + arguments)
  }

  /// Runs the program as it is.
  func call(
    _ arguments: [String], at directory: FilePath? = nil, environment: [String: String] = [:]
  ) async throws -> Trial {
    Trial(
      try await Program.run(
        arguments, in: directory ?? repository.root, environment: environment))
  }

  /// An environment in which these programs are found before all others.
  var searchPath: [String: String] {
    ["PATH": "\(sandbox)/bin:\(ProcessInfo.processInfo.environment["PATH"] ?? "")"]
  }

  /// The text of a file on the base branch.
  func landed(_ path: String) async -> String? {
    let output = try? await Oracle.git(
      ["show", "main:\(path)"], in: repository.root, allowFailure: true)
    return output.flatMap { $0.status == 0 ? $0.text : nil }
  }
}

/// What one flag or key does, seen from outside.
struct SettingRow: Sendable, CustomTestStringConvertible {
  /// The flag with its short form, or the key with its other names.
  var names: [String]
  /// Shows it; called with each of the names.
  var check: @Sendable (Lab, String) async throws -> Void

  init(_ names: String..., check: @escaping @Sendable (Lab, String) async throws -> Void) {
    self.names = names
    self.check = check
  }

  var testDescription: String { names.joined(separator: " ") }
}
