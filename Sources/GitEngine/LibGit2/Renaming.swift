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

// Renames that never replace or that exchange, with ways round where a file system has neither.

/// Swaps two files; false when the file system cannot.
func swapFiles(_ one: FilePath, _ other: FilePath) throws(GitError) -> Bool {
  let status = one.withPlatformString { one in
    other.withPlatformString { cgit2_rename_swap(one, $0) }
  }
  guard status != 0 else { return true }
  let number = errno
  if [EINVAL, ENOSYS, ENOTSUP].contains(number) { return false }
  throw GitError(errno: number, operation: "exchange \(one) and \(other)")
}

/// Moves a file or a directory to a name that must be free; an error with the code `exists`
/// otherwise.
func moveNew(_ source: FilePath, to target: FilePath) throws(GitError) {
  let operation = "move \(source) to \(target)"
  let status = source.withPlatformString { from in
    target.withPlatformString { cgit2_rename_new(from, $0) }
  }
  guard status != 0 else { return }
  let number = errno
  guard [EINVAL, ENOSYS, ENOTSUP].contains(number) else {
    throw GitError(errno: number, operation: operation)
  }
  // The file system cannot rename that way: the name is taken by other means first.
  if try fileStatus(source)?.isDirectory == true {
    try makeDirectory(target)
    return try moveFile(source, to: target)
  }
  try system(operation) {
    source.withPlatformString { from in target.withPlatformString { link(from, $0) } }
  }
  try removeFile(source)
}
