import FoundationEssentials
import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A terminal behind a descriptor.
struct Terminal: Sendable {
  /// Columns and rows.
  struct Size: Hashable, Sendable {
    var width: Int
    var height: Int
  }

  let descriptor: FileDescriptor

  /// The terminal behind a descriptor, if lines on it can be redrawn and nobody asked for plain ones.
  init?(
    _ descriptor: FileDescriptor,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    guard isatty(descriptor.rawValue) == 1, !["", "dumb"].contains(environment["TERM"] ?? ""),
      environment["NO_COLOR"]?.isEmpty != false
    else { return nil }
    self.descriptor = descriptor
  }

  /// What it is now: a person may change it at any time.
  var size: Size {
    var size = winsize()
    guard ioctl(descriptor.rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
    else { return Size(width: 80, height: 24) }
    return Size(width: Int(size.ws_col), height: Int(size.ws_row))
  }

  func write(_ text: String) { _ = try? descriptor.writeAll(Array(text.utf8)) }
}
