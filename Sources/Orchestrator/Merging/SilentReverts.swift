internal import GitEngine

/// Finds out whether a resolution takes back what the base branch gained.
///
/// It may do so where its commit message says so: a line `Drops: <path>` for each file. What is not
/// said is not landed.
struct SilentReverts: Sendable {
  let context: RunContext
  let work: FinishedWork

  struct Findings: Sendable {
    /// Why the resolution is not landed.
    var problem: String?
    /// What it drops and says so.
    var declared: String?
  }

  /// - Parameters:
  ///   - base: The commit of the base branch that was merged in.
  ///   - tip: The resolution.
  func find(base: ObjectID, in tip: ObjectID) async throws -> Findings {
    let (work, name) = (work, context.base.shortName)
    return try await context.repository.read { git in
      guard let fork = try git.mergeBase(work.tip, base) else { return Findings() }
      let lost = try git.lostLines(
        of: git.tree(of: base), since: git.tree(of: fork), in: git.tree(of: tip))
      guard !lost.isEmpty else { return Findings() }
      let messages = try git.commits(CommitWalk(from: [tip], hiding: [work.tip, base]))
        .map(\.message)
      let declared = Self.declaredPaths(in: messages)
      func isDeclared(_ item: LostLines) -> Bool { declared.contains(item.path.description) }
      let silent = lost.filter { !isDeclared($0) }
      var findings = Findings()
      if !silent.isEmpty {
        findings.problem =
          "it removes what \(name) gained and does not say so: \(Self.list(silent))"
      }
      if silent.count < lost.count { findings.declared = Self.list(lost.filter(isDeclared)) }
      return findings
    }
  }

  /// The paths of lines `Drops: <path>`, with or without a reason in parentheses behind.
  static func declaredPaths(in messages: [String]) -> Set<String> {
    var paths: Set<String> = []
    for line in messages.flatMap({ $0.split(whereSeparator: \.isNewline) }) {
      let line = line.drop(while: \.isWhitespace)
      guard line.lowercased().hasPrefix("drops:") else { continue }
      var path = line.dropFirst("drops:".count).drop(while: \.isWhitespace)
      while path.last?.isWhitespace == true { path.removeLast() }
      paths.insert(String(path))
      if path.last == ")", let remark = path.lastIndex(of: "(") {
        path = path[..<remark]
        while path.last?.isWhitespace == true { path.removeLast() }
        paths.insert(String(path))
      }
    }
    return paths
  }

  private static func list(_ lost: [LostLines]) -> String {
    let places = lost.flatMap { item -> [String] in
      item.lines.isEmpty
        ? ["all of \(item.path)"]
        : item.lines.map { "\(item.path):\($0.number) “\($0.text.shortened)”" }
    }
    let more = places.count > 5 ? " and \(places.count - 5) more" : ""
    return places.prefix(5).joined(separator: ", ") + more
  }
}

extension String {
  fileprivate var shortened: String {
    let text = drop(while: \.isWhitespace)
    return text.count > 60 ? text.prefix(59) + "…" : String(text)
  }
}
