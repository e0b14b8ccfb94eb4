#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// One merge of a file's versions by a program of the configuration.
///
/// The program gets the versions as files and leaves its result in that of ours. They lie in a
/// directory that only this user can look into, outside of the working tree.
struct MergeDriverProgram {
  var name: String
  /// The command line, with `%O`, `%A`, `%B`, `%L`, `%P`, `%S`, `%X` and `%Y`.
  var command: [UInt8]
  /// Where it runs: the top of the working tree.
  var directory: FilePath
  /// How long it may take.
  var patience: Duration = .seconds(600)

  struct Result {
    var bytes: [UInt8]
    var isClean: Bool
  }

  /// Runs the program.
  ///
  /// - Throws: A ``GitError`` when it cannot be started, is ended by a signal or with a status above
  ///   128, takes too long, or leaves no result; with the code `cancelled` when the task was.
  func merge(
    _ path: RepositoryPath, base: [UInt8], ours: [UInt8], theirs: [UInt8], markerSize: Int,
    labels: LineMerge.Labels
  ) throws(GitError) -> Result {
    try withPrivateDirectory("gitengine-merge") { scratch throws(GitError) in
      let files = (
        base: scratch.appending("base"), ours: scratch.appending("ours"),
        theirs: scratch.appending("theirs")
      )
      try writeNewFile(files.base, base)
      try writeNewFile(files.ours, ours)
      try writeNewFile(files.theirs, theirs)
      let line = commandLine([
        "O": Array(files.base.string.utf8), "A": Array(files.ours.string.utf8),
        "B": Array(files.theirs.string.utf8), "L": Array(String(markerSize).utf8),
        "P": shellQuoted(path.bytes), "S": shellQuoted(Array(labels.ancestor.utf8)),
        "X": shellQuoted(Array(labels.ours.utf8)), "Y": shellQuoted(Array(labels.theirs.utf8)),
      ])
      let outcome = try ProgramRun(
        command: ProgramCommand(shell: line, in: directory), patience: patience
      ).run()
      let isClean: Bool
      switch outcome.end {
      case .exited(let status) where status <= 128: isClean = status == 0
      case .exited(let status): throw failure(path, "ended with status \(status)", outcome)
      case .signaled(let signal): throw failure(path, "was ended by signal \(signal)", outcome)
      case .tookTooLong: throw failure(path, "was stopped after \(patience)", outcome)
      case .cancelled:
        throw .cancelled("merge '\(path)' with the driver '\(name)'")
      }
      guard try fileStatus(files.ours) != nil else {
        throw failure(path, "left no result", outcome)
      }
      return Result(bytes: try readWholeFile(files.ours), isClean: isClean)
    }
  }

  private func failure(
    _ path: RepositoryPath, _ what: String, _ outcome: ProgramRun.Outcome
  ) -> GitError {
    let words = outcome.errors.lastWords
    return GitError(
      .generic, operation: "merge '\(path)' with the driver '\(name)'",
      message: "its program \(what)\(words.isEmpty ? "" : ": \(words)")")
  }

  /// The command with what stands for its placeholders; those that are not known stay.
  private func commandLine(_ values: [Character: [UInt8]]) -> [UInt8] {
    let percent = UInt8(ascii: "%")
    var line: [UInt8] = []
    var rest = command[...]
    while let byte = rest.popFirst() {
      guard byte == percent, let next = rest.first else {
        line.append(byte)
        continue
      }
      if next == percent {
        line.append(percent)
        rest.removeFirst()
      } else if let value = values[Character(Unicode.Scalar(next))] {
        line += value
        rest.removeFirst()
      } else {
        line.append(percent)
      }
    }
    return line
  }
}

/// Bytes as one word of a shell's command line, quoted as git does it.
func shellQuoted(_ bytes: [UInt8]) -> [UInt8] {
  let quote = UInt8(ascii: "'")
  var quoted = [quote]
  for byte in bytes {
    // An exclamation mark too: some shells expand it even between quotes.
    if byte == quote || byte == UInt8(ascii: "!") {
      quoted += [quote, UInt8(ascii: "\\"), byte, quote]
    } else {
      quoted.append(byte)
    }
  }
  return quoted + [quote]
}
