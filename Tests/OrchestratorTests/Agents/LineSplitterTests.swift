import Testing

@testable import Orchestrator

@Suite("LineSplitter")
struct LineSplitterTests {
  private func lines(_ chunks: [[UInt8]], limit: Int = 1024) -> [LineSplitter.Line] {
    var splitter = LineSplitter(limit: limit)
    var result: [LineSplitter.Line] = []
    for chunk in chunks {
      chunk.withUnsafeBytes { splitter.append($0) { result.append($0) } }
    }
    splitter.finish { result.append($0) }
    return result
  }

  private func whole(_ text: String) -> LineSplitter.Line {
    .init(bytes: Array(text.utf8), continuesLine: false, endsLine: true)
  }

  @Test("lines come the same however the bytes are cut")
  func anyCut() {
    let bytes = Array("one\n\ntwo\r\nthree".utf8)
    let expected = lines([bytes])
    #expect(
      expected.map { String(decoding: $0.bytes, as: UTF8.self) } == ["one", "", "two\r", "three"])
    #expect(expected.last?.endsLine == false)
    for cut in 0...bytes.count {
      #expect(lines([Array(bytes[..<cut]), Array(bytes[cut...])]) == expected)
    }
    #expect(lines(bytes.map { [$0] }) == expected)
  }

  @Test("an over-long line comes in pieces that join to the line")
  func pieces() {
    let bytes = Array("abcdefgh\nx\n".utf8)
    for limit in 1...9 {
      let result = lines([bytes], limit: limit)
      #expect(result.map { AgentOutput($0, from: .standardOutput) }.printed == bytes)
      #expect(result.allSatisfy { $0.bytes.count <= limit })
      #expect(result.last == whole("x"))
      #expect(result.filter { !$0.continuesLine }.count == 2)
    }
    #expect(lines([bytes], limit: 8) == [whole("abcdefgh"), whole("x")])
    #expect(lines(bytes.map { [$0] }, limit: 8).map(\.bytes).joined().count == 9)
  }

  @Test("any bytes pass, and nothing makes no line")
  func anyBytes() {
    let bytes: [UInt8] = [0, 0xFF, 0x0A, 0x80]
    #expect(lines([bytes]).map(\.bytes) == [[0, 0xFF], [0x80]])
    #expect(lines([]).isEmpty)
    #expect(lines([[]]).isEmpty)
  }
}
