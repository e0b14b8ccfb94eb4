extension PathSituation {
  /// What a switch does with one path that differs between two commits, first rule that fits.
  ///
  /// As in git, what differs from the old commit stays if it is what the new one has, and is in the
  /// way otherwise; a file that was deleted is none that could be lost. Other than in git, a file
  /// that has the new content already is taken as it is, so that a switch that was cut off can
  /// simply be done again.
  func switchDecision(overwritingIgnored: Bool) -> PathDecision {
    switch index {
    case .unmerged: return .obstacle(.unmerged)
    case .intentToAdd: return .obstacle(.intentToAdd)
    case .absent, .entry: break
    }
    if old?.mode == .gitlink || new?.mode == .gitlink {
      return index.entry == new ? .leave : gitlinkDecision
    }
    guard let entry = index.entry else { return untrackedDecision(overwritingIgnored) }
    if entry == new { return .leave }
    guard entry == old else { return .obstacle(.edited) }
    if case .entry(_, skipWorktree: true) = index { return .indexOnly }
    if let fileObstacle { return .obstacle(fileObstacle) }
    if fileIs(new) && new != nil { return .indexOnly }
    return file == .absent || fileIs(old) ? .replace : .obstacle(.edited)
  }

  /// For a path that the index has not.
  private func untrackedDecision(_ overwritingIgnored: Bool) -> PathDecision {
    guard let new else {
      // git refuses, too, although it would not touch the file.
      return file.entry == nil || isIgnored ? .leave : .obstacle(.untracked)
    }
    guard old == nil else { return .obstacle(.deleted) }
    if let fileObstacle { return .obstacle(fileObstacle) }
    if file == .absent { return .replace }
    if fileIs(new) { return .indexOnly }
    guard isIgnored else { return .obstacle(.untracked) }
    return overwritingIgnored ? .replace : .obstacle(.ignored)
  }
}
