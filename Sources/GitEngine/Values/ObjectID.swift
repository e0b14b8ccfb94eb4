internal import CLibGit2

/// The name of a git object: a SHA-1 of 20 bytes.
public struct ObjectID: Hashable, Sendable {
  /// The 20 bytes, inline so that a value of this type never allocates.
  private var words: (UInt64, UInt64, UInt32)

  /// Reads the 40 hexadecimal digits of a full object id; `nil` for anything else.
  public init?(hex: some StringProtocol) {
    // Not by libgit2: its parser crashes on a wrong digit before the library is started.
    guard hex.utf8.count == 40 else { return nil }
    var oid = git_oid()
    let isValid = withUnsafeMutableBytes(of: &oid.id) { bytes in
      for (position, character) in hex.utf8.enumerated() {
        guard let digit = Self.digit(character) else { return false }
        bytes[position / 2] = bytes[position / 2] << 4 | digit
      }
      return true
    }
    guard isValid else { return nil }
    self.init(oid)
  }

  private static func digit(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  init(_ oid: git_oid) {
    words = (0, 0, 0)
    withUnsafeMutableBytes(of: &words) { target in
      withUnsafeBytes(of: oid.id) {
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<20]))
      }
    }
  }

  init(_ oid: UnsafePointer<git_oid>) { self.init(oid.pointee) }

  /// The id in the first 20 of some bytes.
  init(bytes: UnsafeRawBufferPointer) {
    words = (0, 0, 0)
    withUnsafeMutableBytes(of: &words) { target in
      target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<20]))
    }
  }

  /// Reads 40 hexadecimal digits in lower case; `nil` for anything else.
  init?(hex text: UnsafeRawBufferPointer, at start: Int) {
    guard start + 40 <= text.count else { return nil }
    words = (0, 0, 0)
    let isValid = withUnsafeMutableBytes(of: &words) { bytes in
      for index in 0..<20 {
        guard let high = Self.digit(text[start + 2 * index]),
          let low = Self.digit(text[start + 2 * index + 1])
        else { return false }
        bytes[index] = high << 4 | low
      }
      return true
    }
    guard isValid else { return nil }
  }

  /// The first 8 bytes, which are as good as any hash.
  var firstBytes: UInt64 { words.0 }

  /// Calls `body` with the 20 bytes.
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    withUnsafeBytes(of: words) { body(UnsafeRawBufferPointer(rebasing: $0[..<20])) }
  }

  /// The id that means "no object", as in a reflog's first entry.
  public static let zero = ObjectID(git_oid())

  /// The same id for libgit2.
  var raw: git_oid {
    var oid = git_oid()
    withUnsafeMutableBytes(of: &oid.id) { target in
      withUnsafeBytes(of: words) {
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<20]))
      }
    }
    return oid
  }

  /// Calls `body` with a pointer that libgit2 can read during the call.
  func withRaw<Result>(_ body: (UnsafePointer<git_oid>) -> Result) -> Result {
    withUnsafePointer(to: raw) { body($0) }
  }

  /// The first 7 digits, for people.
  public var short: String { String(description.prefix(7)) }

  /// Equal ids name equal objects.
  public static func == (left: Self, right: Self) -> Bool { left.words == right.words }

  /// Feeds the first bytes to the hasher, which are as good as any hash.
  public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

extension ObjectID: CustomStringConvertible {
  /// All 40 hexadecimal digits.
  public var description: String {
    withUnsafeBytes(of: words) { bytes in
      let digits = Array("0123456789abcdef".utf8)
      return String(unsafeUninitializedCapacity: 40) { buffer in
        for index in 0..<20 {
          buffer[2 * index] = digits[Int(bytes[index] >> 4)]
          buffer[2 * index + 1] = digits[Int(bytes[index] & 15)]
        }
        return 40
      }
    }
  }
}
