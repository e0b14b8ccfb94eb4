extension RepositoryPath {
  /// Whether a file of this path may be put into a working tree.
  ///
  /// git itself stores no such path, but a tree can be made to have one. Never is a file written
  /// outside of the working tree or into its `.git`, by any name that some file system takes for it.
  func isSafe(_ mode: FileMode) -> Bool {
    guard !bytes.isEmpty else { return false }
    return bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy {
      PathSafety.isSafe($0, isSymbolicLink: mode == .symbolicLink)
    }
  }

  /// Throws unless a file of this path may be put into a working tree.
  func requireSafe(_ mode: FileMode, _ operation: @autoclosure () -> String) throws(GitError) {
    guard !isSafe(mode) else { return }
    throw GitError(
      .invalidName, operation: operation(),
      message: "the path '\(self)' must not be written into a working tree")
  }
}

extension TreeChange {
  /// Throws unless what the new tree has here may be put into a working tree.
  func requireSafe(_ operation: @autoclosure () -> String) throws(GitError) {
    if let new { try path.requireSafe(new.mode, operation()) }
  }
}

/// The rules of git's `verify_path`, for all file systems at once.
private enum PathSafety {
  static func isSafe(_ name: ArraySlice<UInt8>, isSymbolicLink: Bool) -> Bool {
    guard let first = name.first else { return false }
    if first == UInt8(ascii: "."), name.count == 1 || name.elementsEqual("..".utf8) { return false }
    // All names in question begin so, or with a mark that one file system does not see.
    guard first == UInt8(ascii: ".") || first | 32 == UInt8(ascii: "g") || first >= 0x80 else {
      return true
    }
    let plain = withoutIgnorables(name).map(\.lowercased)
    if isGit(plain) { return false }
    return !(isSymbolicLink && plain.elementsEqual(".gitmodules".utf8))
  }

  /// `.git` and its short name, with what Windows drops behind a name.
  private static func isGit(_ name: [UInt8]) -> Bool {
    for git in [Array(".git".utf8), Array("git~1".utf8)] where name.starts(with: git) {
      let rest = name[git.count...].drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: ".") }
      if rest.isEmpty || rest.first == UInt8(ascii: ":") || rest.first == UInt8(ascii: "\\") {
        return true
      }
    }
    return false
  }

  /// The name without the characters that HFS+ leaves out of comparisons.
  private static func withoutIgnorables(_ name: ArraySlice<UInt8>) -> [UInt8] {
    guard name.contains(where: { $0 >= 0x80 }) else { return Array(name) }
    let text = String(decoding: name, as: UTF8.self)
    let visible = text.unicodeScalars.filter {
      switch $0.value {
      case 0x200C...0x200F, 0x202A...0x202E, 0x206A...0x206F, 0xFEFF: false
      default: true
      }
    }
    return Array(String(String.UnicodeScalarView(visible)).utf8)
  }
}
