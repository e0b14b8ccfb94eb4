extension IssuesConfiguration {
  /// Changes the categories that an object names, or adds them behind the others.
  mutating func readCategories(_ value: JSONValue) throws(Setting.Misfit) {
    guard case .object(let members) = value else {
      throw Setting.Misfit(found: value.summary, accepted: "an object")
    }
    for (key, member) in members.sorted(by: { $0.key < $1.key }) {
      do throws(Setting.Misfit) { try readCategory(key, member) } catch {
        var error = error
        error.path.insert(key, at: 0)
        throw error
      }
    }
  }

  private mutating func readCategory(_ key: String, _ value: JSONValue) throws(Setting.Misfit) {
    guard case .object(let fields) = value else {
      throw Setting.Misfit(found: value.summary, accepted: "an object")
    }
    func text(_ name: String) throws(Setting.Misfit) -> String? {
      guard let value = fields[name], value != .null else { return nil }
      guard case .string(let text) = value else {
        throw Setting.Misfit(path: [name], found: value.summary, accepted: "a text")
      }
      return text.isEmpty ? nil : text
    }
    let index = categories.firstIndex { $0.key == key }
    let usual = index.map { categories[$0] }
    let directory = try text("dir") ?? usual?.directory ?? key
    guard isRelativeBelow(directory) else {
      throw Setting.Misfit(
        path: ["dir"], found: "\"\(directory)\"", accepted: "a relative path without '..'")
    }
    guard let prefix = try text("prefix") ?? usual?.prefix, IssueID.isPrefix(prefix) else {
      throw Setting.Misfit(
        path: ["prefix"], found: "missing or not usable",
        accepted: "a letter, then letters, digits or underscores")
    }
    let category = IssueCategory(
      key: key, prefix: prefix, directory: directory,
      action: try text("action") ?? usual?.action ?? "fix")
    if let index {
      categories[index] = category
    } else {
      categories.append(category)
    }
  }

  var categoriesAsJSON: [String: JSONValue] {
    Dictionary(
      categories.map { category in
        (
          category.key,
          .object([
            "prefix": .string(category.prefix), "dir": .string(category.directory),
            "action": .string(category.action),
          ])
        )
      }, uniquingKeysWith: { first, _ in first })
  }
}
