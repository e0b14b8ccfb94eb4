#if canImport(System)
  public import System
#else
  public import SystemPackage
#endif

extension Configuration {
  /// Reads the configuration of the project at `root`.
  ///
  /// The first of `.ll/ll-config.json` and `ll-config.json` that exists, with the frontmatter of
  /// `.ll/ll.local.md` merged over it, then the variables `LL_PARALLEL_…` (those of `.env` where the
  /// environment lacks them), then the flags; without any of them the defaults hold. Keys of other
  /// tools are ignored; in the section `parallel` every key must be one that this program knows.
  ///
  /// - Parameters:
  ///   - root: The project's root.
  ///   - environment: The process's environment.
  ///   - flags: What the command line sets.
  public static func load(
    root: FilePath, environment: [String: String] = [:], flags: [ConfigurationFlag] = []
  ) throws(ConfigurationError) -> Configuration {
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
    let standIns = root.appending(".env")
    let variables = EnvironmentFile.read(standIns).filter { environment[$0.name] == nil }
    configuration.agentEnvironment = Dictionary(
      variables.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    layers.append(try ConfigurationLayer(variables, of: standIns))
    layers.append(try ConfigurationLayer(environment: environment))
    layers.append(ConfigurationLayer(flags: flags))
    try configuration.read(ConfigurationLayers(layers))
    return configuration
  }

  /// Changes everything that the layers set.
  private mutating func read(_ layers: ConfigurationLayers) throws(ConfigurationError) {
    try Self.checkSections(layers)
    for setting in Self.settings {
      let path = setting.path
      guard let value = layers[path] else { continue }
      sources.origins[setting.key] = layers.origin(of: path)
      do throws(Setting.Misfit) { try setting.read(value, &self) } catch {
        let reason: ConfigurationError.Reason =
          error.isUnsupported
          ? .unsupported(found: error.found, accepted: error.accepted)
          : .wrongValue(found: error.found, accepted: error.accepted)
        throw layers.error(reason, at: path + error.path)
      }
    }
  }

  /// Complains about sections that are none, and about the first unknown key in `parallel`.
  private static func checkSections(_ layers: ConfigurationLayers) throws(ConfigurationError) {
    let paths = settings.map(\.path)
    for section in Set(paths.map { Array($0.dropLast()) }).sorted(by: { $0.count < $1.count }) {
      if let value = layers[section], case .object = value {
      } else if let value = layers[section] {
        throw layers.error(.wrongValue(found: value.summary, accepted: "an object"), at: section)
      }
      guard section.first == "parallel" else { continue }
      let inside = paths.filter { $0.count > section.count && $0.starts(with: section) }
      let known = Set(inside.map { $0[section.count] })
      guard let unknown = layers.keys(at: section).first(where: { !known.contains($0) })
      else { continue }
      let accepted = known.sorted().map { (section + [$0]).joined(separator: ".") }
      throw layers.error(.unknownKey(accepted: accepted), at: section + [unknown])
    }
  }

  /// The bytes of a file; `nil` when it does not exist.
  private static func bytes(of file: FilePath) throws(ConfigurationError) -> [UInt8]? {
    do {
      return try FileReading.bytes(of: file)
    } catch {
      if error == .noSuchFileOrDirectory || error == .notDirectory { return nil }
      throw ConfigurationError(.unreadable(error.description), in: .file(file))
    }
  }
}
