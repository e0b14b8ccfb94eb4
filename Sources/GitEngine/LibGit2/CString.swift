internal import CLibGit2

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// The number of bytes before the terminating zero.
func cStringLength(_ pointer: UnsafePointer<CChar>) -> Int { strlen(pointer) }

/// Calls `body` with paths as libgit2 takes them.
func withCStrings<Value>(
  _ paths: [RepositoryPath], _ body: (git_strarray) throws(GitError) -> Value
) throws(GitError) -> Value {
  // One buffer holds them all, each with a zero byte behind.
  var text: [CChar] = []
  var offsets: [Int] = []
  for path in paths {
    offsets.append(text.count)
    text += path.bytes.map { CChar(bitPattern: $0) } + [0]
  }
  return try text.withUnsafeMutableBufferPointer { text in
    var pointers = offsets.map { offset in text.baseAddress.map { $0 + offset } }
    return pointers.withUnsafeMutableBufferPointer { pointers in
      Result { () throws(GitError) in
        try body(git_strarray(strings: pointers.baseAddress, count: pointers.count))
      }
    }
  }.get()
}
