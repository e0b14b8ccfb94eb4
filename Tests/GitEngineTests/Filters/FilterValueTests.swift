import TestSupport
import Testing

@testable import GitEngine

/// The parts of filters that need no program.
@Suite struct FilterValueTests {
  @Test("packets are read as they were written, however the stream is cut")
  func packets() throws {
    for seed in 1...40 {
      var generator = SeededGenerator(seed: seed)
      let sizes = [0, 1, 3, 4, 65515, 65516, 65517, 200_000]
      let content = (0..<(sizes.randomElement(using: &generator) ?? 0)).map { _ in
        UInt8.random(in: 0 ... .max, using: &generator)
      }
      let stream = PacketLine.line("command=clean") + PacketLine.content(content)
      var reader = PacketReader()
      var found: [PacketLine.Packet] = []
      var rest = stream[...]
      while !rest.isEmpty {
        let size = Int.random(
          in: 1...(Bool.random(using: &generator) ? 7 : 90_000), using: &generator)
        reader.feed(rest.prefix(size))
        rest = rest.dropFirst(size)
        while let packet = try reader.next() { found.append(packet) }
      }
      #expect(found.first?.text == "command=clean", "seed \(seed)")
      #expect(found.last == .flush, "seed \(seed)")
      let back = found.dropFirst().flatMap { packet -> [UInt8] in
        if case .data(let bytes) = packet { bytes } else { [] }
      }
      #expect(back == content, "seed \(seed)")
      #expect(reader.isEmpty)
    }
  }

  @Test(
    "what is no packet is found out at once",
    arguments: ["hello\n", "00", "0001", "0003abc", "fff1", "000g", "-001"])
  func malformed(_ text: String) throws {
    var reader = PacketReader()
    reader.feed(text.utf8)
    if text == "00" {
      #expect(try reader.next() == nil)
    } else {
      #expect(throws: PacketReader.Malformed.self) { try reader.next() }
    }
  }

  private func conversation(
    _ step: FilterConversation.Step, _ parts: [String?]
  ) -> FilterConversation {
    var conversation = FilterConversation(step)
    for part in parts {
      let bytes = part.map { PacketLine.line($0) } ?? PacketLine.flush
      for byte in bytes { _ = conversation.take([byte]) }
    }
    return conversation
  }

  @Test func greetings() {
    let good = conversation(.greeting, ["git-filter-server", "version=2", nil])
    #expect(good.isOver && good.problem == nil)
    #expect(conversation(.greeting, ["git-filter-server", "version=3", nil]).problem != nil)
    #expect(conversation(.greeting, ["hello", "version=2", nil]).problem != nil)
    #expect(conversation(.greeting, [nil]).problem != nil)
    #expect(!conversation(.greeting, ["git-filter-server", "version=2"]).isOver)
    let offered = conversation(.capabilities, ["capability=clean", "capability=new", nil]).offered
    #expect(offered == [.clean])
  }

  @Test func replies() {
    let good = conversation(.reply, ["status=success", nil, "abc", nil, nil])
    #expect(good.isOver && good.status == .success && good.content == Array("abc\n".utf8))
    let late = conversation(.reply, ["status=success", nil, "abc", nil, "status=error", nil])
    #expect(late.isOver && late.status == .error)
    let error = conversation(.reply, ["status=error", nil])
    #expect(error.isOver && error.status == .error)
    #expect(conversation(.reply, ["status=abort", nil]).status == .abort)
    #expect(conversation(.reply, ["status=odd", nil]).status == .other("odd"))
    #expect(!conversation(.reply, ["status=success", nil, "abc", nil]).isOver)
    var much = FilterConversation(.reply)
    _ = much.take(PacketLine.line("status=error") + PacketLine.flush + [48])
    #expect(much.problem != nil)
  }

  @Test func commandsAreExpandedAsByGit() {
    func expand(_ command: String, _ path: RepositoryPath) -> String {
      String(decoding: FilterDriver.expand(command, path: path), as: UTF8.self)
    }
    #expect(expand("x %f y", "a b") == "x 'a b' y")
    #expect(expand("%%f %d %", "a") == "%f %d %")
    #expect(expand("%f", "it's") == #"'it'\''s'"#)
  }

  @Test func theProcessComesBeforeTheCommands() {
    var driver = FilterDriver(name: "x", clean: "c", smudge: "")
    #expect(driver.program(for: .clean) == .command("c"))
    #expect(driver.program(for: .smudge) == nil)
    driver.process = "p"
    #expect(driver.program(for: .clean) == .process("p"))
    driver.process = ""
    #expect(driver.program(for: .clean) == nil)
  }
}
