/// The directories of a sparse checkout in cone mode, as `git sparse-checkout` writes them.
struct SparseCone: Hashable, Sendable {
  /// Directories that are there with all below them.
  private(set) var whole: Set<RepositoryPath> = []
  /// Directories of which only the files are there; the root is the empty path.
  private(set) var filesOnly: Set<RepositoryPath> = []

  /// Reads `info/sparse-checkout`; `nil` when its patterns are not those of cone mode.
  ///
  /// `/dir/` is a directory; `!/dir/*/` behind it leaves its subdirectories out. `/*` is the root.
  init?(_ file: [UInt8]) {
    for line in file.split(separator: UInt8(ascii: "\n")) where line.first != UInt8(ascii: "#") {
      var line = line
      if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
      guard !line.isEmpty else { continue }
      if line.elementsEqual("/*".utf8) {
        whole.insert(Self.root)
      } else if line.elementsEqual("!/*/".utf8) {
        guard whole.remove(Self.root) != nil else { return nil }
        filesOnly.insert(Self.root)
      } else if line.first == UInt8(ascii: "!") {
        guard let directory = Self.directory(line.dropFirst(), ending: "/*/"),
          whole.remove(directory) != nil
        else { return nil }
        filesOnly.insert(directory)
      } else {
        guard let directory = Self.directory(line, ending: "/") else { return nil }
        whole.insert(directory)
      }
    }
  }

  private static let root = RepositoryPath(bytes: [])

  /// A line without the slash in front and the ending; a backslash makes the next byte a plain one.
  private static func directory(
    _ line: ArraySlice<UInt8>, ending: String
  ) -> RepositoryPath? {
    let ending = Array(ending.utf8)
    guard line.first == UInt8(ascii: "/"), line.count > ending.count + 1,
      line.suffix(ending.count).elementsEqual(ending)
    else { return nil }
    var bytes: [UInt8] = []
    var rest = line.dropFirst().dropLast(ending.count)
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\") {
        guard let next = rest.popFirst() else { return nil }
        bytes.append(next)
      } else if WildMatch.isSpecial(byte) {
        return nil
      } else {
        bytes.append(byte)
      }
    }
    return RepositoryPath(bytes: bytes)
  }

  /// Whether a file is a part of the checkout.
  func contains(_ path: RepositoryPath) -> Bool {
    if whole.contains(Self.root) { return true }
    guard let directory = path.parent else { return filesOnly.contains(Self.root) }
    if filesOnly.contains(directory) { return true }
    var above: RepositoryPath? = directory
    while let current = above {
      if whole.contains(current) { return true }
      above = current.parent
    }
    return false
  }
}
