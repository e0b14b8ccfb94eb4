/// A status in the form that `git status --porcelain -z` prints.
public struct StatusReport: Sendable {
  private let entries: [StatusEntry]

  /// A report of entries in order of path, as ``GitSession/status(_:)`` gives them.
  public init(_ entries: [StatusEntry]) { self.entries = entries }

  /// The bytes of `git status --porcelain=v2 -z`.
  public var porcelainV2: [UInt8] {
    var bytes: [UInt8] = []
    for entry in entries where entry.hasChange && !entry.isConflicted {
      appendChange(entry, to: &bytes)
    }
    for entry in entries where entry.isConflicted { appendUnmerged(entry, to: &bytes) }
    for entry in entries where entry.isUntracked { append("? ", entry.path, to: &bytes) }
    for entry in entries where entry.isIgnored { append("! ", entry.path, to: &bytes) }
    return bytes
  }

  /// The bytes of `git status --porcelain=v1 -z`.
  public var porcelainV1: [UInt8] {
    var bytes: [UInt8] = []
    for entry in entries where entry.hasChange || entry.isConflicted {
      append("\(entry.letters(unchanged: " ")) ", entry.path, to: &bytes)
      if let source = entry.rename?.source { append("", source, to: &bytes) }
    }
    for entry in entries where entry.isUntracked { append("?? ", entry.path, to: &bytes) }
    for entry in entries where entry.isIgnored { append("!! ", entry.path, to: &bytes) }
    return bytes
  }

  /// The bytes of `git diff --cached --name-status -z`: from HEAD to the index.
  public var stagedNames: [UInt8] { names { $0.staged } }

  /// The bytes of `git diff --name-status -z`: from the index to the working tree.
  ///
  /// Of an unfinished merge it has the letter `U` alone; git adds a second record where the file is
  /// not "ours". As in git, a submodule that only has untracked files is no change.
  public var unstagedNames: [UInt8] {
    names { entry in
      if let submodule = entry.submodule, !submodule.hasNewCommits, !submodule.isModified,
        entry.unstaged == .modified
      {
        return nil
      }
      return entry.unstaged
    }
  }

  private func names(_ side: (StatusEntry) -> StatusEntry.Change?) -> [UInt8] {
    var bytes: [UInt8] = []
    for entry in entries {
      if entry.isConflicted {
        append("U\0", entry.path, to: &bytes)
      } else if let change = side(entry) {
        if change == .renamed, let rename = entry.rename {
          let digits = String(rename.score)
          let score = String(repeating: "0", count: 3 - digits.count) + digits
          append("R\(score)\0", rename.source, to: &bytes)
          append("", entry.path, to: &bytes)
        } else {
          append("\(change.letter)\0", entry.path, to: &bytes)
        }
      }
    }
    return bytes
  }

  private func append(_ text: String, _ path: RepositoryPath, to bytes: inout [UInt8]) {
    bytes += Array(text.utf8) + path.bytes + [0]
  }

  private func appendChange(_ entry: StatusEntry, to bytes: inout [UInt8]) {
    // Where one side did not change, it is what the other compared with.
    let head = entry.staged == nil ? entry.index : entry.head
    let worktree = entry.unstaged == nil ? entry.index?.mode : entry.worktreeMode
    let facts = [
      entry.letters(unchanged: "."),
      entry.submoduleField([head?.mode, entry.index?.mode, worktree]),
      octal(head?.mode), octal(entry.index?.mode), octal(worktree), id(head), id(entry.index),
    ].joined(separator: " ")
    guard let rename = entry.rename else { return append("1 \(facts) ", entry.path, to: &bytes) }
    append("2 \(facts) R\(rename.score) ", entry.path, to: &bytes)
    append("", rename.source, to: &bytes)
  }

  private func appendUnmerged(_ entry: StatusEntry, to bytes: inout [UInt8]) {
    guard let stages = entry.stages else { return }
    let versions = [stages.ancestor, stages.ours, stages.theirs]
    let facts =
      [entry.letters(unchanged: "."), entry.submoduleField([entry.worktreeMode])]
      + versions.map { octal($0?.mode) } + [octal(entry.worktreeMode)] + versions.map { id($0) }
    append("u \(facts.joined(separator: " ")) ", entry.path, to: &bytes)
  }

  private func id(_ entry: TreeEntry?) -> String { (entry?.id ?? .zero).description }

  private func octal(_ mode: FileMode?) -> String {
    let digits = String(mode?.rawValue ?? 0, radix: 8)
    return String(repeating: "0", count: 6 - digits.count) + digits
  }
}

extension StatusEntry {
  fileprivate var hasChange: Bool { staged != nil || unstaged != nil }

  /// The two letters of `git status`: what is staged, and what is not.
  fileprivate func letters(unchanged: String) -> String {
    if let stages {
      switch (stages.ancestor != nil, stages.ours != nil, stages.theirs != nil) {
      case (true, false, false): return "DD"
      case (false, true, false): return "AU"
      case (true, true, false): return "UD"
      case (false, false, true): return "UA"
      case (true, false, true): return "DU"
      case (false, true, true): return "AA"
      default: return "UU"
      }
    }
    return (staged?.letter ?? unchanged) + (unstaged?.letter ?? unchanged)
  }

  fileprivate func submoduleField(_ modes: [FileMode?]) -> String {
    guard modes.contains(.gitlink) else { return "N..." }
    let state = submodule ?? Submodule()
    return "S" + (state.hasNewCommits ? "C" : ".") + (state.isModified ? "M" : ".")
      + (state.hasUntracked ? "U" : ".")
  }
}

extension StatusEntry.Change {
  fileprivate var letter: String {
    switch self {
    case .added: "A"
    case .modified: "M"
    case .deleted: "D"
    case .typeChanged: "T"
    case .renamed: "R"
    }
  }
}
