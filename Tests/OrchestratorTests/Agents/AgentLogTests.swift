import Testing

@testable import Orchestrator

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

@Suite("AgentLog")
struct AgentLogTests {
  let sandbox: AgentSandbox

  init() throws { sandbox = try AgentSandbox() }

  private func line(
    _ text: String, _ source: AgentOutput.Source = .standardOutput, continues: Bool = false,
    ends: Bool = true
  ) -> AgentOutput {
    AgentOutput(
      .init(bytes: Array(text.utf8), continuesLine: continues, endsLine: ends), from: source)
  }

  @Test("lines are in the file as soon as they are appended, in new directories")
  func written() throws {
    let log = AgentLog(directory: sandbox.file("logs").appending("run"), issue: "BUG-7")
    log.append([line("a"), line("b")])
    #expect(log.path == sandbox.file("logs/run/BUG-7.log"))
    #expect(try sandbox.text(of: "logs/run/BUG-7.log") == "a\nb\n")
    log.note("c")
    log.append([line("d", ends: false)])
    #expect(try sandbox.text(of: "logs/run/BUG-7.log") == "a\nb\n[ll-parallel] c\nd")
    #expect(log.failure == nil)
  }

  @Test("an earlier log goes on")
  func appended() throws {
    AgentLog(directory: sandbox.path, issue: "A").append([line("1")])
    AgentLog(directory: sandbox.path, issue: "A").append([line("2")])
    #expect(try sandbox.text(of: "A.log") == "1\n2\n")
  }

  @Test("pieces of a line stay together unless the other stream comes between")
  func pieces() throws {
    let log = AgentLog(directory: sandbox.path, issue: "A")
    log.append([line("12", ends: false), line("34", continues: true)])
    log.append([line("x", ends: false), line("err", .standardError)])
    log.append([line("y", continues: true)])
    log.append([line("last", ends: false)])
    log.note("end")
    #expect(try sandbox.text(of: "A.log") == "1234\nx\nerr\ny\nlast\n[ll-parallel] end\n")
  }

  @Test("an id cannot lead out of the directory")
  func contained() {
    #expect(AgentLog(directory: sandbox.path, issue: "../x").path == sandbox.file("..-x.log"))
  }

  @Test("a log that cannot be written is reported and stops nobody")
  func failure() throws {
    try sandbox.write("a file", to: "logs")
    let log = AgentLog(directory: sandbox.file("logs"), issue: "A")
    log.append([line("abc")])
    let failure = try #require(log.failure)
    #expect(failure.contains("A.log") && failure.contains("4 bytes"))
  }

  #if os(Linux)
    @Test("a full disk is reported")
    func fullDisk() throws {
      #expect(symlinkToFull(sandbox.file("A.log")))
      let log = AgentLog(directory: sandbox.path, issue: "A")
      log.append([line("abc")])
      #expect(try #require(log.failure).contains("No space left"))
    }
  #endif
}
