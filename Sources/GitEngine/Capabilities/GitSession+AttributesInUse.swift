internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

extension GitSession {
  /// The texts of all attributes files that bear on a commit, those of the machine included.
  func attributesTexts(_ commit: ObjectID?) throws(GitError) -> [String] {
    var texts: [String] = []
    for file in try attributesFilesOutside() where try fileStatus(file)?.isRegularFile == true {
      texts.append(String(decoding: try readWholeFile(file), as: UTF8.self))
    }
    guard let commit else { return texts }
    for file in try attributesFiles(in: tree(of: commit)) where file.entry.mode.isFile {
      texts.append(String(decoding: try blob(file.entry.id), as: UTF8.self))
    }
    return texts
  }

  /// The `.gitattributes` files of a tree.
  private func attributesFiles(
    in tree: ObjectID, under prefix: RepositoryPath = RepositoryPath(bytes: [])
  ) throws(GitError) -> [(path: RepositoryPath, entry: TreeEntry)] {
    let handle = try lookUpTree(tree)
    var found: [(path: RepositoryPath, entry: TreeEntry)] = []
    var directories: [(RepositoryPath, ObjectID)] = []
    for position in 0..<git_tree_entrycount(handle.pointer) {
      guard let raw = git_tree_entry_byindex(handle.pointer, position),
        let name = git_tree_entry_name(raw)
      else { continue }
      let isTree = git_tree_entry_type(raw) == GIT_OBJECT_TREE
      guard isTree || String(cString: name) == ".gitattributes" else { continue }
      let path = prefix.appending(RepositoryPath(cString: name).bytes)
      let entry = TreeEntry(borrowing: raw)
      if isTree { directories.append((path, entry.id)) } else { found.append((path, entry)) }
    }
    for (path, id) in directories { found += try attributesFiles(in: id, under: path) }
    return found
  }

  /// Where attributes may be that are no part of any commit.
  func attributesFilesOutside() throws(GitError) -> [FilePath] {
    var files = [commonDirectory.pushing("info/attributes"), FilePath("/etc/gitattributes")]
    let home = environmentVariable("HOME").map { FilePath($0).appending(".config") }
    let user = environmentVariable("XDG_CONFIG_HOME").map { FilePath($0) } ?? home
    if let configured = try configurationPath("core.attributesFile") {
      files.append(configured)
    } else if let user {
      files.append(user.pushing("git/attributes"))
    }
    return files
  }

  func filtersFinding(_ texts: [String]) throws(GitError) -> GitCapabilities.Finding? {
    let names = try drivers(
      with: ["clean", "smudge", "process"], of: "filter", in: texts)
    guard !names.isEmpty else { return nil }
    return GitCapabilities.Finding(.filters, names, .handled("the configured programs are run"))
  }

  func mergeDriversFinding(_ texts: [String]) throws(GitError) -> GitCapabilities.Finding? {
    let names = try drivers(with: ["driver"], of: "merge", in: texts)
    guard !names.isEmpty else { return nil }
    return GitCapabilities.Finding(
      .mergeDrivers, names, .handled("the configured programs are run"))
  }

  func encodingFinding(_ texts: [String]) -> GitCapabilities.Finding? {
    let names = values(of: "working-tree-encoding", in: texts).filter {
      !["utf-8", "utf8"].contains($0.lowercased())
    }
    guard !names.isEmpty else { return nil }
    return GitCapabilities.Finding(
      .workingTreeEncoding, names.sorted(),
      .refused(
        "files with this attribute are neither written nor stored, since their encoding would be "
          + "wrong; take the attribute out"))
  }

  /// The drivers that are configured and that some attribute names.
  ///
  /// - Parameters:
  ///   - keys: What makes a driver, if it is set.
  ///   - attribute: The attribute, whose name is also the section's.
  private func drivers(
    with keys: Set<Substring>, of attribute: String, in texts: [String]
  ) throws(GitError) -> [String] {
    // "filter.<driver>.clean": the driver's name may hold dots itself.
    let names = try configurationNames(under: attribute + ".") { name in
      let parts = name.split(separator: ".", omittingEmptySubsequences: false)
      return parts.count > 2 && keys.contains(parts.last ?? "")
    }
    let configured = Set(
      names.map { $0.split(separator: ".").dropFirst().dropLast().joined(separator: ".") })
    guard !configured.isEmpty else { return [] }
    return values(of: attribute, in: texts).intersection(configured).sorted()
  }

  /// What comes behind `attribute=` in some attributes files.
  private func values(of attribute: String, in texts: [String]) -> Set<String> {
    var found: Set<String> = []
    for line in texts.flatMap({ $0.split(whereSeparator: \.isNewline) }) where line.first != "#" {
      for field in line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst() {
        guard field.hasPrefix(attribute + "=") else { continue }
        found.insert(String(field.dropFirst(attribute.count + 1)))
      }
    }
    return found
  }
}
