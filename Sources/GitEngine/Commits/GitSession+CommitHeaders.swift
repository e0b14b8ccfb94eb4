internal import CLibGit2

/// One line of the head of a commit, as it is stored.
public struct CommitHeaderLine: Hashable, Sendable {
  /// "tree", "parent", "author", "committer", "encoding", "gpgsig", "mergetag" and what other
  /// programs write.
  public var name: String
  /// What is behind the name; further lines, as a signature has them, without the space before.
  public var value: [UInt8]

  /// The value as text; bytes that are not UTF-8 are replaced.
  public var text: String { String(decoding: value, as: UTF8.self) }
}

extension GitSession {
  /// The whole head of a commit, line by line, in the order in which it is stored.
  public func headers(of commit: ObjectID) throws(GitError) -> [CommitHeaderLine] {
    let handle = try lookUpCommit(commit)
    guard let text = git_commit_raw_header(handle.pointer) else { return [] }
    var headers: [CommitHeaderLine] = []
    for line in RepositoryPath(cString: text).bytes.split(separator: UInt8(ascii: "\n")) {
      if line.first == UInt8(ascii: " "), !headers.isEmpty {
        headers[headers.count - 1].value += [UInt8(ascii: "\n")] + line.dropFirst()
        continue
      }
      let name = line.prefix { $0 != UInt8(ascii: " ") }
      headers.append(
        CommitHeaderLine(
          name: String(decoding: name, as: UTF8.self),
          value: Array(line[name.endIndex...].dropFirst())))
    }
    return headers
  }

  /// The bytes of a commit's message, in the encoding that its head names.
  public func rawMessage(of commit: ObjectID) throws(GitError) -> [UInt8] {
    let handle = try lookUpCommit(commit)
    return git_commit_message_raw(handle.pointer).map { RepositoryPath(cString: $0).bytes } ?? []
  }
}
