/// A line "Key: value" at the end of a commit's message.
public struct Trailer: Hashable, Sendable {
  /// What is before the colon: "Signed-off-by".
  public var key: String
  /// What is behind it, without white space around it; continuation lines are part of it.
  public var value: String

  /// A trailer.
  public init(_ key: String, _ value: String) {
    self.key = key
    self.value = value
  }
}

extension CommitMessage {
  /// The trailers, in order, as `git interpret-trailers --parse` finds them.
  ///
  /// They are the last paragraph, if it consists of them alone, or in part of some that git itself
  /// made. The key of a trailer that only the configuration knows is not recognised as such.
  public var trailers: [Trailer] {
    TrailerBlock(self, stopsAtPatch: true).items.compactMap { item in
      TrailerBlock.parse(item).map {
        Trailer(String(decoding: $0.key, as: UTF8.self), String(decoding: $0.value, as: UTF8.self))
      }
    }
  }

  /// The message with a trailer behind the others, as `git interpret-trailers --trailer` adds it:
  /// not if the last one is the same already.
  public func adding(_ trailer: Trailer) -> CommitMessage {
    let message = withCompleteLine
    let block = TrailerBlock(message, stopsAtPatch: true)
    var result = Array(message.bytes[..<block.range.lowerBound])
    if !block.isAfterBlankLine { result.append(lineFeed) }
    var last: (key: ArraySlice<UInt8>, value: ArraySlice<UInt8>)?
    for item in block.items where item.first != UInt8(ascii: "#") {
      if let parsed = TrailerBlock.parse(item) {
        result += parsed.key + Array(": ".utf8) + parsed.value + [lineFeed]
        last = parsed
      } else {
        result += item
        if item.last != lineFeed { result.append(lineFeed) }
        last = nil
      }
    }
    let key = Array(trailer.key.utf8)[...].trimmed
    let value = Array(trailer.value.utf8)[...].trimmed
    if !(last.map { Self.isSame($0.key, key) && $0.value.isEqualIgnoringCase(value) } ?? false) {
      result += key + Array(": ".utf8) + value + [lineFeed]
    }
    return CommitMessage(bytes: result + message.bytes[block.range.upperBound...])
  }

  /// The message with a line "Signed-off-by", as `git commit --signoff` adds it: not if it is the last
  /// trailer already.
  public func signedOff(by signature: Signature) -> CommitMessage {
    let line = Array("Signed-off-by: \(signature.name) <\(signature.email)>\n".utf8)
    var message = withCompleteLine
    if message.bytes == line { return message }
    let block = TrailerBlock(message, stopsAtPatch: false)
    guard block.range.isEmpty else {
      if block.items.last.map({ $0.elementsEqual(line) }) ?? false { return message }
      message.bytes += line
      return message
    }
    switch message.bytes.count {
    case 0: message.bytes += [lineFeed, lineFeed]
    case 1: message.bytes.append(lineFeed)
    case let count where message.bytes[count - 2] != lineFeed: message.bytes.append(lineFeed)
    default: break
    }
    message.bytes += line
    return message
  }

  /// The message with the line that `git cherry-pick -x` adds.
  func recordingOrigin(_ commit: ObjectID) -> CommitMessage {
    var message = withCompleteLine
    if TrailerBlock(message, stopsAtPatch: false).range.isEmpty { message.bytes.append(lineFeed) }
    message.bytes += Array("(cherry picked from commit \(commit))\n".utf8)
    return message
  }

  private var withCompleteLine: CommitMessage {
    guard let last = bytes.last, last != lineFeed else { return self }
    return CommitMessage(bytes: bytes + [lineFeed])
  }

  /// As in git, a key is the same as one that it begins with.
  private static func isSame(_ one: ArraySlice<UInt8>, _ other: ArraySlice<UInt8>) -> Bool {
    let count = min(one.count, other.count)
    return one.prefix(count).isEqualIgnoringCase(other.prefix(count))
  }
}

extension ArraySlice<UInt8> {
  fileprivate func isEqualIgnoringCase(_ other: ArraySlice<UInt8>) -> Bool {
    elementsEqual(other) { $0.lowercased == $1.lowercased }
  }
}
