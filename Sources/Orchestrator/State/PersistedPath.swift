internal import GitEngine

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// A path in a JSON file: as text where it is UTF-8, else as `base64:` and its bytes.
struct PersistedPath: Codable, Hashable, Sendable {
  let bytes: [UInt8]

  init(_ path: FilePath) {
    bytes = path.withPlatformString { pointer in
      var bytes: [UInt8] = []
      var next = pointer
      while next.pointee != 0 {
        bytes.append(UInt8(bitPattern: next.pointee))
        next += 1
      }
      return bytes
    }
  }

  init(_ path: RepositoryPath) { bytes = path.bytes }

  init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    let encoded = text.hasPrefix(Self.mark) ? String(text.dropFirst(Self.mark.count)) : nil
    bytes = encoded.flatMap { Data(base64Encoded: $0) }.map { Array($0) } ?? Array(text.utf8)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    let text = String(decoding: bytes, as: UTF8.self)
    let isText = Array(text.utf8) == bytes && !text.hasPrefix(Self.mark)
    try container.encode(isText ? text : Self.mark + Data(bytes).base64EncodedString())
  }

  var repositoryPath: RepositoryPath { RepositoryPath(bytes: bytes) }

  var filePath: FilePath {
    (bytes.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map { FilePath(platformString: $0) } ?? FilePath()
    }
  }

  private static let mark = "base64:"
}
