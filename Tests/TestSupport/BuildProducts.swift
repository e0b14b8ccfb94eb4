#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

/// What SwiftPM has built or fetched, found from where the tests themselves lie.
public enum BuildProducts {
  /// The directory of SwiftPM's checkout of a package that this one depends on.
  public static func checkout(of package: String) throws -> FilePath {
    try nearest(FilePath("checkouts").appending(package), where: isDirectory)
  }

  /// The directory with the compiled modules of this package and those it depends on.
  public static func modules() throws -> FilePath { try nearest("Modules", where: isDirectory) }

  /// Compiles a file that imports `GitEngine` and keeps nothing of it but what the compiler says.
  ///
  /// Not `-typecheck` alone: what is borrowed and what is consumed is found out after it.
  public static func compile(_ file: FilePath) async throws -> Oracle.Output {
    let headers = try await Oracle.run("pkg-config", ["--cflags-only-I", "libgit2"], in: "/").text
    let directories =
      headers.split(separator: " ").map { String($0.dropFirst(2)) } + [
        try checkout(of: "swift-system").pushing("Sources/CSystem/include").string,
        try nearest("Sources/CLibGit2", where: isDirectory).string,
      ]
    let features = ["ExistentialAny", "NonisolatedNonsendingByDefault"]
    return try await Oracle.run(
      "swiftc",
      ["-emit-sil", "-o", "/dev/null", "-swift-version", "6", "-parse-as-library"]
        + features.flatMap { ["-enable-upcoming-feature", $0] }
        + directories.flatMap { ["-Xcc", "-I\($0)"] } + ["-I", modules().string, file.string],
      in: file.removingLastComponent(), allowFailure: true)
  }

  /// The first place called `name` in a directory that holds the tests, innermost first.
  public static func nearest(_ name: FilePath, where fits: (FilePath) -> Bool) throws -> FilePath {
    var directory = try imageFile().removingLastComponent()
    while !directory.components.isEmpty {
      let candidate = directory.pushing(name)
      if fits(candidate) { return candidate }
      directory.removeLastComponent()
    }
    throw OracleError(description: "no \(name) beside the tests")
  }

  /// The file that this code is in: the test program itself on Linux, a bundle elsewhere.
  private static func imageFile() throws -> FilePath {
    #if os(Linux)
      guard let resolved = realpath("/proc/self/exe", nil) else { throw Errno(rawValue: errno) }
    #else
      var image = Dl_info()
      guard dladdr(#dsohandle, &image) != 0, let resolved = realpath(image.dli_fname, nil) else {
        throw OracleError(description: "it cannot be told where the tests are")
      }
    #endif
    defer { free(resolved) }
    return FilePath(platformString: resolved)
  }
}
