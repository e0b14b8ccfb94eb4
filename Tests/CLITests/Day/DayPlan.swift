import RunSupport
import SystemPackage
import TestSupport

/// A hundred issues, what the agent of each does, and what must become of it.
struct DayPlan {
  /// What an agent does.
  enum Kind: String, CaseIterable {
    /// Adds a line to a file of its own and commits.
    case edit
    /// Adds a file and commits.
    case add
    /// Adds a file and forgets to commit.
    case forget
    /// Leaves something and gives up.
    case fail
    /// Says that it is done, and did nothing.
    case nothing
    /// Says that the issue is to be closed.
    case close
    /// Says that the issue waits for something.
    case block
    /// Commits, and leaves a file in the user's checkout.
    case leak
    /// Never ends.
    case hang
    /// Changes a line that an agent which lands first changes too, and resolves that.
    case settle
    /// The same, and never resolves it.
    case quarrel
    /// The one that lands first.
    case rival
    /// Changes the line that the user has changed, too.
    case collide
    /// Needs what another one made.
    case need
    /// Depends on one that fails.
    case orphan

    /// How the issue ends.
    var outcome: String {
      switch self {
      case .edit, .add, .forget, .leak, .settle, .rival, .need: "landed"
      case .fail, .nothing, .hang: "failed"
      case .close: "closed"
      case .block: "blocked"
      case .quarrel: "conflict"
      case .collide: "deferred"
      case .orphan: "held"
      }
    }
  }

  struct Issue {
    var id: String
    var kind: Kind
    /// The file that the agent writes, without spaces.
    var file: String
    /// What it changes or waits for: another issue.
    var other = "-"
  }

  private(set) var issues: [Issue] = []
  /// The user's file whose edit is in the way of a landing, and stays there.
  let kept: String
  /// The one whose edit is in the way until the user takes it back.
  let freed: String
  /// The one whose edit is merged with a landing.
  let carried: String
  /// Further files of the user: staged and committed, staged, edited.
  let committed, staged, edited: String
  /// The file that the user merges in by hand.
  let merged: String

  /// - Parameter files: Files of the project with some dozens of lines, each used once.
  init(files: [String]) throws {
    var files = files[...]
    func next() throws -> String {
      guard let file = files.popFirst() else {
        throw OracleError(description: "the project has too few files")
      }
      return file
    }
    let (first, second, third) = (try next(), try next(), try next())
    (kept, freed, carried) = (first, second, third)
    (committed, staged, edited, merged) = (try next(), try next(), try next(), try next())
    add(.hang, 2) { _ in "hangs.txt" }
    // Early, so that the user's edits meet them.
    add(.collide, 1) { _ in first }
    add(.collide, 1) { _ in second }
    add(.edit, 1) { _ in third }
    for kind in [Kind.settle, .settle, .quarrel, .quarrel] {
      let file = try next()
      add(.rival, 1, other: "BUG-\(101 + issues.count + 1)") { _ in file }
      add(kind, 1, other: "BUG-\(101 + issues.count - 1)") { _ in file }
    }
    add(.fail, 5) { "half-of-\($0).txt" }
    add(.nothing, 2) { _ in "nothing.txt" }
    add(.close, 4) { _ in "closed.txt" }
    add(.block, 2) { _ in "blocked.txt" }
    add(.leak, 3) { "work/\($0).txt" }
    add(.forget, 12) { "work/\($0).txt" }
    let makers = issues.filter { $0.kind == .forget }.map(\.id)
    let failures = issues.filter { $0.kind == .fail }.map(\.id)
    for maker in makers.prefix(5) { add(.need, 1, other: maker) { "work/\($0).txt" } }
    for failure in failures.prefix(2) { add(.orphan, 1, other: failure) { _ in "never.txt" } }
    while !files.isEmpty, issues.count < 88 {
      let file = try next()
      add(.edit, 1) { _ in file }
    }
    add(.add, 100 - issues.count) { "work/\($0).txt" }
  }

