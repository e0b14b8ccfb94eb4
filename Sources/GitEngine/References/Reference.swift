/// A reference and what it names.
public struct Reference: Hashable, Sendable {
  /// The full name.
  public var name: ReferenceName
  /// The object, through symbolic references; for an annotated tag the tag itself.
  public var target: ObjectID
  /// The name that it points to, when it is symbolic.
  public var symbolicTarget: ReferenceName?
  /// What ``target`` leads to that is no annotated tag, when that was asked for.
  public var peeled: ObjectID?
}

/// One change of a reference, with what it must be before.
public enum ReferenceUpdate: Hashable, Sendable {
  /// Made; it must not exist.
  case create(ReferenceName, at: ObjectID)
  /// Moved.
  case update(ReferenceName, to: ObjectID, from: ObjectID)
  /// Deleted, with its reflog.
  case delete(ReferenceName, at: ObjectID)
  /// Left alone: it must be there, or with `nil` must not exist.
  case verify(ReferenceName, at: ObjectID?)

  /// Which reference.
  public var name: ReferenceName {
    switch self {
    case .create(let name, _), .update(let name, _, _), .delete(let name, _), .verify(let name, _):
      name
    }
  }

  /// What it must be before.
  var expected: ObjectID? {
    switch self {
    case .create: nil
    case .update(_, _, let old), .delete(_, let old): old
    case .verify(_, let old): old
    }
  }

  /// What it is afterwards.
  var result: ObjectID? {
    switch self {
    case .create(_, let new), .update(_, let new, _): new
    case .delete: nil
    case .verify(_, let old): old
    }
  }
}

/// One line of a reflog: a reference went from one object to another.
public struct ReflogEntry: Hashable, Sendable {
  /// Where it was; ``ObjectID/zero`` when it was made.
  public var old: ObjectID
  /// Where it went.
  public var new: ObjectID
  /// Who moved it, and when.
  public var committer: Signature
  /// Why; bytes that are not UTF-8 are replaced.
  public var message: String
}

/// An annotated tag: an object that names another one.
public struct Tag: Hashable, Sendable {
  /// The tag object.
  public var id: ObjectID
  /// The name inside of it, without "refs/tags/".
  public var name: String
  /// What it names: a commit in most cases.
  public var target: ObjectID
  /// Who made it; old tags may have nobody.
  public var tagger: Signature?
  /// The whole message, with a signature if there is one.
  public var message: String
}
