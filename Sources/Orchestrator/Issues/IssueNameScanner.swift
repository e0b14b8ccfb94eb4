/// Finds ids and priorities in the names of issue files, which are bytes.
///
/// The usual name is `P1-BUG-001-short-title.md`; people also write `BUG-001.md` or `001-title.md`.
enum IssueNameScanner {
  /// The first id of any prefix in `text`; its letters must not continue a longer word.
  static func firstID(in text: [UInt8]) -> IssueID? {
    ids(in: text).first
  }

  /// The id that a file with this name carries in a category's directory.
  ///
  /// In this order: the first id with one of `prefixes`, the first such id in any case, the
  /// category's own prefix with the first number in the name. `nil` when there is no number.
  static func id(
    ofFileNamed name: [UInt8], prefixes: Set<String>, category: IssueCategory
  ) -> IssueID? {
    if let id = id(inName: name, prefixes: prefixes) { return id }
    let stem = withoutPriority(name)
    guard let start = stem.firstIndex(where: \.isASCIIDigit) else { return nil }
    return IssueID(prefix: category.prefix, digits: stem[start...].prefix(while: \.isASCIIDigit))
  }

  /// The first id in a name with one of the prefixes, in upper case if there is one.
  static func id(inName name: [UInt8], prefixes: Set<String>) -> IssueID? {
    let found = ids(in: withoutPriority(name), keepingCase: true)
      .filter { prefixes.contains($0.id.prefix) }
    return (found.first(where: \.isUpperCase) ?? found.first)?.id
  }

  /// The name without a leading `P1-`, whether or not that priority is configured.
  private static func withoutPriority(_ name: [UInt8]) -> ArraySlice<UInt8> {
    guard name.count > 2, name[0] | 0x20 == UInt8(ascii: "p"), name[1].isASCIIDigit,
      name[2] == UInt8(ascii: "-")
    else { return name[...] }
    return name[3...]
  }

  private static func ids(in text: [UInt8]) -> [IssueID] {
    ids(in: text[...], keepingCase: false).map(\.id)
  }

  /// Every `WORD-123`: the word is what stands before the hyphen back to the last separator.
  private static func ids(
    in text: ArraySlice<UInt8>, keepingCase: Bool
  ) -> [(id: IssueID, isUpperCase: Bool)] {
    text.indices.compactMap { hyphen in
      guard text[hyphen] == UInt8(ascii: "-") else { return nil }
      let digits = text[(hyphen + 1)...].prefix(while: \.isASCIIDigit)
      let word = text[..<hyphen].suffix(while: { $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x5F }
      )
      let prefix = String(decoding: word, as: UTF8.self)
      return IssueID(prefix: prefix, digits: digits).map { ($0, $0.prefix == prefix) }
    }
  }
}

extension Collection where Self: BidirectionalCollection {
  /// The longest end of the collection in which every element satisfies `predicate`.
  fileprivate func suffix(while predicate: (Element) -> Bool) -> SubSequence {
    guard let last = lastIndex(where: { !predicate($0) }) else { return self[...] }
    return self[index(after: last)...]
  }
}
