/// Values by the numbers of paths, in the order in which they were put in.
///
/// A merge looks up paths all the time; since their numbers are small, that takes no hashing.
struct PathMap<Value> {
  typealias Element = (path: PathID, value: Value)

  /// Where the value of a path is; -1 for none.
  private var positions: [Int32] = []
  /// One that no position refers to was removed.
  private var elements: [Element] = []
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  func contains(_ path: PathID) -> Bool { position(of: path) != nil }

  subscript(path: PathID) -> Value? {
    get { position(of: path).map { elements[$0].value } }
    set {
      if let newValue {
        if let position = position(of: path) {
          elements[position].value = newValue
        } else {
          add(newValue, for: path)
        }
      } else if contains(path) {
        positions[Int(path.index)] = -1
        count -= 1
      }
    }
  }

  /// The value of a path, to be changed in place; it is put in if there is none.
  subscript(path: PathID, default value: @autoclosure () -> Value) -> Value {
    get { self[path] ?? value() }
    _modify {
      let position = position(of: path) ?? add(value(), for: path)
      yield &elements[position].value
    }
  }

  /// Changes a value in place, if there is one.
  mutating func update(_ path: PathID, _ change: (inout Value) -> Void) {
    guard let position = position(of: path) else { return }
    change(&elements[position].value)
  }

  private func position(of path: PathID) -> Int? {
    let index = Int(path.index)
    return index < positions.count && positions[index] >= 0 ? Int(positions[index]) : nil
  }

  @discardableResult private mutating func add(_ value: Value, for path: PathID) -> Int {
    let index = Int(path.index)
    if index >= positions.count {
      positions.append(contentsOf: repeatElement(-1, count: index + 1 - positions.count))
    }
    positions[index] = Int32(elements.count)
    elements.append((path, value))
    count += 1
    return elements.count - 1
  }
}

extension PathMap: Sequence {
  func makeIterator() -> some IteratorProtocol<Element> {
    present.map { elements[$0] }.makeIterator()
  }

  /// The paths that have a value.
  var paths: some Sequence<PathID> { present.map { elements[$0].path } }

  private var present: LazyFilterSequence<Range<Int>> {
    elements.indices.lazy.filter { position(of: elements[$0].path) == $0 }
  }
}
