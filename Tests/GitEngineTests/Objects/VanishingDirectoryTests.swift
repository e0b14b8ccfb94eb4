import Foundation
import GitEngine
import Synchronization
import SystemPackage
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What `git gc` and `git prune` do to empty directories of objects, all the time.
@Suite(.timeLimit(.minutes(2))) struct VanishingDirectoryTests {
  @Test func objectsAreStoredAllTheSame() async throws {
    try await withTestRepository { repository in
      let objects = repository.root.pushing(".git/objects")
      let end = End()
      let engine = try repository.engine()
      // Threads of their own: on those of the tasks they would keep all other tests waiting.
      for _ in 0..<2 {
        Thread.detachNewThread {
          while !end.isReached.load(ordering: .relaxed) {
            for byte in 0..<256 {
              let name = (byte < 16 ? "0" : "") + String(byte, radix: 16)
              _ = objects.appending(name).withPlatformString { rmdir($0) }
            }
          }
        }
      }
      defer { end.isReached.store(true, ordering: .relaxed) }
      for round in 0..<8 {
        try await engine.read { git in
          for number in 0..<250 { _ = try git.writeBlob(Array("\(round) \(number)\n".utf8)) }
        }
        // Empty directories again.
        try await repository.git("prune", "--expire=now")
      }
    }
  }
}

private final class End: Sendable {
  let isReached = Atomic(false)
}
