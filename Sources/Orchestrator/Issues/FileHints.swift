/// Which files and parts of the project an issue says that it will change.
///
/// Paths count only under a heading `Files to Modify` or `Files Changed`: elsewhere an issue names
/// files that it merely talks about. A part is named by `component: menu` and the like, anywhere.
struct FileHints: Hashable, Sendable {
  private(set) var files: Set<String> = []
  private(set) var directories: Set<String> = []
  private(set) var scopes: Set<String> = []

  private static let headings = ["files to modify", "files changed"]
  private static let scopeWords = ["scope", "component", "module", "directory", "folder"]

  /// Reads the text of an issue's file.
  init(_ text: [UInt8]) {
    let document = IssueDocument(text)
    let headings = MarkdownHeading.all(in: text, from: document.bodyStart)
    for (index, heading) in headings.enumerated()
    where Self.headings.contains(heading.text.lowercased()) {
      // Deeper headings group the files of a section.
      let next = headings[(index + 1)...].first { $0.level <= heading.level }
      addPaths(in: text[heading.start..<(next?.start ?? text.count)])
    }
    addScopes(in: text[document.bodyStart...])
  }

  private mutating func addPaths(in section: ArraySlice<UInt8>) {
    let text = String(decoding: section, as: UTF8.self)
    for word in text.split(whereSeparator: { $0.isWhitespace || "`\"'()[]{}<>,;".contains($0) }) {
      let path = Self.path(word)
      guard path.utf8.allSatisfy(Self.isPathByte), !path.contains("//") else { continue }
      if path.hasSuffix("/") {
        let name = path.dropLast()
        if name.contains(where: \.isLetter) { directories.insert(String(name)) }
      } else if Self.hasExtension(path) {
        files.insert(String(path))
      }
    }
  }

  /// The word without what a sentence, a line number or `./` adds to a path.
  private static func path(_ word: Substring) -> Substring {
    var path = word
    while path.hasPrefix("./") { path = path.dropFirst(2) }
    if let colon = path.firstIndex(of: ":"),
      path[path.index(after: colon)...].allSatisfy({ $0.isNumber || ":-,".contains($0) })
    {
      path = path[..<colon]
    }
    while let last = path.last, ".:!?*_".contains(last) { path = path.dropLast() }
    while let first = path.first, "*_".contains(first) { path = path.dropFirst() }
    return path
  }

  private static func isPathByte(_ byte: UInt8) -> Bool {
    byte.isASCIILetter || byte.isASCIIDigit || "_./-+@".utf8.contains(byte) || byte >= 0x80
  }

  /// A letter behind the last dot of the last component, and something before that dot.
  private static func hasExtension(_ path: Substring) -> Bool {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return false }
    let suffix = name[name.index(after: dot)...]
    // "e.g" and "i.e" are words.
    return (suffix.first?.isLetter ?? false) && suffix.count <= 12
      && (path.contains("/") || name[..<dot].count > 1)
  }

  private mutating func addScopes(in body: ArraySlice<UInt8>) {
    for line in String(decoding: body, as: UTF8.self).split(whereSeparator: \.isNewline) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let before = line[..<colon].split { !$0.isLetter && $0 != "-" }
      guard let word = before.last, Self.scopeWords.contains(word.lowercased()) else { continue }
      let value = line[line.index(after: colon)...]
        .drop { $0.isWhitespace || "`\"'*".contains($0) }
        .prefix { $0.isLetter || $0.isNumber || "_./-".contains($0) }
      guard let end = value.lastIndex(where: { $0.isLetter || $0.isNumber || $0 == "_" }) else {
        continue
      }
      scopes.insert(value[...end].lowercased())
    }
  }

  /// What both issues name, in order; empty when they may run side by side.
  func shared(with other: FileHints, _ configuration: OverlapConfiguration) -> [String] {
    var shared: Set<String> = []
    let mine = files.filter { configuration.counts($0) }
    let theirs = other.files.filter { configuration.counts($0) }
    let both = mine.intersection(theirs)
    let smaller = min(mine.count, theirs.count)
    if both.count >= configuration.minimumFiles,
      Double(both.count) >= configuration.minimumRatio * Double(smaller)
    {
      shared.formUnion(both)
    }
    for directory in directories {
      for path in other.directories.union(theirs) where configuration.holds(directory, path) {
        shared.insert(path)
      }
    }
    for directory in other.directories {
      for path in directories.union(mine) where configuration.holds(directory, path) {
        shared.insert(path)
      }
    }
    return (shared.union(scopes.intersection(other.scopes))).sorted()
  }
}

extension OverlapConfiguration {
  /// Whether a file's name is not too common to mean anything.
  fileprivate func counts(_ file: String) -> Bool {
    let name = file.split(separator: "/").last.map(String.init) ?? file
    return !excludedCommonFiles.contains(name)
  }

  /// Whether a directory is another path or holds it, and lies deep enough to mean something.
  fileprivate func holds(_ directory: String, _ path: String) -> Bool {
    let outer = directory.split(separator: "/")
    return outer.count >= minimumDirectoryDepth && path.split(separator: "/").starts(with: outer)
  }
}
