/// The trees that an index remembers: which range of its entries a stored tree stands for.
struct CachedTrees {
  struct Node {
    /// The directory's own name.
    var name: [UInt8]
    /// How many entries it covers; `nil` when the tree is not known any more.
    var entryCount: Int?
    var id: ObjectID
    /// In this list.
    var children: [Int]
  }

  /// The root comes first.
  private(set) var nodes: [Node] = []

  /// Reads the extension `TREE`; `nil` when it makes no sense, which only costs time.
  init?(_ bytes: UnsafeRawBufferPointer) {
    var position = 0
    guard parseNode(bytes, &position, depth: 0) != nil else { return nil }
  }

  /// A node: a name, a zero byte, "<entries> <children>\n", and the id if entries is not negative.
  private mutating func parseNode(
    _ bytes: UnsafeRawBufferPointer, _ position: inout Int, depth: Int
  ) -> Int? {
    guard depth < 4096, let nameEnd = bytes[position...].firstIndex(of: 0),
      let lineEnd = bytes[nameEnd...].firstIndex(of: UInt8(ascii: "\n"))
    else { return nil }
    let numbers = bytes[(nameEnd + 1)..<lineEnd].split(separator: UInt8(ascii: " "))
      .map { Int(String(decoding: $0, as: UTF8.self)) }
    guard numbers.count == 2, let entryCount = numbers[0], let childCount = numbers[1] else {
      return nil
    }
    var node = Node(
      name: Array(bytes[position..<nameEnd]), entryCount: nil, id: .zero, children: [])
    position = lineEnd + 1
    if entryCount >= 0 {
      guard position + 20 <= bytes.count else { return nil }
      node.entryCount = entryCount
      node.id = ObjectID(bytes: UnsafeRawBufferPointer(rebasing: bytes[position..<(position + 20)]))
      position += 20
    }
    let number = nodes.count
    nodes.append(node)
    guard childCount >= 0, childCount <= bytes.count else { return nil }
    for _ in 0..<childCount {
      guard let child = parseNode(bytes, &position, depth: depth + 1) else { return nil }
      nodes[number].children.append(child)
    }
    return number
  }

  /// Forgets the trees of all directories above a path, and that of a directory of its name.
  mutating func invalidate(_ path: RepositoryPath) {
    var node = 0
    var rest = path.bytes[...]
    while true {
      nodes[node].entryCount = nil
      let end = rest.firstIndex(of: UInt8(ascii: "/"))
      guard let child = child(rest[..<(end ?? rest.endIndex)], of: node) else { return }
      guard let end else { return nodes[node].children.removeAll { $0 == child } }
      node = child
      rest = rest[(end + 1)...]
    }
  }

  /// The content of the extension `TREE`.
  var encoded: [UInt8] {
    var bytes: [UInt8] = []
    append(0, to: &bytes)
    return bytes
  }

  private func append(_ number: Int, to bytes: inout [UInt8]) {
    let node = nodes[number]
    bytes += node.name + [0]
    bytes += Array("\(node.entryCount ?? -1) \(node.children.count)\n".utf8)
    if node.entryCount != nil { node.id.withBytes { bytes.append(contentsOf: $0) } }
    for child in node.children { append(child, to: &bytes) }
  }

  /// The node of a directory directly below another.
  func child(_ name: some Collection<UInt8>, of node: Int) -> Int? {
    nodes[node].children.first { nodes[$0].name.elementsEqual(name) }
  }
}
