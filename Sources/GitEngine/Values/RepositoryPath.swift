#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// A path inside a repository, relative to its root: bytes with `/` between the components.
///
/// Git paths are bytes and need not be UTF-8, so this is neither a `String` nor a `FilePath`:
/// an absolute path and a path in the repository cannot be mixed up.
public struct RepositoryPath: Hashable, Sendable {
  /// The path as git stores it.
  public let bytes: [UInt8]

  /// A path from git's bytes: no leading or trailing slash.
  public init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  /// A path from text.
  public init(_ text: some StringProtocol) { self.bytes = Array(text.utf8) }

  init(cString: UnsafePointer<CChar>) {
    self.bytes = UnsafeBufferPointer(start: cString, count: cStringLength(cString)).map {
      UInt8(bitPattern: $0)
    }
  }

  /// Where this path is in a checkout whose root is `root`.
  public func absolute(in root: FilePath) -> FilePath {
    var text = root.withPlatformString { pointer in
      Array(UnsafeBufferPointer(start: pointer, count: cStringLength(pointer)))
    }
    if text.last != CChar(bitPattern: slash) { text.append(CChar(bitPattern: slash)) }
    text.append(contentsOf: bytes.map { CChar(bitPattern: $0) })
    text.append(0)
    return text.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return root }
      return FilePath(platformString: start)
    }
  }

  /// The path with `component` behind it; the empty path is the root.
  public func appending(_ component: some Sequence<UInt8>) -> RepositoryPath {
    bytes.isEmpty
      ? RepositoryPath(bytes: component) : RepositoryPath(bytes: bytes + [slash] + component)
  }

  /// The directory that holds this path; `nil` at the root's own level.
  public var parent: RepositoryPath? {
    guard let cut = bytes.lastIndex(of: slash) else { return nil }
    return RepositoryPath(bytes: bytes[..<cut])
  }

  /// The bytes behind the last slash.
  public var lastComponent: ArraySlice<UInt8> {
    guard let cut = bytes.lastIndex(of: slash) else { return bytes[...] }
    return bytes[(cut + 1)...]
  }

  /// Whether this path is `directory` or lies below it.
  public func isInside(_ directory: RepositoryPath) -> Bool {
    guard bytes.starts(with: directory.bytes) else { return false }
    return bytes.count == directory.bytes.count || directory.bytes.isEmpty
      || bytes[directory.bytes.count] == slash
  }

  func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: bytes.count + 1) { buffer in
      bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
      buffer[bytes.count] = 0
      return body(UnsafePointer(buffer.baseAddress.unsafelyUnwrapped))
    }
  }
}

private let slash = UInt8(ascii: "/")

extension RepositoryPath {
  /// Feeds the bytes to the hasher all at once.
  public func hash(into hasher: inout Hasher) {
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
  }
}

extension RepositoryPath: Comparable {
  /// Git's order: by bytes, unsigned.
  public static func < (left: Self, right: Self) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}

extension RepositoryPath: CustomStringConvertible {
  /// For people: bytes that are not UTF-8 are replaced.
  public var description: String { String(decoding: bytes, as: UTF8.self) }
}

extension RepositoryPath: ExpressibleByStringLiteral {
  /// A path from a literal.
  public init(stringLiteral value: String) { self.init(value) }
}
