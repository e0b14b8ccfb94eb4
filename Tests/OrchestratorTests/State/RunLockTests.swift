import GitEngine
import RunSupport
import TestSupport
import Testing

@testable import Orchestrator

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(System)
  import System
#else
  import SystemPackage
#endif

@Suite struct RunLockTests {
  @Test func secondTakerHearsWhoHoldsIt() async throws {
    try await withSandbox { sandbox in
      let state = StateDirectory(commonDirectory: sandbox)
      do {
        let lock = try RunLock.take(in: state, runID: "first")
        do {
          _ = try RunLock.take(in: state, runID: "second")
          Issue.record("the lock was taken twice")
        } catch RunRefusal.alreadyRunning(let holder, let path) {
          let holder = try #require(holder)
          #expect(holder.pid == getpid() && holder.runID == "first" && !holder.host.isEmpty)
          #expect(path == state.runLock)
          let text = RunRefusal.alreadyRunning(holder, lock: path).description
          #expect(text.contains("process \(getpid()) on \(holder.host), since \(holder.since)"))
        }
        _ = consume lock
      }
      // Released with its owner; what an old holder wrote does not matter.
      let again = try RunLock.take(in: state, runID: "third")
      let text = String(decoding: try readFile(state.runLock), as: UTF8.self)
      #expect(text.contains("third") && !text.contains("first"))
      _ = consume again
    }
  }

  @Test func unreadableHolderIsStillAHolder() async throws {
    try await withSandbox { sandbox in
      let state = StateDirectory(commonDirectory: sandbox)
      let lock = try RunLock.take(in: state, runID: "first")
      try writeFile(state.runLock, "not JSON")
      await #expect(throws: RunRefusal.alreadyRunning(nil, lock: state.runLock)) {
        _ = try RunLock.take(in: state, runID: "second")
      }
      _ = consume lock
    }
  }
}

@Suite struct PersistedPathTests {
  @Test(arguments: [
    ("plain/ä", "plain/ä"), ("base64:eA==", "base64:YmFzZTY0OmVBPT0="), ("", ""),
    ("with \"quotes\"\n", "with \"quotes\"\n"),
  ])
  func textStaysText(path: String, stored: String) throws {
    let original = PersistedPath(RepositoryPath(path))
    let data = try JSONEncoder().encode([original])
    #expect(try JSONDecoder().decode([String].self, from: data) == [stored])
    #expect(try JSONDecoder().decode([PersistedPath].self, from: data) == [original])
  }

  @Test(arguments: [[0xE9], [0x61, 0xFF, 0x2F, 0xC3], [0xC3, 0x28]] as [[UInt8]])
  func otherBytesComeBackToo(bytes: [UInt8]) throws {
    let original = PersistedPath(RepositoryPath(bytes: bytes))
    let data = try JSONEncoder().encode([original])
    #expect(try JSONDecoder().decode([String].self, from: data)[0].hasPrefix("base64:"))
    let back = try JSONDecoder().decode([PersistedPath].self, from: data)[0]
    #expect(back.bytes == bytes && back.repositoryPath.bytes == bytes)
    #expect(PersistedPath(back.filePath).bytes == bytes)
  }

  @Test func brokenBase64IsTakenAsText() throws {
    let back = try JSONDecoder().decode(
      [PersistedPath].self, from: Data(#"["base64:%%%"]"#.utf8))
    #expect(back[0].bytes == Array("base64:%%%".utf8))
  }
}
