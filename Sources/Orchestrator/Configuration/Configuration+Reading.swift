extension Configuration {
  /// Changes everything that the files set.
  mutating func read(_ layers: ConfigurationLayers) throws(ConfigurationError) {
    var root = try ConfigurationSection(layers, at: [])
    try readAutomation(&root)
    var section = try root.section("parallel")
    try parallel.read(&section)
    try issues.read(&root)
    try readProject(&root)
    try readOverlap(&root)
    var guarding = try root.section("tamper_guard")
    tamperGuard = try guarding.choice("policy", of: TamperGuardPolicy.self) ?? tamperGuard
    for missing in ["learning_tests", "prepatch_check"] {
      var feature = try root.section(missing)
      try feature.unsupported("enabled", accepted: [.bool(false)])
    }
  }

  /// Goes first: what `automation` says of the grace period holds unless `parallel` says more.
  private mutating func readAutomation(
    _ root: inout ConfigurationSection
  ) throws(ConfigurationError) {
    var section = try root.section("automation")
    automation.readyIssueUnknownRetries =
      try section.integer("ready_issue_unknown_retries", in: 0...100)
      ?? automation.readyIssueUnknownRetries
    if let seconds = try section.seconds("timeout_kill_grace_seconds") {
      parallel.timeoutKillGrace = .seconds(seconds)
    }
  }

  private mutating func readProject(
    _ root: inout ConfigurationSection
  ) throws(ConfigurationError) {
    var section = try root.section("project")
    project.sourceDirectory = try section.text("src_dir") ?? project.sourceDirectory
    project.testDirectory = try section.text("test_dir") ?? project.testDirectory
    project.testCommand = try section.nonEmptyText("test_cmd")
    project.lintCommand = try section.nonEmptyText("lint_cmd")
    project.testPatterns = try section.texts("test_patterns") ?? project.testPatterns
  }

  private mutating func readOverlap(
    _ root: inout ConfigurationSection
  ) throws(ConfigurationError) {
    var section = try root.section("dependency_mapping")
    overlap.minimumFiles =
      try section.integer("overlap_min_files", in: 1...Int.max) ?? overlap.minimumFiles
    overlap.minimumRatio = try section.fraction("overlap_min_ratio") ?? overlap.minimumRatio
    overlap.minimumDirectoryDepth =
      try section.integer("min_directory_depth", in: 0...Int.max)
      ?? overlap.minimumDirectoryDepth
    overlap.excludedCommonFiles = try section.texts("exclude_common_files")
  }
}

extension IssuesConfiguration {
  /// Changes what the section `issues` sets.
  mutating func read(_ root: inout ConfigurationSection) throws(ConfigurationError) {
    var section = try root.section("issues")
    if let directory = try section.text("base_dir") {
      guard ConfigurationSection.staysInside(directory) else {
        throw section.wrong("\"\(directory)\"", "base_dir", "a relative path without '..'")
      }
      baseDirectory = directory
    }
    if let names = try section.texts("priorities") {
      guard !names.isEmpty, !names.contains(""), Set(names).count == names.count else {
        throw section.wrong(
          "empty, or has an empty or repeated name", "priorities", "a list of different names")
      }
      priorities = names
    }
    var named = try section.section("categories")
    for key in named.keys {
      try read(category: key, in: &named)
    }
  }

  /// Changes one category or adds it behind the others.
  private mutating func read(
    category key: String, in categories: inout ConfigurationSection
  ) throws(ConfigurationError) {
    var section = try categories.section(key)
    let index = self.categories.firstIndex { $0.key == key }
    let usual = index.map { self.categories[$0] }
    let directory = try section.nonEmptyText("dir") ?? usual?.directory ?? key
    guard ConfigurationSection.staysInside(directory) else {
      throw section.wrong("\"\(directory)\"", "dir", "a relative path without '..'")
    }
    guard let prefix = try section.nonEmptyText("prefix") ?? usual?.prefix,
      IssueID.isPrefix(prefix)
    else {
      throw section.wrong(
        "missing or not usable", "prefix", "a letter, then letters, digits or underscores")
    }
    let action = try section.nonEmptyText("action") ?? usual?.action ?? "fix"
    let category = IssueCategory(
      key: key, prefix: prefix, directory: directory, action: action)
    if let index {
      self.categories[index] = category
    } else {
      self.categories.append(category)
    }
  }
}
