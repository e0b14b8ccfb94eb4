/// What a repository uses that a plain one does not, and what the engine does about each of it.
///
/// ``GitSession/capabilities(of:)`` gives the report of a checkout, and
/// ``GitRepository/capabilities(at:)`` that of a repository that may not even open.
public struct GitCapabilities: Hashable, Sendable {
  /// Something that a repository can use.
  ///
  /// An open set: later versions know more.
  public struct Feature: RawRepresentable, Hashable, Sendable {
    /// A name for people: "sparse checkout".
    public let rawValue: String
    /// A feature of that name.
    public init(rawValue: String) { self.rawValue = rawValue }
  }

  /// What the engine does about a feature.
  public enum Treatment: Hashable, Sendable {
    /// It works as with git.
    case supported
    /// It works as with git because the engine does what libgit2 does not; says how.
    case handled(String)
    /// It has no effect; says with what consequence. Nothing is damaged.
    case ignored(String)
    /// Calls that it bears on throw an error with the code `unsupported`; says why, and what to do.
    case refused(String)
  }

  /// One feature that the repository uses.
  public struct Finding: Hashable, Sendable {
    /// What it uses.
    public var feature: Feature
    /// The names of what was found: drivers, hooks, paths.
    public var names: [String]
    /// What the engine does about it.
    public var treatment: Treatment

    init(_ feature: Feature, _ names: [String], _ treatment: Treatment) {
      self.feature = feature
      self.names = names
      self.treatment = treatment
    }

    init(_ feature: Feature, _ treatment: Treatment) { self.init(feature, [], treatment) }

    /// Why it is refused; `nil` when it is not.
    public var refusal: String? {
      guard case .refused(let reason) = treatment else { return nil }
      return reason
    }
  }

  /// What was found, in the order of ``Feature``'s names in the documentation.
  public var findings: [Finding]

  init(_ findings: [Finding]) { self.findings = findings }

  /// What the engine will not work with.
  public var refusals: [Finding] { findings.filter { $0.refusal != nil } }

  /// What was found of one feature; `nil` when the repository does not use it.
  public subscript(feature: Feature) -> Finding? { findings.first { $0.feature == feature } }
}

extension GitCapabilities.Feature {
  /// Ids of another kind than SHA-1 (`extensions.objectFormat`): does not open.
  public static let objectFormat = Self(rawValue: "SHA-256 ids")
  /// References in another place than files (`extensions.refStorage`): does not open.
  public static let referenceStorage = Self(rawValue: "references in tables")
  /// Objects that are fetched when they are needed (`extensions.partialClone`): refused.
  public static let partialClone = Self(rawValue: "partial clone")
  /// An extension, or a format, that this version does not know: does not open.
  public static let unknownFormat = Self(rawValue: "newer format")
  /// The directory belongs to another user, and `safe.directory` does not name it: does not open.
  public static let foreignOwner = Self(rawValue: "foreign owner")
  /// HEAD names a branch without a commit: works, as far as there is anything to work on.
  public static let unbornHead = Self(rawValue: "unborn HEAD")
  /// Some directories are not checked out (cone mode): handled.
  public static let sparseCheckout = Self(rawValue: "sparse checkout")
  /// Some files are not checked out, by patterns: refused for new worktrees.
  public static let sparsePatterns = Self(rawValue: "sparse checkout with patterns")
  /// The index is in two files: refused.
  public static let splitIndex = Self(rawValue: "split index")
  /// The index has whole directories as entries: refused.
  public static let sparseIndex = Self(rawValue: "sparse index")
  /// The index has a mandatory extension that this version does not know: refused.
  public static let unknownIndex = Self(rawValue: "newer index")
  /// The history ends early: handled.
  public static let shallowClone = Self(rawValue: "shallow clone")
  /// Objects lie in another repository as well (`objects/info/alternates`): supported.
  public static let alternates = Self(rawValue: "alternates")
  /// Objects stand for others (`refs/replace`), or commits have other parents (`info/grafts`): ignored.
  public static let replacements = Self(rawValue: "replaced objects")
  /// Files are converted by programs such as git-lfs (`filter.<driver>`): handled.
  public static let filters = Self(rawValue: "filters")
  /// Files are merged by programs (`merge.<driver>.driver`): handled.
  public static let mergeDrivers = Self(rawValue: "merge drivers")
  /// Files have another encoding in the working tree: refused for these files.
  public static let workingTreeEncoding = Self(rawValue: "working-tree-encoding")
  /// Programs are to run at certain steps: ignored.
  public static let hooks = Self(rawValue: "hooks")
  /// Other repositories have their place in the working tree: kept, never filled.
  public static let submodules = Self(rawValue: "submodules")
  /// Commits are to be signed (`commit.gpgSign`): handled where a call is given a signer.
  public static let signing = Self(rawValue: "signing")
  /// A program watches the working tree (`core.fsmonitor`): ignored.
  public static let fileSystemMonitor = Self(rawValue: "file system monitor")
  /// New files are to be open to a group or to all (`core.sharedRepository`): ignored.
  public static let sharedRepository = Self(rawValue: "shared repository")
  /// Worktrees are not where they are registered: neither moved nor repaired.
  public static let movedWorktrees = Self(rawValue: "moved worktrees")
}
