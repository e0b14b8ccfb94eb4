#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// A filter process that has said what it can: asked for one file after the other, until a session
/// ends.
final class FilterProcess {
  /// Why a process, or a command, gave no content.
  enum Failure: Error {
    /// It said that it cannot do this file; it can be asked for others.
    case declined(String)
    /// It is of no use any more.
    case broken(String)
    case cancelled
  }

  private let child: FilterChild
  private var offered: Set<FilterDirection> = []

  /// Starts a process and exchanges greetings.
  init(_ command: String, _ surroundings: FilterSurroundings) throws(Failure) {
    child = try surroundings.start(Array(command.utf8))
    _ = try converse(.greeting, FilterConversation.greeting, surroundings)
    offered = try converse(.capabilities, FilterConversation.capabilities, surroundings).offered
  }

  /// The content of one file after the filter.
  func filter(
    _ content: [UInt8], _ direction: FilterDirection, _ path: RepositoryPath, blob: ObjectID?,
    _ surroundings: FilterSurroundings
  ) throws(Failure) -> [UInt8] {
    guard offered.contains(direction) else {
      throw .declined("its process does not offer to \(direction.rawValue)")
    }
    guard let request = FilterConversation.request(direction, path, blob: blob, content) else {
      throw .declined("the path is too long to be told to its process")
    }
    let reply = try converse(.reply, request, surroundings)
    switch reply.status {
    case .success: return reply.content
    case .error: throw .declined(described("its process answered 'error'"))
    case .abort:
      offered.remove(direction)
      throw .declined(described("its process answered 'abort'"))
    case .other(let word): throw .broken(described("its process answered '\(word)'"))
    }
  }

  private func converse(
    _ step: FilterConversation.Step, _ bytes: [UInt8], _ surroundings: FilterSurroundings
  ) throws(Failure) -> FilterConversation {
    var conversation = FilterConversation(step)
    let stop = child.exchange(
      bytes, limit: surroundings.patience, isCancelled: surroundings.isCancelled
    ) { conversation.take($0) }
    switch stop {
    case .cancelled: throw .cancelled
    case .tookTooLong:
      throw .broken(described("its process was silent for longer than \(surroundings.patience)"))
    case .ended: throw .broken(described("its process left without an answer"))
    case .enough: break
    }
    if let problem = conversation.problem { throw .broken(described(problem)) }
    return conversation
  }

  private func described(_ what: String) -> String {
    let epitaph = child.epitaph()
    return epitaph.isEmpty ? what : "\(what): \(epitaph)"
  }

  /// Lets the process end.
  func finish() { child.finish(within: .seconds(5)) }
}

/// Where the programs of filters run, and how long.
struct FilterSurroundings {
  /// The top of the working tree, as for git.
  var directory: FilePath
  /// What differs from this process's environment.
  var environment: [String: String?]
  /// How long a program may be silent.
  var patience: Duration
  var isCancelled: () -> Bool

  func start(_ command: [UInt8]) throws(FilterProcess.Failure) -> FilterChild {
    do throws(GitError) {
      return try FilterChild(
        ProgramCommand(shell: command, in: directory, environment: environment))
    } catch {
      throw .broken("\(error)")
    }
  }

  /// What a command makes of some content.
  func run(_ command: [UInt8], _ content: [UInt8]) throws(FilterProcess.Failure) -> [UInt8] {
    let child = try start(command)
    var result: [UInt8] = []
    let stop = child.exchange(
      content, closesInput: true, limit: patience, isCancelled: isCancelled
    ) {
      result.append(contentsOf: $0)
      return false
    }
    switch stop {
    case .cancelled: throw .cancelled
    case .tookTooLong: throw .broken("it was silent for longer than \(patience)")
    case .enough, .ended: break
    }
    guard child.hasSucceeded else { throw .declined(child.epitaph()) }
    return result
  }
}
