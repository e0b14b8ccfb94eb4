#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// One of git's files that are made of chunks: a commit-graph, or an index over several packs.
///
/// Behind a header comes a table of the chunks, each with a name of four letters and the place where
/// it begins.
final class ChunkFile {
  private let file: MappedFile
  private let header: Int

  var bytes: UnsafeRawBufferPointer { file.bytes }

  /// - Parameters:
  ///   - path: Where the file is; with none there, `nil`, as with one of another kind or version.
  ///   - signature: The first four bytes, before a version, the kind of hash and the number of chunks.
  ///   - header: How long the header is.
  init?(_ path: FilePath, signature: StaticString, header: Int) {
    guard let file = MappedFile(path), file.bytes.count > header,
      file.bytes.starts(with: UnsafeRawBufferPointer(start: signature.utf8Start, count: 4)),
      // Version 1, with SHA-1.
      file.bytes[4] == 1, file.bytes[5] == 1,
      file.bytes.count >= header + 12 * (Int(file.bytes[6]) + 1)
    else { return nil }
    (self.file, self.header) = (file, header)
  }

  /// A chunk, as long as this lives; `nil` when there is none, or the file is damaged.
  func chunk(_ name: StaticString) -> UnsafeRawBufferPointer? {
    let wanted = UnsafeRawBufferPointer(start: name.utf8Start, count: 4)
    let end = header + 12 * Int(bytes[6])
    for entry in stride(from: header, to: end, by: 12)
    where bytes[entry..<(entry + 4)].elementsEqual(wanted) {
      // The next one begins where it ends.
      let (start, end) = (offset(at: entry + 4), offset(at: entry + 16))
      guard start <= end, end <= bytes.count else { return nil }
      return UnsafeRawBufferPointer(rebasing: bytes[Int(start)..<Int(end)])
    }
    return nil
  }

  private func offset(at position: Int) -> UInt64 {
    UInt64(bytes.number(at: position)) << 32 | UInt64(bytes.number(at: position + 4))
  }
}
