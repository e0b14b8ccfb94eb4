/// The environment variables that every agent gets, or must not get.
enum AgentVariables {
  /// Variables that bind git to one repository.
  ///
  /// With them set, a `git init` in an agent's test would write to the issue's branch.
  static let removed = [
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX",
  ]

  /// The changes to the inherited environment for one issue; `extra` is the protocol's own.
  ///
  /// Nothing in `extra` can bring a removed variable back.
  static func changes(for task: AgentTask, extra: [String: String]) -> [String: String?] {
    var changes: [String: String?] = extra.mapValues { $0 }
    changes["LL_ISSUE_ID"] = .some(task.issueID)
    changes["LL_RUN_ID"] = .some(task.runID)
    changes["LL_NON_INTERACTIVE"] = .some("1")
    for name in removed { changes[name] = .some(nil) }
    return changes
  }
}
