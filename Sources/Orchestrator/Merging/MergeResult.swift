/// How one landing ended.
public struct MergeResult: Hashable, Sendable {
  /// The kinds of end; each frees what waited for the landing.
  public enum Kind: String, Hashable, Sendable {
    /// The work is on the base branch.
    case merged
    /// The base branch had the work already.
    case alreadyMerged = "already_merged"
    /// The work and the base branch change the same lines; a person must look at it.
    case conflict
    /// Something in the user's checkout is in the way for now.
    case deferred
    /// It could not be done.
    case failed
  }

  /// The kind of end.
  public var kind: Kind
  /// The commit on the base branch that brought the work; `nil` when there is none.
  public var commit: String?
  /// The paths in conflict or in the way.
  public var paths: [String]
  /// Why it did not land, as a sentence.
  public var reason: String?
  /// The files in which the user's edits were merged with the landing.
  public var carried: [String]
  /// The reference that keeps the user's versions from before.
  public var saved: String?
  /// Whether the failure is the repository's and not the work's: it may well strike the next one.
  public var isRepositoryFailure: Bool
  /// Whether the landing failed half-way and could not be brought to an end: the next run does that.
  public var isCutOff = false

  /// A result.
  public init(
    _ kind: Kind, commit: String? = nil, paths: [String] = [], reason: String? = nil,
    carried: [String] = [], saved: String? = nil, isRepositoryFailure: Bool = false
  ) {
    self.kind = kind
    self.commit = commit
    self.paths = paths
    self.reason = reason
    self.carried = carried
    self.saved = saved
    self.isRepositoryFailure = isRepositoryFailure
  }

  /// Whether the work is on the base branch.
  public var isLanded: Bool { kind == .merged || kind == .alreadyMerged }
}
