/// The trees that an index remembers: which range of its entries a stored tree stands for.
struct CachedTrees {
  struct Node {
    /// The directory's own name.
    var name: [UInt8]
    /// How many entries it covers; `nil` when the tree is not known any more.
    var entryCount: Int?
    var id: ObjectID
    /// In this list; by length of name, then by name, as in git.
    var children: [Int] = []
  }

  /// The root comes first.
  private(set) var nodes: [Node]

  /// Of an index that remembers none.
  init() { nodes = [Node(name: [], entryCount: nil, id: .zero)] }

  /// Reads the extension `TREE`; `nil` when it makes no sense, which only costs time.
  init?(_ bytes: UnsafeRawBufferPointer) {
    nodes = []
    var position = 0
    guard parseNode(bytes, &position, depth: 0) != nil else { return nil }
  }

  /// A node: a name, a zero byte, "<entries> <children>\n", and the id if entries is not negative.
  private mutating func parseNode(
    _ bytes: UnsafeRawBufferPointer, _ position: inout Int, depth: Int
  ) -> Int? {
    guard depth < 4096, let nameEnd = bytes[position...].firstIndex(of: 0) else { return nil }
    let name = bytes[position..<nameEnd]
    position = nameEnd + 1
    guard let entryCount = parseNumber(bytes, &position, before: " "),
      let childCount = parseNumber(bytes, &position, before: "\n")
    else { return nil }
    var node = Node(name: Array(name), entryCount: nil, id: .zero)
    if entryCount >= 0 {
      guard position + 20 <= bytes.count else { return nil }
      node.entryCount = entryCount
      node.id = ObjectID(bytes: UnsafeRawBufferPointer(rebasing: bytes[position..<(position + 20)]))
      position += 20
    }
    let number = nodes.count
    nodes.append(node)
    guard childCount >= 0, childCount <= bytes.count else { return nil }
    var children: [Int] = []
    for _ in 0..<childCount {
      guard let child = parseNode(bytes, &position, depth: depth + 1) else { return nil }
      children.append(child)
    }
    // Other programs than git may have another order.
    nodes[number].children = children.sorted { isBefore(nodes[$0].name, nodes[$1].name) }
    return number
  }

  private func parseNumber(
    _ bytes: UnsafeRawBufferPointer, _ position: inout Int, before end: Unicode.Scalar
  ) -> Int? {
    var (number, isNegative) = (0, false)
    let start = position
    while position < bytes.count, position - start < 12 {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: end) where position > start + (isNegative ? 2 : 1):
        return isNegative ? -number : number
      case UInt8(ascii: "-") where position == start + 1: isNegative = true
      case UInt8(ascii: "0")...UInt8(ascii: "9"): number = 10 * number + Int(byte & 15)
      default: return nil
      }
    }
    return nil
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
    let place = place(of: name, in: node)
    guard place < nodes[node].children.count else { return nil }
    let child = nodes[node].children[place]
    return nodes[child].name.elementsEqual(name) ? child : nil
  }

  /// Where in the children of a node a name is, or would be.
  private func place(of name: some Collection<UInt8>, in node: Int) -> Int {
    let children = nodes[node].children
    var (low, high) = (0, children.count)
    while low < high {
      let middle = (low + high) / 2
      if isBefore(nodes[children[middle]].name, name) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func isBefore(_ one: [UInt8], _ other: some Collection<UInt8>) -> Bool {
    one.count == other.count ? one.lexicographicallyPrecedes(other) : one.count < other.count
  }
}

// MARK: Changing

extension CachedTrees {
  /// Remembers a tree, or with no count that it is not known any more.
  mutating func set(_ node: Int, _ id: ObjectID, entryCount: Int?) {
    (nodes[node].id, nodes[node].entryCount) = (id, entryCount)
  }

  /// The node of a directory directly below another, made if there is none.
  mutating func childToSet(_ name: some Collection<UInt8>, of node: Int) -> Int {
    if let child = child(name, of: node) { return child }
    let child = nodes.count
    nodes.append(Node(name: Array(name), entryCount: nil, id: .zero))
    nodes[node].children.insert(child, at: place(of: name, in: node))
    return child
  }

  /// Forgets a directory that has no entries any more.
  mutating func removeChild(_ child: Int, of node: Int) {
    nodes[node].children.removeAll { $0 == child }
  }
}
