#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The program's standard input, output and error, which may be closed or lose their reader.
enum StandardStreams {
  /// Sees to it that nobody's absence at the other end harms a run.
  ///
  /// Without that, a reader that goes away ends the program in the middle of a run, with its agents
  /// still at work; and where a stream is closed, the next file that is opened would take its number,
  /// so that messages would be written into it.
  static func makeSafe() {
    signal(SIGPIPE, SIG_IGN)
    var descriptor: Int32
    repeat { descriptor = open("/dev/null", O_RDWR) } while (0...2).contains(descriptor)
    if descriptor > 2 { close(descriptor) }
  }

  /// Lets a reader at the other end of a pipe see what was printed.
  static func flushOutput() { fflush(nil) }
}
