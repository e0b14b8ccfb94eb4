internal import GitEngine

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Something that changed in the user's checkout, or on its branches, while agents ran, and that no
/// landing brought.
///
/// Nobody can tell for sure whether an agent or the user did it. So nothing is done about it; the user
/// is told, with the command that would move it away.
struct Leak: Hashable, Sendable {
  enum What: Hashable, Sendable {
    /// Files that became dirty, or dirty in another way.
    case files([RepositoryPath])
    /// Commits on a branch, the newest first.
    case commits([ObjectID], summary: String, branch: ReferenceName, before: ObjectID)
    /// HEAD of the checkout is another one; `isBranch` is about the old one.
    case head(from: String, isBranch: Bool, to: String)
  }

  /// Where the commits of a leak lie in the end.
  enum Place: Hashable, Sendable {
    /// On top of a branch that is checked out.
    case onTop
    /// On top of a branch that is not.
    case elsewhere
    /// Below others, such as a landing.
    case below
  }

  var what: What
  /// The issues whose agents may have done it, the likely ones alone if there are any.
  var suspects: [String]
  /// Where these issues' worktrees are, as far as they are still there.
  var worktrees: [String: FilePath] = [:]
  /// Of commits.
  var place = Place.below
}

/// A leak, told to the user.
public struct LeakReport: Hashable, Sendable {
  /// What changed, as a sentence.
  public var text: String
  /// The issues whose agents may have done it.
  public var suspects: [String]
  /// What would move it away; nothing was moved.
  public var command: String
}

extension Leak {
  private static let shownPaths = 10

  var report: LeakReport {
    LeakReport(text: "\(subject), \(blame)", suspects: suspects, command: command)
  }

  private var blame: String {
    switch suspects.count {
    case 0: "while the run was on"
    case 1: "while \(suspects[0]) was worked on"
    default: "while these were worked on: \(suspects.joined(separator: ", "))"
    }
  }

  private var subject: String {
    switch what {
    case .files(let paths):
      let shown = paths.prefix(Self.shownPaths).map(\.description).joined(separator: ", ")
      let more = paths.count > Self.shownPaths ? " and \(paths.count - Self.shownPaths) more" : ""
      return "in your checkout \(shown)\(more) changed"
    case .commits(let ids, let summary, let branch, _):
      let count = ids.count == 1 ? "the commit" : "\(ids.count) commits, the last of them"
      return "\(branch.shortName) got \(count) \(ids[0].short) (\(summary))"
    case .head(let old, _, let new):
      return "your checkout was switched from \(old) to \(new)"
    }
  }

  private var command: String {
    let name = suspects.count == 1 ? suspects[0] : "an agent"
    switch what {
    case .files(let paths):
      let list = paths.map { ShellWord.quoted($0.description) }.joined(separator: " ")
      let stash =
        "git stash push --include-untracked -m \(ShellWord.quoted("left by \(name)")) -- \(list)"
      // The stash is the same in all worktrees.
      guard suspects.count == 1, let worktree = worktrees[suspects[0]] else { return stash }
      return "\(stash) && git -C \(ShellWord.quoted(worktree.string)) stash pop"
    case .commits(let ids, _, let branch, let before):
      let copy = "leaked-\(suspects.count == 1 ? suspects[0].lowercased() : "work")"
      switch place {
      case .onTop: return "git branch \(copy) \(ids[0].short) && git reset --keep \(before.short)"
      case .elsewhere:
        return "git branch \(copy) \(ids[0].short) && git update-ref "
          + "\(ShellWord.quoted(branch.text)) \(before) \(ids[0])"
      case .below:
        return "git branch \(copy) \(ids[0].short) && git revert --no-edit "
          + ids.map(\.short).joined(separator: " ")
      }
    case .head(let old, let isBranch, _):
      return "git switch \(isBranch ? "" : "--detach ")\(ShellWord.quoted(old))"
    }
  }
}

/// Words of a shell command.
enum ShellWord {
  /// The word as a shell reads it back.
  static func quoted(_ word: String) -> String {
    let plain = word.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "-"),
        UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "@"), UInt8(ascii: "="):
        true
      default: false
      }
    }
    if plain, !word.isEmpty { return word }
    return "'"
      + word.split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "'\\''") + "'"
  }
}
