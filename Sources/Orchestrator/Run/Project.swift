public import GitEngine

#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// A repository with a checkout in which a person works.
public struct Project: Sendable {
  /// The root of the checkout.
  public let root: FilePath
  /// The repository.
  public let repository: GitRepository

  /// Finds the checkout that holds `directory`.
  public static func open(_ directory: FilePath) throws -> Project {
    let place: FilePath?
    do { place = try GitRepository.discover(from: directory) } catch {
      throw RunRefusal.cannotOpen(directory, error.message)
    }
    guard let place else { throw RunRefusal.notARepository(directory) }
    let repository: GitRepository
    do { repository = try GitRepository.open(place) } catch {
      throw RunRefusal.cannotOpen(place, error.message)
    }
    guard FileTree.kind(of: place.appending(".git")) != nil else {
      throw RunRefusal.bareRepository(place)
    }
    return Project(root: place, repository: repository)
  }

  /// Throws a ``RunRefusal`` if no run can begin here, whatever its configuration says.
  public func checkThatItCanBeUsed() async throws {
    var configuration = Configuration()
    // Whether commits may go unsigned, and where they go, is for the configuration to say.
    configuration.parallel.unsigned = true
    do { _ = try await RepositoryFindings.collect(self, configuration, RepositoryState([])) } catch
    {
      guard case RunRefusal.noBaseBranch = error else { throw error }
    }
  }

  /// Where runs keep their state.
  public var state: StateDirectory { StateDirectory(commonDirectory: repository.commonDirectory) }
}
