import FoundationEssentials
import GitEngine
import Orchestrator

/// Saved work as lines and as JSON.
enum SavedText {
  /// One line of the list.
  static func line(_ entry: SavedWork.Entry) -> String {
    let files = entry.files.count == 1 ? "1 file" : "\(entry.files.count) files"
    let name = Text.padded(entry.name, to: 14)
    return "\(name)  \(time(entry))  \(Text.padded(files, to: 9))  \(entry.commit.summary)"
      + (entry.isLanded ? "  (landed)" : "")
  }

  /// All of an entry.
  static func lines(_ entry: SavedWork.Entry) -> [String] {
    var lines = [
      "\(entry.name)  \(time(entry))", "  \(entry.commit.summary)",
      "  \(entry.reference.text)  \(entry.commit.id)",
    ]
    if entry.isLanded { lines.append("  the base branch has it") }
    for file in entry.files {
      let counts =
        if let added = file.added, let deleted = file.deleted { "+\(added) -\(deleted)" } else {
          "binary"
        }
      lines.append("  \(Text.padded(counts, to: 12)) \(file.path)")
    }
    lines.append("  to bring it back: ll-parallel saved restore \(entry.name)")
    return lines
  }

  private static func time(_ entry: SavedWork.Entry) -> String {
    let date = Date(timeIntervalSince1970: Double(entry.commit.committer.seconds ?? 0))
    return date.formatted(Date.ISO8601FormatStyle())
  }

  private struct Object: Encodable {
    var name, issue, reference, commit, time, summary: String
    var landed: Bool
    var files: [File]

    struct File: Encodable {
      var path: String
      var added, deleted: Int?
    }
  }

  static func json(_ entries: [SavedWork.Entry]) throws -> String {
    try JSONText.of([
      "saved": entries.map { entry in
        Object(
          name: entry.name, issue: entry.issue, reference: entry.reference.text,
          commit: entry.commit.id.description, time: time(entry), summary: entry.commit.summary,
          landed: entry.isLanded,
          files: entry.files.map {
            Object.File(path: $0.path.description, added: $0.added, deleted: $0.deleted)
          })
      }
    ])
  }
}
