import Foundation
import GitEngine
import RunSupport
import SystemPackage
import TestSupport
import Testing

/// What is published of formats and settings is what the program does.
@Suite("Published formats", .timeLimit(.minutes(5)))
struct SchemaTests {
  private static func object(_ bytes: some Sequence<UInt8>) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
  }

  private static func schemas() throws -> [String: [String: Any]] {
    let file = DocumentationTests.root.pushing("Documentation/events-v1.schema.json")
    let all = try #require(try object(readFile(file))["oneOf"] as? [[String: Any]])
    return Dictionary(
      uniqueKeysWithValues: all.compactMap { schema in
        (schema["title"] as? String).map { ($0, schema) }
      })
  }

  /// As much of JSON Schema as the file uses.
  private static func problem(_ value: Any, _ schema: [String: Any], _ place: String) -> String? {
    if let constant = schema["const"] as? String, value as? String != constant {
      return "\(place): not \(constant)"
    }
    if let allowed = schema["enum"] as? [String], !allowed.contains(value as? String ?? "") {
      return "\(place): \(value) is none of \(allowed)"
    }
    let types = (schema["type"] as? [String]) ?? (schema["type"] as? String).map { [$0] } ?? []
    let fits =
      types.isEmpty
      || types.contains { type in
        switch type {
        case "string": value is String
        case "integer":
          (value as? NSNumber).map { $0.doubleValue == $0.doubleValue.rounded() } == true
        case "number": value is NSNumber
        case "null": value is NSNull
        case "array": value is [Any]
        default: value is [String: Any]
        }
      }
    guard fits else { return "\(place): \(value) is not \(types)" }
    if let minimum = schema["minimum"] as? Int, (value as? Int ?? 0) < minimum {
      return "\(place): too small"
    }
    if let items = schema["items"] as? [String: Any] {
      for item in value as? [Any] ?? [] {
        if let problem = problem(item, items, place) { return problem }
      }
    }
    guard let properties = schema["properties"] as? [String: [String: Any]],
      let members = value as? [String: Any]
    else { return nil }
    for name in schema["required"] as? [String] ?? [] where members[name] == nil {
      return "\(place): no \(name)"
    }
    for (name, member) in members {
      // Whatever is emitted must be published.
      guard let schema = properties[name] else { return "\(place): \(name) is not published" }
      if let problem = problem(member, schema, "\(place).\(name)") { return problem }
    }
    return nil
  }

  @Test("every event is as its schema says, and each kind is seen")
  func events() async throws {
    try await withTestRepository { repository in
      try repository.configure(
        agent: """
          case $LL_ISSUE_ID in
          BUG-2) exit 7 ;;
          BUG-3) sed -i 1s/.*/theirs/ src/a.txt ;;
          *) echo "$LL_ISSUE_ID" > "$LL_ISSUE_ID.txt" ;;
          esac
          """)
      for number in 1...3 { try repository.addIssue("BUG-\(number)") }
      try await repository.commitAll("issues")
      try repository.write("src/a.txt", "mine\n")
      let schemas = try Self.schemas()
      var seen: Set<String> = []
      let file = repository.sandbox.appending("events")
      _ = try await repository.program("--events", file.string)
      var lines = try readFile(file).split(separator: UInt8(ascii: "\n")).map(Array.init)
      // The one kind that needs an agent with verdicts.
      lines.append(
        Array(
          #"{"event":"issue.closed","seq":1,"ts":"","mono_ns":1,"run_id":"","issue_id":"","file_path":"","close_reason":""}"#
            .utf8))
      for line in lines {
        let event = try Self.object(line)
        let name = try #require(event["event"] as? String)
        seen.insert(name)
        let problem = Self.problem(event, try #require(schemas[name], "\(name)"), name)
        #expect(problem == nil)
      }
      #expect(seen == Set(schemas.keys))
      // The run's own copy is the same.
      let logs = repository.root.pushing(".git/ll-parallel/logs")
      let run = try #require(directoryNames(logs).first)
      let kept = try readFile(logs.appending(run).appending("events.jsonl"))
      #expect(kept == (try readFile(file)))
    }
  }

  @Test("the page on configuration has each key, with its default and meaning")
  func keys() async throws {
    try await withTestRepository { repository in
      let settings = try Self.object(try await repository.program("config", "--json").bytes)[
        "settings"]
      let page = String(
        decoding: try readFile(DocumentationTests.root.pushing("Documentation/Configuration.md")),
        as: UTF8.self)
      let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
      let all = try #require(settings as? [[String: Any]])
      #expect(rows.count == all.count)
      for setting in all {
        let key = try #require(setting["key"] as? String)
        let row = rows.first { $0.hasPrefix("| `\(key)` ") }
        #expect(
          row?.hasSuffix(" | \(try #require(setting["meaning"] as? String)) |") == true, "\(key)")
        guard let value = setting["value"], !(value is NSNull), key != "issues.categories" else {
          continue
        }
        let text = try JSONSerialization.data(
          withJSONObject: value, options: [.fragmentsAllowed, .withoutEscapingSlashes])
        let shown = String(decoding: text, as: UTF8.self).replacing(",", with: ", ")
        #expect(row?.contains("| `\(shown)` |") == true, "\(key): \(shown)")
      }
    }
  }
}
