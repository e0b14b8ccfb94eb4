/// Puts together what the single comparisons found, one entry a path.
struct StatusList {
  private let index: IndexFile
  private var entries: [RepositoryPath: StatusEntry] = [:]

  init(_ index: IndexFile) { self.index = index }

  /// All entries, in order of path.
  var sorted: [StatusEntry] { entries.values.sorted { $0.path < $1.path } }

  private mutating func change(_ path: RepositoryPath, _ body: (inout StatusEntry) -> Void) {
    body(&entries[path, default: StatusEntry(path: path)])
  }

  /// - Parameter submodules: What differs in the directories of gitlinks, by position in the index.
  mutating func take(_ findings: ScanFindings, _ submodules: [Int: StatusEntry.Submodule]) {
    let index = index
    for file in findings.files {
      let indexed = index.entries[file.entry]
      change(index.path(indexed)) { entry in
        switch file.verdict {
        case .same, .doubtful, .directory: break
        case .deleted: (entry.unstaged, entry.index) = (.deleted, index.treeEntry(indexed))
        case .added(let mode): (entry.unstaged, entry.worktreeMode) = (.added, mode)
        case .changed(let mode):
          let recorded = index.treeEntry(indexed)
          entry.unstaged = recorded.mode.kind == mode.kind ? .modified : .typeChanged
          (entry.index, entry.worktreeMode) = (recorded, mode)
        case .submodule:
          (entry.unstaged, entry.submodule) = (.modified, submodules[file.entry])
          (entry.index, entry.worktreeMode) = (index.treeEntry(indexed), .gitlink)
        case .unmerged(let mode):
          (entry.stages, entry.worktreeMode) = (index.stages(at: file.entry), mode)
          if mode == .gitlink, let ours = entry.stages?.ours, ours.mode != .gitlink {
            entry.submodule = StatusEntry.Submodule(hasNewCommits: true)
          }
        }
        // A submodule in the place of a file has no commit in the index to differ from.
        if case .changed(.gitlink) = file.verdict {
          entry.submodule = StatusEntry.Submodule(hasNewCommits: true)
        }
      }
    }
    for path in findings.untracked { change(path) { $0.isUntracked = true } }
    for path in findings.ignored { change(path) { $0.isIgnored = true } }
  }

  mutating func take(_ changes: [StagedChange]) {
    let index = index
    for item in changes {
      change(item.path) { entry in
        if item.isUnmerged {
          if entry.stages == nil {
            entry.stages = index.positions(of: item.path).first.map { index.stages(at: $0) }
          }
          return
        }
        switch (item.head, item.index) {
        case (nil, let new?): (entry.staged, entry.index) = (.added, new)
        case (let old?, nil): (entry.staged, entry.head) = (.deleted, old)
        case (let old?, let new?):
          entry.staged = old.mode.kind == new.mode.kind ? .modified : .typeChanged
          (entry.head, entry.index) = (old, new)
        case (nil, nil): break
        }
      }
    }
  }

  mutating func take(_ renames: [StatusRename]) {
    for item in renames {
      change(item.target) { entry in
        entry.rename = StatusEntry.Rename(source: item.source, score: item.score)
        if item.isStaged {
          (entry.staged, entry.head, entry.index) = (.renamed, item.old, item.new)
        } else {
          (entry.unstaged, entry.index, entry.worktreeMode) = (.renamed, item.old, item.new.mode)
        }
      }
    }
  }
}

extension FileMode {
  /// The bits that tell files, links and gitlinks apart.
  fileprivate var kind: UInt32 { rawValue & 0o170000 }
}

extension IndexFile {
  /// The versions of an unfinished merge, whose first entry is at `first`.
  fileprivate func stages(at first: Int) -> StatusEntry.Stages {
    var stages = StatusEntry.Stages()
    var position = first
    while position < entries.count,
      isSamePath(entries[first], entries[position])
    {
      let version = treeEntry(entries[position])
      switch entries[position].stage {
      case 1: stages.ancestor = version
      case 2: stages.ours = version
      case 3: stages.theirs = version
      default: break
      }
      position += 1
    }
    return stages
  }
}
