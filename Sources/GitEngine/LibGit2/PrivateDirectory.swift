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

/// Runs `body` with a new directory that only this user can look into, and removes it.
///
/// Its path never needs to be quoted for a shell.
func withPrivateDirectory<Value>(
  _ purpose: String, _ body: (FilePath) throws(GitError) -> Value
) throws(GitError) -> Value {
  var base = environmentVariable("TMPDIR") ?? "/tmp"
  let plain = Array("/._-+:@".utf8)
  let isPlain = base.utf8.allSatisfy { byte in
    plain.contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
  if !isPlain || !base.hasPrefix("/") { base = "/tmp" }
  var template = Array("\(base)/\(purpose)-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else {
    throw GitError(errno: errno, operation: "make a temporary directory in \(base)")
  }
  let directory = FilePath(platformString: template)
  let result: Result<Value, GitError>
  do throws(GitError) { result = .success(try body(directory)) } catch { result = .failure(error) }
  // What is left of it holds no secret.
  try? removeTree(directory)
  return try result.get()
}
