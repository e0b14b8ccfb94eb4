internal import CLibGit2

/// Calls `body` with the entries of a configuration whose names begin with `prefix`, the least specific
/// file first.
///
/// Not by libgit2's own choice of names, which are regular expressions: each that does not match
/// leaves some twenty kilobytes behind, in 1.5 at least.
func visitConfiguration(
  _ configuration: OpaquePointer, under prefix: String, _ operation: @autoclosure () -> String,
  _ body: (_ name: String, _ entry: git_config_entry) -> Void
) throws(GitError) {
  var iterator: OpaquePointer?
  try check(git_config_iterator_new(&iterator, configuration), operation())
  defer { git_config_iterator_free(iterator) }
  var entry: UnsafeMutablePointer<git_config_entry>?
  while git_config_next(&entry, iterator) == 0, let entry = entry?.pointee {
    let name = String(cString: entry.name)
    if name.hasPrefix(prefix) { body(name, entry) }
  }
  git_error_clear()
}
