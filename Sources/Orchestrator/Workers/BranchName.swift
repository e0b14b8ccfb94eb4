/// Names of branches that people look at.
enum BranchName {
  /// `feature/bug-012-the-menu-crashes`: the issue's id and the words of its title.
  static func feature(_ issue: String, title: String) -> String {
    let words = title.lowercased().split { !$0.isASCII || !($0.isLetter || $0.isNumber) }
    var slug = ""
    for word in words where slug.utf8.count + word.utf8.count < longest {
      slug += "-\(word)"
    }
    return "feature/\(issue.lowercased())\(slug)"
  }

  /// The bytes of a title's part: names of branches are names of files, too.
  private static let longest = 60
}
