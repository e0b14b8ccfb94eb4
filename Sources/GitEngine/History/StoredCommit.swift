/// A commit as it is stored: its headers and its message, byte for byte.
struct StoredCommit {
  var tree: ObjectID
  var parents: [ObjectID]
  /// The value of the line: name, address, time.
  var author: [UInt8]
  var committer: [UInt8]
  /// The other headers, whole lines with their continuation lines.
  var otherHeaders: [(name: String, lines: [UInt8])] = []
  var message: CommitMessage

  init(
    tree: ObjectID, parents: [ObjectID], author: [UInt8], committer: [UInt8], message: CommitMessage
  ) {
    self.tree = tree
    self.parents = parents
    self.author = author
    self.committer = committer
    self.message = message
  }

  /// Reads the bytes of a commit; `nil` when they are none.
  init?(_ bytes: [UInt8]) {
    tree = .zero
    parents = []
    author = []
    committer = []
    message = CommitMessage(bytes: [])
    var rest = bytes[...]
    while !rest.isEmpty {
      let line = rest.prefix { $0 != lineFeed }
      rest = rest.dropFirst(line.count + 1)
      if line.isEmpty {
        message = CommitMessage(bytes: rest)
        break
      }
      if line.first == UInt8(ascii: " "), !otherHeaders.isEmpty {
        otherHeaders[otherHeaders.count - 1].lines += line + [lineFeed]
        continue
      }
      let name = String(decoding: line.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self)
      let value = line.dropFirst(name.utf8.count + 1)
      guard add(name, value, line) else { return nil }
    }
    guard tree != .zero else { return nil }
  }

  private mutating func add(
    _ name: String, _ value: ArraySlice<UInt8>, _ line: ArraySlice<UInt8>
  ) -> Bool {
    switch name {
    case "tree", "parent":
      guard let id = ObjectID(hex: String(decoding: value, as: UTF8.self)) else { return false }
      if name == "tree" { tree = id } else { parents.append(id) }
    case "author": author = Array(value)
    case "committer": committer = Array(value)
    default: otherHeaders.append((name, line + [lineFeed]))
    }
    return true
  }

  /// The bytes of the commit, with one more header if it is signed.
  func bytes(signature: [UInt8]? = nil) -> [UInt8] {
    var bytes = Array("tree \(tree)\n".utf8)
    for parent in parents { bytes += Array("parent \(parent)\n".utf8) }
    bytes += Array("author ".utf8) + author + Array("\ncommitter ".utf8) + committer + [lineFeed]
    for header in otherHeaders { bytes += header.lines }
    if let signature {
      let lines = signature.split(separator: lineFeed, omittingEmptySubsequences: false)
      bytes += Array("gpgsig".utf8)
      for line in lines { bytes += [UInt8(ascii: " ")] + line + [lineFeed] }
    }
    bytes.append(lineFeed)
    return bytes + message.bytes
  }

  /// The message and the author in UTF-8, as git rewrites them; what git's iconv knows and this does
  /// not stays, with the header that names the encoding.
  mutating func recodeToUTF8() {
    guard let position = otherHeaders.firstIndex(where: { $0.name == "encoding" }) else { return }
    let value = otherHeaders[position].lines.dropFirst("encoding ".utf8.count).dropLast()
    let name = String(decoding: value, as: UTF8.self).lowercased()
    switch name {
    case "utf-8", "utf8": break
    case "iso-8859-1", "iso8859-1", "latin1", "latin-1":
      author = Self.utf8(latin1: author)
      message = CommitMessage(bytes: Self.utf8(latin1: message.bytes))
    default: return
    }
    otherHeaders.remove(at: position)
  }

  private static func utf8(latin1: [UInt8]) -> [UInt8] {
    latin1.flatMap { $0 < 0x80 ? [$0] : [0xC0 | $0 >> 6, 0x80 | $0 & 0x3F] }
  }
}
