/// What a merge knows of one path.
///
/// It begins as what the three trees have there. Renames move versions from one path to another;
/// resolving it sets `result`.
struct MergePath {
  /// What each tree has here, directories too; `files` tells which ones count.
  var versions: Triple<TreeEntry?>
  /// Where each version comes from, which is elsewhere after a rename.
  var names: Triple<PathID>
  /// Where there is anything but a directory.
  var files: Sides
  /// Where there is a directory.
  var directories: Sides
  /// The trees that have the same here: none, or two of them.
  var equal: Sides = []
  /// What the merge has here; `nil` for nothing.
  var result: TreeEntry?
  /// Whether nothing is left to decide.
  var isClean = false
  /// Whether one side has a file and another a directory.
  var meetsDirectory = false
  /// Whether there is a conflict about where the file belongs.
  var isContested = false

  /// A path on which nothing needs to be decided.
  init(_ path: PathID, resolved entry: TreeEntry) {
    versions = Triple(entry, entry, entry)
    names = Triple(path, path, path)
    (files, directories) = entry.mode == .tree ? ([], .all) : (.all, [])
    result = entry
    isClean = true
  }

  init(_ path: PathID, versions: Triple<TreeEntry?>, files: Sides, directories: Sides) {
    self.versions = versions
    names = Triple(path, path, path)
    self.files = files
    self.directories = directories
    meetsDirectory = !files.isEmpty && !directories.isEmpty
  }

  /// A directory that comes into being because a file is moved into it.
  init(newDirectory path: PathID, for side: Sides) {
    self.init(path, versions: Triple(nil, nil, nil), files: [], directories: side)
  }

  /// Forgets the versions of the sides that have no file here.
  mutating func keepFilesOnly() {
    for side in Side.all where !files.contains(side) { versions[side] = nil }
  }

  /// The versions of a conflict, as git lists them.
  func stage(_ side: Side) -> TreeEntry? { files.contains(side) ? versions[side] : nil }
}
