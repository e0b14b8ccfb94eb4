import Testing

@testable import Orchestrator

@Suite struct `Reading JSON` {
  @Test func `keeps types apart and knows the lines of keys`() throws {
    let text = """
      {
        "a": {"b": [true, 1, 1.0, -0.5e1, "é\\n\\u00e9\\ud83d\\ude00", null]},
        "c": 100000000000000000000
      }
      """
    let (value, lines) = try JSONParser.parse(Array("\u{FEFF}\(text)".utf8))
    #expect(
      value[path: ["a", "b"]]
        == .array([
          .bool(true), .integer(1), .number(1), .number(-5), .string("é\né😀"), .null,
        ]))
    #expect(value[path: ["c"]] == .number(1e20))
    #expect(lines == [["a"]: 2, ["a", "b"]: 2, ["c"]: 3])
  }

  @Test(arguments: [
    ("", 1, 1), ("{", 1, 2), ("{\"a\":1,}", 1, 8), ("{\n  \"a\": tru\n}", 2, 8), ("[1 2]", 1, 4),
    ("{} x", 1, 4), ("{\"a\" 1}", 1, 6), ("// c\n{}", 1, 1), ("01", 1, 1), ("1.", 1, 1),
    ("-", 1, 1), ("\"a\nb\"", 1, 3), ("\"\\x\"", 1, 2), ("\"\\ud83d\"", 1, 2), ("\"\\", 1, 2),
    ("\"abc", 1, 1), ("{\"é\": nul}", 1, 7), ("{a: 1}", 1, 2), ("1e999x", 1, 6), ("+1", 1, 1),
  ])
  func `says where a text is wrong`(text: String, line: Int, column: Int) {
    let failure = #expect(throws: JSONParser.Failure.self) {
      try JSONParser.parse(Array(text.utf8))
    }
    #expect(failure?.line == line)
    #expect(failure?.column == column, "\(String(describing: failure))")
  }

  @Test func `refuses what is nested too deeply`() {
    let text = String(repeating: "[", count: 100_000)
    #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(Array(text.utf8)) }
  }

  @Test func `merges objects, replaces lists, and takes keys away`() throws {
    let below = try value(#"{"a": {"b": 1, "c": [1, 2]}, "d": {"e": 1}}"#)
    let above = try value(#"{"a": {"b": null, "c": [3], "f": {"g": null}}, "d": 2}"#)
    #expect(below.merging(above) == (try value(#"{"a": {"c": [3], "f": {}}, "d": 2}"#)))
  }

  private func value(_ text: String) throws -> JSONValue {
    try JSONParser.parse(Array(text.utf8)).value
  }
}
