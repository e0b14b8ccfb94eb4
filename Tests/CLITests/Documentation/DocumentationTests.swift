import Foundation
import SystemPackage
import TestSupport
import Testing

/// The documentation says what is so.
@Suite("Documentation", .timeLimit(.minutes(10)))
struct DocumentationTests {
  static let root = FilePath(#filePath).removingLastComponent().removingLastComponent()
    .removingLastComponent().removingLastComponent()
  static let pages: [String] = {
    let names = directoryNames(root.appending("Documentation")).filter { $0.hasSuffix(".md") }
    return ["README.md"] + names.sorted().map { "Documentation/\($0)" }
  }()

  /// `LL_RECORD=1` writes what they print into the pages.
  @Test("the commands of each page print what it says", arguments: pages)
  func sessions(_ page: String) async throws {
    let file = Self.root.pushing(FilePath(page))
    let text = String(decoding: try readFile(file), as: UTF8.self)
    let transcript = Transcript(text)
    guard !transcript.commands.isEmpty else { return }
    let outputs = try await withSandbox { try await transcript.run(in: $0) }
    try #require(outputs.count == transcript.commands.count)
    if ProcessInfo.processInfo.environment["LL_RECORD"] != nil {
      try writeFile(file, transcript.page(with: outputs))
      return
    }
    for (command, output) in zip(transcript.commands, outputs) {
      #expect(
        Transcript.normalized(output) == Transcript.normalized(command.output),
        "\(page): $ \(command.text)")
    }
  }

  @Test(
    "every link to a file leads to one", arguments: pages + ["ARCHITECTURE.md", "CONTRIBUTING.md"])
  func links(_ page: String) throws {
    let file = Self.root.pushing(FilePath(page))
    let text = String(decoding: try readFile(file), as: UTF8.self)
    for match in text.matches(of: /\]\(([^)#]+)(#[^)]*)?\)/) where !match.1.contains("://") {
      let target = file.removingLastComponent().pushing(FilePath(String(match.1)))
      #expect(pathExists(target.lexicallyNormalized()), "\(page): \(match.1)")
    }
  }
}
