internal import GitEngine

/// The branch that work lands on.
struct BaseBranch: Sendable {
  var name: ReferenceName
  var tip: ObjectID
  /// Whether it is the one that is checked out.
  var isCurrent: Bool
  /// The branch that it follows, if that has commits which this one lacks, and how many.
  var behind: (upstream: String, commits: Int)? {
    upstream.map { ($0, missing) }
  }

  private var upstream: String?
  private var missing = 0

  /// The configured branch, else the one that the remote's HEAD names, else the current one.
  init<Access>(
    _ configuration: ParallelConfiguration, _ git: borrowing GitSession<Access>
  ) throws {
    let current = try git.headBranch()
    if let configured = configuration.baseBranch {
      name = .branch(configured)
      guard try git.target(of: name) != nil else {
        throw RunRefusal.noBaseBranch("the configured branch '\(configured)' does not exist")
      }
    } else if let remote = try Self.remoteDefault(configuration.remoteName, git) {
      name = remote
    } else if let current {
      name = current
    } else {
      throw RunRefusal.noBaseBranch("HEAD is detached, and no remote names a default branch")
    }
    guard let tip = try git.target(of: name) else {
      throw RunRefusal.noBaseBranch("'\(name.shortName)' has no commit")
    }
    self.tip = tip
    isCurrent = name == current
    try lookUpstream(git)
  }

  private static func remoteDefault<Access>(
    _ remote: String, _ git: borrowing GitSession<Access>
  ) throws -> ReferenceName? {
    let prefix = "refs/remotes/\(remote)/"
    guard let target = try git.symbolicTarget(of: ReferenceName(prefix + "HEAD")),
      target.text.hasPrefix(prefix)
    else { return nil }
    let local = ReferenceName.branch(String(target.text.dropFirst(prefix.count)))
    return try git.target(of: local) == nil ? nil : local
  }

  private mutating func lookUpstream<Access>(_ git: borrowing GitSession<Access>) throws {
    guard let branch = name.branchName,
      let remote = try git.configuration("branch.\(branch).remote"),
      let merge = try git.configuration("branch.\(branch).merge")
    else { return }
    let short = ReferenceName(merge).shortName
    let tracking = remote == "." ? merge : "refs/remotes/\(remote)/\(short)"
    guard let other = try git.target(of: ReferenceName(tracking)) else { return }
    let commits = try git.commits(CommitWalk(from: [other], hiding: [tip]), limit: 1000)
    guard !commits.isEmpty else { return }
    (upstream, missing) = (remote == "." ? short : "\(remote)/\(short)", commits.count)
  }
}
