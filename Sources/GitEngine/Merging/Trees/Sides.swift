/// One of the three trees of a merge.
enum Side: Int {
  case base
  case ours
  case theirs

  /// The side that is merged with this one; the ancestor has none but itself.
  var other: Side {
    switch self {
    case .base: .base
    case .ours: .theirs
    case .theirs: .ours
    }
  }

  var asSet: Sides { Sides(rawValue: 1 << UInt8(rawValue)) }

  static var all: Run { Run(first: .base) }
  static var merged: Run { Run(first: .ours) }

  /// Sides one after the other; not an array, since a merge goes over them for each path.
  struct Run: Sequence, IteratorProtocol {
    private var number: Int

    fileprivate init(first: Side) { number = first.rawValue }

    mutating func next() -> Side? {
      defer { number += 1 }
      return Side(rawValue: number)
    }
  }
}

/// Some of the three trees of a merge.
struct Sides: OptionSet {
  let rawValue: UInt8

  static let base = Sides(rawValue: 1)
  static let ours = Sides(rawValue: 2)
  static let theirs = Sides(rawValue: 4)
  static let all: Sides = [.base, .ours, .theirs]

  func contains(_ side: Side) -> Bool { contains(side.asSet) }
}

/// A value for each of the three trees of a merge.
struct Triple<Value> {
  var base: Value
  var ours: Value
  var theirs: Value

  init(_ base: Value, _ ours: Value, _ theirs: Value) {
    (self.base, self.ours, self.theirs) = (base, ours, theirs)
  }

  subscript(side: Side) -> Value {
    // In place, to read and to change: a value may hold many arrays.
    _read {
      switch side {
      case .base: yield base
      case .ours: yield ours
      case .theirs: yield theirs
      }
    }
    _modify {
      switch side {
      case .base: yield &base
      case .ours: yield &ours
      case .theirs: yield &theirs
      }
    }
  }
}

extension Triple: Equatable where Value: Equatable {}

/// What git means by the type of an entry: whether it is executable is none.
enum EntryType {
  case file
  case symbolicLink
  case gitlink
  case tree
}

extension FileMode {
  var type: EntryType {
    switch self {
    case .regular, .executable: .file
    case .symbolicLink: .symbolicLink
    case .gitlink: .gitlink
    case .tree: .tree
    }
  }
}
