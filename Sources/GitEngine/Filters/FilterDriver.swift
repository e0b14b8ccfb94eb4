internal import CLibGit2

/// What the configuration says of one filter: the variables `filter.NAME.*`.
struct FilterDriver: Hashable {
  var name: String
  var process: String?
  var clean: String?
  var smudge: String?
  var isRequired = false

  /// What does the work for a direction.
  enum Program: Hashable {
    /// A process that is asked for one file after the other.
    case process(String)
    /// A command that is run for each file.
    case command(String)
  }

  /// As in git: a process stands for both commands, even if it then cannot do one of them.
  func program(for direction: FilterDirection) -> Program? {
    if let process { return process.isEmpty ? nil : .process(process) }
    let command = direction == .clean ? clean : smudge
    guard let command, !command.isEmpty else { return nil }
    return .command(command)
  }

  /// A command as the shell gets it: `%f` is the quoted path, `%%` a percent sign.
  static func expand(_ command: String, path: RepositoryPath) -> [UInt8] {
    let percent = UInt8(ascii: "%")
    var result: [UInt8] = []
    var rest = Array(command.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == percent else {
        result.append(byte)
        continue
      }
      switch rest.first {
      case UInt8(ascii: "f"):
        result += quoted(path.bytes)
        rest.removeFirst()
      case percent:
        result.append(percent)
        rest.removeFirst()
      default: result.append(percent)
      }
    }
    return result
  }

  private static func quoted(_ bytes: [UInt8]) -> [UInt8] {
    let quote = UInt8(ascii: "'")
    var result = [quote]
    for byte in bytes {
      if byte == quote { result += Array("'\\''".utf8) } else { result.append(byte) }
    }
    return result + [quote]
  }
}

extension FilterDriver {
  /// Reads a driver; `nil` when the configuration has nothing of it, and git does nothing either.
  init?(_ name: String, in configuration: borrowing Owned<ConfigHandle>) throws(GitError) {
    let operation = "read the configuration of the filter '\(name)'"
    let pointer = configuration.pointer
    func text(_ key: String) throws(GitError) -> String? {
      var value: UnsafePointer<CChar>?
      let status = git_config_get_string(&value, pointer, "filter.\(name).\(key)")
      guard try checkFound(status, operation) else { return nil }
      return value.map { String(cString: $0) }
    }
    self.name = name
    do throws(GitError) {
      (process, clean, smudge) = (try text("process"), try text("clean"), try text("smudge"))
      var flag: Int32 = 0
      let isSet = try checkFound(
        git_config_get_bool(&flag, pointer, "filter.\(name).required"), operation)
      isRequired = flag != 0
      guard isSet || process != nil || clean != nil || smudge != nil else { return nil }
    } catch {
      // A name that no variable can have.
      guard error.code == .invalidName else { throw error }
      return nil
    }
  }
}
