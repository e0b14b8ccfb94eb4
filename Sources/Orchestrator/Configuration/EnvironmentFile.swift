#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// The variables of a project's `.env`: lines `NAME=value`, also with `export` and in quotes.
///
/// They stand in for variables that the environment lacks, for this program and for its agents.
/// Lines that are none of this are other tools' business.
struct EnvironmentFile {
  /// One variable and the line that sets it, from 1.
  struct Variable: Hashable {
    var name: String
    var value: String
    var line: Int
  }

  private(set) var variables: [Variable] = []

  /// Reads a text; of several lines for one variable the last one counts.
  init(_ text: String) {
    let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
    for (index, line) in lines.enumerated() {
      guard var variable = Self.variable(in: line) else { continue }
      variable.line = index + 1
      variables.removeAll { $0.name == variable.name }
      variables.append(variable)
    }
  }

  private static func variable(in line: Substring) -> Variable? {
    var text = line.trimmed[...]
    if text.hasPrefix("export "), let space = text.firstIndex(of: " ") {
      text = text[space...].trimmed[...]
    }
    guard let equals = text.firstIndex(of: "=") else { return nil }
    let name = text[..<equals].trimmed
    guard let first = name.utf8.first, first.isASCIILetter || first == UInt8(ascii: "_"),
      name.utf8.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "_") })
    else { return nil }
    var value = text[text.index(after: equals)...].trimmed[...]
    if value.count >= 2, let quote = value.first, "'\"".contains(quote), value.last == quote {
      value = value.dropFirst().dropLast()
    }
    return Variable(name: String(name), value: value.filter { $0 != "\0" }, line: 0)
  }

  /// The variables of the file at `path`; none where there is no such file or it is not to be read.
  ///
  /// A directory of that name is common: tools keep whole environments in one.
  static func read(_ path: FilePath) -> [Variable] {
    guard (try? FileReading.kind(of: path)) != .other,
      let bytes = try? FileReading.bytes(of: path)
    else { return [] }
    return EnvironmentFile(String(decoding: bytes, as: UTF8.self)).variables
  }
}
