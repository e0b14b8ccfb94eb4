internal import CLibGit2

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

/// What to start: a program with its arguments, where, and with which environment.
///
/// The program gets a session of its own: a Ctrl-C meant for this process does not reach it, it asks
/// nothing on the terminal, and its process id is that of a group with all that it starts.
struct ProgramCommand {
  /// A path, or a name to look for in `PATH`.
  var program: String
  /// Its arguments, which need not be UTF-8.
  var arguments: [[UInt8]]
  var directory: FilePath
  /// Set over the environment of this process; `nil` takes a variable away.
  var environment: [String: String?] = [:]

  init(
    _ program: String, _ arguments: [[UInt8]], in directory: FilePath,
    environment: [String: String?] = [:]
  ) {
    self.program = program
    self.arguments = arguments
    self.directory = directory
    self.environment = environment
  }

  /// A command line as git starts those of its configuration: by the shell if it has anything that
  /// only a shell understands.
  init(
    shell line: [UInt8], in directory: FilePath, environment: [String: String?] = [:]
  ) {
    let special = Array("|&;<>()$`\\\"' \t\n*?[#~=%".utf8)
    if line.contains(where: special.contains) {
      self.init("/bin/sh", [Array("-c".utf8), line], in: directory, environment: environment)
    } else {
      let name = String(decoding: line, as: UTF8.self)
      self.init(name, [], in: directory, environment: environment)
    }
  }

  /// Starts the program with three descriptors of this process; the caller waits for it.
  ///
  /// - Throws: A ``GitError`` when it cannot be started; with the code `notFound` if it is missing.
  func start(input: Int32, output: Int32, errors: Int32) throws(GitError) -> pid_t {
    var child: pid_t = 0
    let name = Array(program.utf8)
    var status = spawn(program, [name] + arguments, (input, output, errors), &child)
    if status == ENOEXEC {
      // A script without a first line that names its interpreter: git gives it to the shell.
      status = spawn(
        "/bin/sh", [Array("sh".utf8), name] + arguments, (input, output, errors), &child)
    }
    guard status == 0 else { throw GitError(errno: status, operation: "start '\(program)'") }
    return child
  }

  private func spawn(
    _ file: String, _ arguments: [[UInt8]], _ descriptors: (Int32, Int32, Int32),
    _ child: inout pid_t
  ) -> Int32 {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }

    posix_spawn_file_actions_adddup2(&actions, descriptors.0, 0)
    posix_spawn_file_actions_adddup2(&actions, descriptors.1, 1)
    posix_spawn_file_actions_adddup2(&actions, descriptors.2, 2)
    _ = directory.withPlatformString { cgit2_spawn_in(&actions, $0) }
    // This thread may belong to a dispatch queue, where nearly all signals are blocked.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, cgit2_spawn_flags())

    var strings = cStrings(arguments)
    defer { for string in strings { free(string) } }
    guard !environment.isEmpty else {
      return posix_spawnp(&child, file, &actions, &attributes, &strings, cgit2_environment())
    }
    var variables = cStrings(environmentLines())
    defer { for variable in variables { free(variable) } }
    return posix_spawnp(&child, file, &actions, &attributes, &strings, &variables)
  }

  private func cStrings(_ texts: [[UInt8]]) -> [UnsafeMutablePointer<CChar>?] {
    texts.map { text in
      (text.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer {
        $0.baseAddress.flatMap { strdup($0) }
      }
    } + [nil]
  }

  private func environmentLines() -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var position = 0
    while let line = cgit2_environment()?[position] {
      let bytes = UnsafeBufferPointer(start: line, count: strlen(line))
        .map { UInt8(bitPattern: $0) }
      let name = String(decoding: bytes.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
      if environment[name] == nil { lines.append(bytes) }
      position += 1
    }
    for case (let name, .some(let value)) in environment {
      lines.append(Array("\(name)=\(value)".utf8))
    }
    return lines
  }
}
