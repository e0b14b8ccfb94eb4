import SystemPackage

/// Lines for people, on standard error.
enum StandardError {
  /// Writes a line; a closed standard error is nobody's problem.
  static func write(_ line: String) {
    _ = try? FileDescriptor.standardError.writeAll(Array("\(line)\n".utf8))
  }
}
