#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// The number of bytes before the terminating zero.
func cStringLength(_ pointer: UnsafePointer<CChar>) -> Int { strlen(pointer) }
