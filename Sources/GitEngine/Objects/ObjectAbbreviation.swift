internal import CLibGit2

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// Shortens ids to as many digits as git prints: enough to tell objects apart, and for some time to come.
final class ObjectAbbreviation {
  private let database: Owned<ObjectDatabaseHandle>
  private let directories: [FilePath]
  /// What `core.abbrev` says; `nil` for "auto".
  private let configured: Int?
  private lazy var shortest = configured ?? Self.length(for: packedObjects())

  /// git's shortest by default.
  private static let least = 7
  private static let digits = 40

  init(_ git: borrowing GitSession<some Any>) throws(GitError) {
    database = try git.objectDatabase()
    directories = git.objectDirectories()
    configured = Self.configured(try git.configuration("core.abbrev"))
  }

  private static func configured(_ text: String?) -> Int? {
    guard let text else { return nil }
    if ["no", "off", "false"].contains(text.lowercased()) { return digits }
    return Int(text).flatMap { (4...digits).contains($0) ? $0 : nil }
  }

  /// With 2^n objects, two of them share the first n/2 bits by chance; a digit has four.
  private static func length(for objects: Int) -> Int {
    let bits = objects > 0 ? Int.bitWidth - objects.leadingZeroBitCount : 0
    return max((bits + 1) / 2, least)
  }

  /// The first digits of an id.
  func callAsFunction(_ id: ObjectID) -> String {
    var length = shortest
    var found = git_oid()
    while length < Self.digits,
      id.withRaw({ git_odb_exists_prefix(&found, database.pointer, $0, length) })
        == GIT_EAMBIGUOUS.rawValue
    {
      length += 1
    }
    git_error_clear()
    return String(id.description.prefix(length))
  }

  // MARK: How many objects there are

  /// git counts those in packs alone, and some of them twice.
  private func packedObjects() -> Int {
    directories.reduce(0) { $0 + Self.packedObjects(in: $1.appending("pack")) }
  }

  private static func packedObjects(in directory: FilePath) -> Int {
    var count = 0
    var covered: Set<[UInt8]> = []
    let several = directory.appending("multi-pack-index")
    if let index = ChunkFile(several, signature: "MIDX", header: 12),
      let names = index.chunk("PNAM"), let fanout = index.chunk("OIDF"), fanout.count == 1024
    {
      covered = Set(names.split(separator: 0).map { Array($0) })
      count = Int(fanout.number(at: 1020))
    }
    for name in (try? directoryNames(directory)) ?? []
    where name.suffix(4).elementsEqual(".idx".utf8) && !covered.contains(name) {
      count += objects(inPack: directory.pushing(FilePath(gitText: name)))
    }
    return count
  }

  private static func objects(inPack index: FilePath) -> Int {
    guard let file = MappedFile(index) else { return 0 }
    // The last of 256 numbers; the first version of these files has no header before them.
    let last = (file.bytes.starts(with: [0xFF, 0x74, 0x4F, 0x63]) ? 8 : 0) + 1020
    return file.bytes.count < last + 4 ? 0 : Int(file.bytes.number(at: last))
  }
}

extension GitSession {
  /// The first digits of an object's id, as many as git prints.
  func abbreviation(of id: ObjectID) throws(GitError) -> String {
    try ObjectAbbreviation(self)(id)
  }
}
