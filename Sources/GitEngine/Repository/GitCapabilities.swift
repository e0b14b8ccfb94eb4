internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Something that a repository uses and this version of the engine must not work with.
public struct UnsupportedFeature: Hashable, Sendable {
  /// What the repository uses: "sparse checkout".
  public var name: String
  /// What would go wrong.
  public var consequence: String
}

extension GitSession {
  /// What this checkout uses that libgit2 does not know and that would do harm.
  ///
  /// Extensions that libgit2 does not know fail earlier, when the repository is opened.
  public func unsupportedFeatures(in commit: ObjectID) throws(GitError) -> [UnsupportedFeature] {
    var found: [UnsupportedFeature] = []
    if case .patterns = try sparseCheckout() {
      found.append(
        UnsupportedFeature(
          name: "sparse checkout with patterns",
          consequence: "only the directories of cone mode can be checked out"))
    }
    if try configurationFlag("core.splitIndex") == true {
      found.append(
        UnsupportedFeature(
          name: "split index", consequence: "the index cannot be read"))
    } else if let feature = indexFeature() {
      found.append(feature)
    }
    found += try externalFilters(in: commit)
    return found
  }

  /// What keeps libgit2 from reading the index, whatever the configuration says now.
  private func indexFeature() -> UnsupportedFeature? {
    do throws(GitError) {
      _ = try Owned<IndexHandle>("read the index") { git_repository_index(&$0, raw) }
      return nil
    } catch {
      let name =
        switch error.message {
        case let text where text.contains("'link'"): "split index"
        case let text where text.contains("'sdir'"): "sparse index"
        default: "index"
        }
      return UnsupportedFeature(
        name: name, consequence: "the index cannot be read (\(error.message))")
    }
  }

  /// Filter programs (such as git-lfs) that are configured and named by a `.gitattributes` file of the
  /// commit, or by `info/attributes`.
  private func externalFilters(in commit: ObjectID) throws(GitError) -> [UnsupportedFeature] {
    let names = try configurationNames(matching: #"^filter\..*\.(clean|smudge|process)$"#)
    // "filter.<driver>.clean": the driver's name may hold dots itself.
    let drivers = Set(
      names.compactMap { $0.split(separator: ".").dropFirst().dropLast().joined(separator: ".") })
    guard !drivers.isEmpty else { return [] }
    var used: Set<String> = []
    func look(_ bytes: [UInt8]) {
      let text = String(decoding: bytes, as: UTF8.self)
      used.formUnion(drivers.filter { text.contains("filter=\($0)") })
    }
    let local = commonDirectory.pushing("info/attributes")
    if try fileStatus(local) != nil { look(try readWholeFile(local)) }
    for change in try changes(from: nil, to: tree(of: commit))
    where change.path.lastComponent.elementsEqual(".gitattributes".utf8) {
      guard let entry = change.new, entry.mode.isFile else { continue }
      look(try blob(entry.id))
    }
    return used.sorted().map {
      UnsupportedFeature(
        name: "the filter '\($0)'",
        consequence: "files would be checked out and committed unfiltered")
    }
  }
}
