/// Which issues a run was asked for, as its journal remembers it for the one that resumes it.
struct RecordedSelection: Codable, Hashable, Sendable {
  private var priorities: [String] = []
  private var types: [String] = []
  private var labels: [String] = []
  private var only: [String] = []
  private var skip: [String] = []

  /// - Parameter selected: What a limit to the number of issues amounted to: the next issues in line
  ///   are no part of a run that is resumed.
  init(_ options: IssueSelection.Options, selected: [String]) {
    priorities = options.priorities
    types = options.types
    labels = options.labels
    only = options.maxIssues == nil ? options.only.map(\.description) : selected
    skip = options.skip.map(\.description)
  }

  /// The options again, without issues that are not `known` any more.
  func options(known: Set<IssueID>) -> IssueSelection.Options {
    var options = IssueSelection.Options()
    options.priorities = priorities
    options.types = types
    options.labels = labels
    let named = only.map { IssueReference($0) }
    options.only = named.filter { reference in known.contains { reference.matches($0) } }
    // All gone: not the same as none named.
    if options.only.isEmpty, !named.isEmpty { options.maxIssues = 0 }
    options.skip = skip.map { IssueReference($0) }
    return options
  }
}

extension IssueSelection.Options {
  /// Whether a person named nothing.
  var isUnfiltered: Bool {
    priorities.isEmpty && types.isEmpty && labels.isEmpty && only.isEmpty && skip.isEmpty
      && maxIssues == nil
  }
}
