import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The directory in which the program was started.
func currentDirectory() throws -> FilePath {
  guard let text = getcwd(nil, 0) else { throw Errno(rawValue: errno) }
  defer { free(text) }
  return FilePath(platformString: text)
}

/// The file of the program itself, to start it again.
func programFile() throws -> FilePath {
  #if os(Linux)
    guard let resolved = realpath("/proc/self/exe", nil) else { throw Errno(rawValue: errno) }
  #else
    guard let resolved = realpath(CommandLine.arguments[0], nil) else {
      throw Errno(rawValue: errno)
    }
  #endif
  defer { free(resolved) }
  return FilePath(platformString: resolved)
}
