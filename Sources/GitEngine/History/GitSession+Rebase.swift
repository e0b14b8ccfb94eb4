extension GitSession {
  /// Copies the commits that `tip` has and `upstream` has not onto another commit, in memory, as
  /// `git rebase` does by default.
  ///
  /// Merges are left out, and what they brought in is put in a row. Commits that the upstream has made as
  /// well, or of which nothing is left, are left out. Authors and messages stay; with the same dates
  /// the ids are those of git. No reference, index or file changes: move the branch to
  /// ``Rebase/tip`` yourself.
  ///
  /// With a `signer` its program is waited for: pass one in ``GitRepository/read(at:_:)`` only.
  ///
  /// - Throws: A ``GitError`` when an object cannot be read or stored, or, with the code `cancelled`,
  ///   when the task was cancelled, which is looked at before each commit and within merges.
  public func rebase(
    _ request: RebaseRequest, committer: Signature, signer: CommitSigner? = nil
  ) throws(GitError) -> RebaseOutcome {
    let commits = try commitsToRebase(request)
    var upstream: Set<ObjectID> = []
    if !request.keepsUpstreamChanges { upstream = try alreadyUpstream(commits, request) }
    var done = Rebase(tip: request.target, commits: [])
    var left: [ObjectID] = []
    for commit in commits {
      if upstream.contains(commit),
        try !PickSource(self, commit, mainline: nil, verb: "rebase").isEmpty(self)
      {
        done.commits.append(RebasedCommit(original: commit, result: .alreadyUpstream))
      } else {
        left.append(commit)
      }
    }
    return try rebase(left, done, request, committer, signer)
  }

  /// Goes on with a rebase that stopped.
  ///
  /// - Parameters:
  ///   - stop: Where it stopped.
  ///   - tree: What the commit with the conflicts is to hold; if that is what its predecessor holds,
  ///     the commit is left out.
  ///   - committer: Who does it.
  ///   - signer: What signs the commits.
  public func continueRebase(
    _ stop: RebaseStop, tree: ObjectID, committer: Signature, signer: CommitSigner? = nil
  ) throws(GitError) -> RebaseOutcome {
    var done = stop.done
    if try tree == self.tree(of: done.tip) {
      done.commits.append(RebasedCommit(original: stop.commit, result: .becameEmpty))
    } else {
      var source = try storedCommit(stop.commit)
      source.recodeToUTF8()
      let copy = try store(
        StoredCommit(
          tree: tree, parents: [done.tip], author: source.author,
          committer: committer.headerLine(),
          message: tidied(source.message.withoutLeadingBlankLines, otherwise: .verbatim)),
        signer: signer)
      done.commits.append(RebasedCommit(original: stop.commit, result: .copied(copy)))
      done.tip = copy
    }
    return try rebase(stop.remaining, done, stop.request, committer, signer)
  }

  private func rebase(
    _ commits: [ObjectID], _ start: Rebase, _ request: RebaseRequest, _ committer: Signature,
    _ signer: CommitSigner?
  ) throws(GitError) -> RebaseOutcome {
    var options = PickOptions()
    options.allowsFastForward = true
    options.keepsEmpty = true
    options.keepsRedundant = request.emptyCommits == .keep
    options.merge = request.merge
    var done = start
    for (position, commit) in commits.enumerated() {
      try checkCancellation("rebase \(request.tip.short) onto \(request.target.short)")
      let outcome = try cherryPick(
        commit, onto: done.tip, options: options, committer: committer, signer: signer)
      switch outcome {
      case .picked(let copy):
        let result: RebasedCommit.Result = copy == commit ? .unchanged : .copied(copy)
        done.commits.append(RebasedCommit(original: commit, result: result))
        done.tip = copy
      case .empty:
        done.commits.append(RebasedCommit(original: commit, result: .becameEmpty))
      case .conflicts(let merge):
        return .stopped(
          RebaseStop(
            commit: commit, merge: merge, done: done,
            remaining: Array(commits[(position + 1)...]), request: request))
      }
    }
    return .done(done)
  }

  /// The commits to copy, oldest first: each after its parents, what a merge's first parent brings
  /// before what its second one does, as git puts them in a row.
  private func commitsToRebase(_ request: RebaseRequest) throws(GitError) -> [ObjectID] {
    let range = try commits(CommitWalk(from: [request.tip], hiding: [request.upstream]))
    let known = Dictionary(range.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    var children: [ObjectID: Int] = [:]
    for commit in range {
      for parent in commit.parents where known[parent] != nil { children[parent, default: 0] += 1 }
    }
    var row: [ObjectID] = []
    var ready = known[request.tip] == nil ? [] : [request.tip]
    while let id = ready.popLast(), let commit = known[id] {
      if commit.parents.count <= 1 { row.append(id) }
      for parent in commit.parents {
        guard let count = children[parent] else { continue }
        children[parent] = count - 1
        if count == 1 { ready.append(parent) }
      }
    }
    return row.reversed()
  }

  /// Those of some commits whose change the upstream has made since the two parted.
  private func alreadyUpstream(
    _ commits: [ObjectID], _ request: RebaseRequest
  ) throws(GitError) -> Set<ObjectID> {
    guard !commits.isEmpty else { return [] }
    var known: [[UInt8]: [PatchIdentity]] = [:]
    for commit in try self.commits(
      CommitWalk(from: [request.upstream], hiding: [request.tip]))
    {
      try checkCancellation("look for changes that the upstream has made")
      guard let patch = try PatchIdentity(self, commit.id) else { continue }
      known[patch.outline, default: []].append(patch)
    }
    guard !known.isEmpty else { return [] }
    var identities: [[UInt8]: Set<ObjectID>] = [:]
    var found: Set<ObjectID> = []
    for commit in commits {
      guard let patch = try PatchIdentity(self, commit), let others = known[patch.outline] else {
        continue
      }
      if identities[patch.outline] == nil {
        var set: Set<ObjectID> = []
        for other in others { set.insert(try other.identity(self)) }
        identities[patch.outline] = set
      }
      if try identities[patch.outline]?.contains(patch.identity(self)) ?? false {
        found.insert(commit)
      }
    }
    return found
  }
}
