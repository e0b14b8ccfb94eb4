import Foundation
import Orchestrator

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// The project's `Issue`, in files that import `Testing` too and so see two types of that name.
typealias ProjectIssue = Issue

/// A directory of a test with some files, removed at the end of `body`.
func withProject<Result>(
  _ files: [String: String] = [:], _ body: (FilePath) throws -> Result
) throws -> Result {
  let base = FileManager.default.temporaryDirectory.path
  let root = FilePath(base).appending("ll-project-\(UUID().uuidString)")
  try FileManager.default.createDirectory(
    atPath: root.string, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: root.string) }
  for (name, text) in files {
    let file = root.appending(name)
    try FileManager.default.createDirectory(
      atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
    try write(Array(text.utf8), to: file)
  }
  return try body(root)
}

/// Writes a file whose name need not be UTF-8.
func write(_ bytes: [UInt8], to file: FilePath) throws {
  let descriptor = try FileDescriptor.open(
    file, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
  try descriptor.closeAfter { _ = try descriptor.writeAll(bytes) }
}
