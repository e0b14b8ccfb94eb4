internal import Yams

#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

extension Configuration {
  /// Reads the configuration of the project at `root`.
  ///
  /// The first of `.ll/ll-config.json` and `ll-config.json` that exists, with the frontmatter of
  /// `.ll/ll.local.md` merged over it; without any file the defaults hold. Keys of other tools are
  /// ignored; in the section `parallel` every key must be one that this program knows.
  public static func load(root: FilePath) throws(ConfigurationError) -> Configuration {
    var configuration = Configuration()
    var layers: [ConfigurationLayer] = []
    for name in [".ll/ll-config.json", "ll-config.json"] {
      let file = root.appending(name)
      guard let bytes = try bytes(of: file) else { continue }
      layers.append(try ConfigurationLayer(json: bytes, file: file))
      configuration.sources.file = file
      configuration.parallel.agentProtocol = .littleLoops
      break
    }
    let localFile = root.appending(".ll/ll.local.md")
    if let bytes = try bytes(of: localFile) {
      layers.append(try ConfigurationLayer(document: bytes, file: localFile))
      configuration.sources.localFile = localFile
    }
    try configuration.read(ConfigurationLayers(layers))
    return configuration
  }

  /// The bytes of a file; `nil` when it does not exist.
  private static func bytes(of file: FilePath) throws(ConfigurationError) -> [UInt8]? {
    do {
      return try FileReading.bytes(of: file)
    } catch {
      if error == .noSuchFileOrDirectory || error == .notDirectory { return nil }
      throw ConfigurationError(.unreadable(error.description), file: file)
    }
  }
}

extension ConfigurationLayer {
  /// The content of a JSON file, whose top must be an object.
  init(json bytes: [UInt8], file: FilePath) throws(ConfigurationError) {
    do throws(JSONParser.Failure) {
      let (value, lines) = try JSONParser.parse(bytes)
      self.init(file: file, value: value, lines: lines)
    } catch {
      throw ConfigurationError(
        .malformed("not JSON: \(error.why)"), file: file, line: error.line, column: error.column)
    }
    guard case .object = value else {
      throw ConfigurationError(.malformed("it is not an object"), file: file)
    }
  }

  /// The frontmatter of a Markdown file, which must be a mapping; without one there is nothing.
  init(document bytes: [UInt8], file: FilePath) throws(ConfigurationError) {
    let document = IssueDocument(bytes)
    switch document.header {
    case .none:
      self.init(file: file, value: .object([:]), lines: [:])
    case .fields(let fields):
      var lines: [[String]: Int] = [:]
      let value = JSONValue(fields.node, lines: &lines, firstLine: 2)
      self.init(file: file, value: value, lines: lines)
    case .broken(let why, let line):
      throw ConfigurationError(.malformed(why), file: file, line: line)
    }
  }
}

extension JSONValue {
  /// A YAML value with the types that YAML gives it.
  init(_ node: Node?, lines: inout [[String]: Int], path: [String] = [], firstLine: Int) {
    switch node {
    case .mapping(let mapping):
      var members: [String: JSONValue] = [:]
      for (key, value) in mapping {
        guard let name = key.scalar?.string else { continue }
        let inner = path + [name]
        lines[inner] = key.mark.map { $0.line + firstLine - 1 }
        members[name] = JSONValue(value, lines: &lines, path: inner, firstLine: firstLine)
      }
      self = .object(members)
    case .sequence(let sequence):
      self = .array(
        sequence.map { JSONValue($0, lines: &lines, path: path, firstLine: firstLine) })
    case .scalar(let scalar):
      self = JSONValue(scalar)
    case .alias, nil:
      self = .null
    }
  }

  private init(_ scalar: Node.Scalar) {
    let node = Node.scalar(scalar)
    let text = JSONValue.string(scalar.string)
    switch node.tag {
    case Tag(.null): self = .null
    case Tag(.bool): self = node.bool.map { .bool($0) } ?? text
    case Tag(.int): self = node.int.map { .integer($0) } ?? text
    case Tag(.float): self = node.float.map { .number($0) } ?? text
    default: self = text
    }
  }
}
