/// Finds the attributes of paths as git does; for one thread.
///
/// It remembers the rules of the directories that it has been asked about, so it is for one
/// operation, in which no attributes file changes.
final class AttributeLookup {
  /// Gives the text of the `.gitattributes` in a directory; `nil` when there is none.
  typealias Reader = (_ directory: RepositoryPath) throws(GitError) -> [UInt8]?

  private struct Rule {
    var pattern: IgnorePattern
    var assignments: [(name: Int, state: AttributeLine.State)]
  }

  /// The rules of one file.
  private struct List {
    var rules: [Rule]
    /// The length of the directory that the file lies in, with its slash.
    var base: Int
  }

  private let ignoresCase: Bool
  private let machine: MachineAttributes
  /// The numbers of the names that occur.
  private var numbers: [[UInt8]: Int] = [:]
  private var names: [[UInt8]] = []
  /// What attributes stand for, by their numbers.
  private var macros: [Int: [(name: Int, state: AttributeLine.State)]] = [:]
  private var local: List?
  private var common: [List] = []
  /// The lists of a directory and those above it, the deepest first.
  private var directories: [RepositoryPath: [List]] = [:]
  private var last: (directory: RepositoryPath?, lists: [List])?
  /// What is known of the path at hand, by numbers of names.
  private var states: [AttributeLine.State?] = []

  init(_ machine: MachineAttributes, ignoresCase: Bool) {
    self.machine = machine
    self.ignoresCase = ignoresCase
  }

  /// The states of some attributes of a path.
  func states(
    of wanted: [[UInt8]], for path: RepositoryPath, _ read: Reader
  ) throws(GitError) -> [AttributeLine.State] {
    try evaluate(path, read)
    return wanted.map { name in numbers[name].flatMap { states[$0] } ?? .unspecified }
  }

  /// All attributes of a path that have a state.
  func allStates(
    for path: RepositoryPath, _ read: Reader
  ) throws(GitError) -> [[UInt8]: AttributeLine.State] {
    try evaluate(path, read)
    var found: [[UInt8]: AttributeLine.State] = [:]
    for (number, state) in states.enumerated() {
      if let state, state != .unspecified { found[names[number]] = state }
    }
    return found
  }

  private func evaluate(_ path: RepositoryPath, _ read: Reader) throws(GitError) {
    let lists = try lists(for: path.parent, read)
    states = Array(repeating: nil, count: names.count)
    let nameStart = path.bytes.count - path.lastComponent.count
    path.bytes.withUnsafeBufferPointer { bytes in
      if let local { apply(local, bytes, nameStart) }
      for list in lists { apply(list, bytes, nameStart) }
      for list in common { apply(list, bytes, nameStart) }
    }
  }

  private func apply(_ list: List, _ path: UnsafeBufferPointer<UInt8>, _ nameStart: Int) {
    // The last rule of a file comes first, and who comes first decides.
    for rule in list.rules.reversed() where !rule.pattern.needsDirectory {
      if rule.pattern.matches(
        path, base: list.base, nameStart: nameStart, ignoresCase: ignoresCase)
      {
        decide(rule.assignments)
      }
    }
  }

  private func decide(_ assignments: [(name: Int, state: AttributeLine.State)]) {
    for (name, state) in assignments.reversed() where states[name] == nil {
      states[name] = state
      if state == .set, let macro = macros[name] { decide(macro) }
    }
  }

  // MARK: Files

  private func lists(
    for directory: RepositoryPath?, _ read: Reader
  ) throws(GitError) -> [List] {
    if let last, last.directory == directory { return last.lists }
    let lists = try findLists(directory ?? "", read)
    last = (directory, lists)
    return lists
  }

  private func findLists(
    _ directory: RepositoryPath, _ read: Reader
  ) throws(GitError) -> [List] {
    if let known = directories[directory] { return known }
    let isRoot = directory.bytes.isEmpty
    let lines = AttributeLine.parse(try read(directory) ?? [], allowsMacros: isRoot)
    var lists: [List]
    if isRoot {
      // Of a macro that is defined twice, the definition nearest to the path counts.
      local = list(machine.local)
      lists = []
      if let own = list(lines) { lists = [own] }
      common = [machine.user, machine.system].compactMap { list($0) }
      _ = list(Self.builtIn)
    } else {
      lists = try findLists(directory.parent ?? "", read)
      if let own = list(lines, base: directory.bytes.count + 1) { lists.insert(own, at: 0) }
    }
    directories[directory] = lists
    return lists
  }

  private static let builtIn = AttributeLine.parse(
    Array("[attr]binary -diff -merge -text".utf8), allowsMacros: true)

  private func list(_ lines: [AttributeLine], base: Int = 0) -> List? {
    var rules: [Rule] = []
    var defined: [Int: [(name: Int, state: AttributeLine.State)]] = [:]
    for line in lines {
      let assignments = line.assignments.map { (name: number($0.name), state: $0.state) }
      switch line.subject {
      case .paths(let pattern): rules.append(Rule(pattern: pattern, assignments: assignments))
      case .macro(let name): defined[number(name)] = assignments
      }
    }
    for (name, assignments) in defined where macros[name] == nil { macros[name] = assignments }
    return rules.isEmpty ? nil : List(rules: rules, base: base)
  }

  private func number(_ name: [UInt8]) -> Int {
    if let known = numbers[name] { return known }
    numbers[name] = names.count
    names.append(name)
    return names.count - 1
  }
}

/// The attributes files that are no part of a checkout.
struct MachineAttributes: Sendable {
  /// `info/attributes`, which comes before all others.
  var local: [AttributeLine] = []
  /// The file that `core.attributesFile` names.
  var user: [AttributeLine] = []
  /// `/etc/gitattributes`.
  var system: [AttributeLine] = []
}