  private mutating func add(
    _ kind: Kind, _ count: Int, other: String = "-", file: (String) -> String
  ) {
    for _ in 0..<count {
      let id = "BUG-\(101 + issues.count)"
      issues.append(Issue(id: id, kind: kind, file: file(id), other: other))
    }
  }

  func ids(_ kinds: Kind...) -> Set<String> {
    Set(issues.filter { kinds.contains($0.kind) }.map(\.id))
  }

  /// How each issue must end.
  var outcomes: [String: String] {
    var outcomes = Dictionary(uniqueKeysWithValues: issues.map { ($0.id, $0.kind.outcome) })
    // The user takes that edit back before the end.
    for issue in issues where issue.file == freed { outcomes[issue.id] = "landed" }
    return outcomes
  }

  /// The line that an issue's work adds.
  static func note(_ id: String) -> String { "// a note of \(id)" }

  /// Writes issues, configuration and agent into a repository.
  func write(to repository: TestRepository) throws {
    for issue in issues {
      var fields = ["status: open"]
      if issue.kind == .need || issue.kind == .orphan {
        fields.append("depends_on: \(issue.other)")
      }
      try repository.addIssue(issue.id, title: "Do \(issue.kind)", fields: fields)
    }
    let lines = issues.map { "\($0.id) \($0.kind.rawValue) \($0.file) \($0.other)\n" }
    try writeFile(repository.sandbox.appending("plan"), lines.joined())
    let agent = repository.sandbox.appending("claude")
    try writeFile(
      agent, "#!/bin/sh\nset -e\nSANDBOX='\(repository.sandbox)'\n\(Self.agent)\n",
      executable: true)
    try writeFile(
      repository.file(".ll/ll-config.json"),
      """
      {"parallel": {
        "agent_command": ["\(agent)"], "max_workers": 6, "max_merge_retries": 1,
        "timeout_per_issue": 30, "timeout_kill_grace_seconds": 2
      }}

      """)
  }

  private static let agent = #"""
    set -- "$@" "$(grep "^$LL_ISSUE_ID " "$SANDBOX/plan")"
    for last; do :; done
    prompt="$*"
    set -- $last
    id=$1 kind=$2 file=$3 other=$4
    say() {
      printf '{"type":"assistant","message":{"content":[{"type":"text","text":"%s"}]}}\n' "$1"
    }
    note() {
      sed "20a\\
    // a note of $id" "$file" > "$file.new"
      cat "$file.new" > "$file"
      rm "$file.new"
    }
    commit() { git add --all && git commit --quiet -m "work on $id"; }

    case "$prompt" in
    */ll:ready-issue*)
      case $kind in
      close) say '## VERDICT\nCLOSE\n\n## CLOSE_REASON\n- Reason: already_fixed\n' ;;
      block) say '## VERDICT\nBLOCKED\n\n## CONCERNS\n- it waits\n' ;;
      *) say '## VERDICT\nREADY\n' ;;
      esac
      exit ;;
    esac
    if [ -e "$(git rev-parse --git-path MERGE_HEAD)" ]; then
      [ "$kind" = settle ] || exit 0
      sed -i -e '/^<<<<<<< /d' -e '/^=======$/d' -e '/^>>>>>>> /d' "$file"
      git commit --quiet --all --no-edit
      exit
    fi
    mkdir -p work
    case $kind in
    edit | collide) note; commit ;;
    rival)
      until [ -e "$SANDBOX/began-$other" ]; do sleep 0.05; done
      note; commit ;;
    settle | quarrel)
      : > "$SANDBOX/began-$id"
      until git -C "$SANDBOX/repo" log --format=%s main | grep -q "^merge $other:"; do
        sleep 0.05
      done
      note; commit ;;
    add) echo "$id" > "$file"; commit ;;
    need) cat "work/$other.txt" > "$file"; commit ;;
    forget) echo "$id" > "$file" ;;
    leak) echo "$id" > "$SANDBOX/repo/leak-of-$id.txt"; echo "$id" > "$file"; commit ;;
    fail) echo "$id" > "$file"; echo "cannot do it" >&2; exit 3 ;;
    nothing) ;;
    hang) exec sleep 600 ;;
    esac
    """#
}
