/// One merge of three trees.
///
/// The steps are git's (merge-ort), so that verdict, tree and conflicts are: walk the trees as
/// far as needed (`TreeWalk`), find renames (`RenameDetection`, `DirectoryRenames`), move versions to
/// where the renames lead (`RenameApplication`), resolve path by path (`PathResolution`), and build the
/// trees from the leaves up (`TreeAssembly`).
final class ThreeWayMerge {
  /// What decides about a merge, with nothing left open.
  struct Settings {
    var labels: MergeOptions.Labels
    /// What the markers call the ancestor.
    var ancestorLabel: String
    var favor: MergeOptions.Favor
    var detectsRenames: Bool
    var renameLimit: Int
    var directoryRenames: MergeOptions.DirectoryRenames
    var style: MergeOptions.ConflictStyle
    /// How deep this is inside of the merge of several merge bases; 0 for the merge itself.
    var depth = 0
  }

  let settings: Settings
  let objects: MergeObjects
  let contents: ContentMerger
  let operation: String

  /// The trees that are merged.
  private(set) var roots: Triple<ObjectID>?
  var table = PathTable()
  /// The paths that are part of the merge; the table has others beside.
  var paths = PathMap<MergePath>()
  var renames = Triple(SideRenames(), SideRenames(), SideRenames())
  /// Which sides' changes in the present directory matter to a directory rename:
  /// none; one side, if it adds files there; or all.
  var directoryRenameWatch: Sides = []
  /// Directories that may be taken as a whole, for each side that changed them.
  var postponed = Triple<[Postponed]>([], [], [])
  var mayPostpone = Triple(true, true, true)

  var conflicted: Set<PathID> = []
  var notes: [(primary: PathID, note: MergeNote)] = []
  var neededRenameLimit: Int?

  struct Postponed {
    var path: PathID
    var watch: Sides
  }

  init(
    _ settings: Settings, objects: MergeObjects, contents: ContentMerger, operation: String
  ) {
    self.settings = settings
    self.objects = objects
    self.contents = contents
    self.operation = operation
  }

  /// The merged tree, in `objects`, and whether it is clean.
  func run(
    base: ObjectID, ours: ObjectID, theirs: ObjectID
  ) throws(GitError) -> (tree: ObjectID, isClean: Bool) {
    roots = Triple(base, ours, theirs)
    try collect(base: base, ours: ours, theirs: theirs)
    var isClean = try followRenames()
    let tree = try assemble()
    if !conflicted.isEmpty { isClean = false }
    return (tree, isClean)
  }

  /// Throws when the task was cancelled.
  func checkCancellation() throws(GitError) {
    if Task.isCancelled { throw .cancelled(operation) }
  }

  /// Records what a person should know, under the path that it is most about.
  func report(_ kind: ConflictKind, _ paths: [PathID], _ text: String) {
    guard settings.depth == 0, let primary = paths.first else { return }
    notes.append((primary, MergeNote(kind: kind, paths: paths.map { table.path($0) }, text: text)))
  }

  func text(_ path: PathID) -> String { table.path(path).description }

  func label(_ side: Side) -> String {
    side == .theirs ? settings.labels.theirs : settings.labels.ours
  }

  /// A name for what cannot stay at a path: the path, `~` and the side's label.
  func uniquePath(_ path: PathID, _ side: Side) -> PathID {
    let flat = label(side).utf8.map { $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0 }
    let name = table.name(path) + [UInt8(ascii: "~")] + flat
    let parent = table.parent(path)
    var candidate = name.withUnsafeBytes { table.insert($0, in: parent) }
    var suffix = 0
    while paths.contains(candidate) {
      candidate = (name + Array("_\(suffix)".utf8)).withUnsafeBytes {
        table.insert($0, in: parent)
      }
      suffix += 1
    }
    return candidate
  }
}
