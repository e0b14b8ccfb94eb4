internal import Yams

/// The bytes of an issue file: frontmatter with fields, then a body in Markdown.
///
/// Nothing is normalised. Byte order mark, line endings and bytes that are not UTF-8 stay as they
/// are, so that an edit changes what it has to and nothing else.
public struct IssueDocument: Hashable, Sendable {
  /// The file's bytes.
  public let bytes: [UInt8]
  /// Where the frontmatter stands; `nil` when the file has none.
  let frontmatter: Frontmatter?

  /// A document with these bytes; any bytes are a document.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    guard let found = Frontmatter(in: bytes) else {
      frontmatter = nil
      return
    }
    if case .none = Header(bytes, found) { frontmatter = nil } else { frontmatter = found }
  }

  /// The text behind the frontmatter, or behind the byte order mark.
  public var body: ArraySlice<UInt8> { bytes[bodyStart...] }

  var bodyStart: Int {
    frontmatter?.bodyStart ?? (bytes.starts(with: Frontmatter.byteOrderMark) ? 3 : 0)
  }

  /// The line ending that the file uses first; a line feed when it has none.
  var lineEnding: [UInt8] {
    guard let feed = bytes.firstIndex(of: UInt8(ascii: "\n")), feed > 0,
      bytes[feed - 1] == UInt8(ascii: "\r")
    else { return Array("\n".utf8) }
    return Array("\r\n".utf8)
  }

  /// What the top of the file holds.
  var header: Header {
    if let frontmatter { return Header(bytes, frontmatter) }
    return Frontmatter.isUnterminated(in: bytes)
      ? .broken("the frontmatter has no closing '---'", line: 1) : .none
  }

  /// What the top of a file holds.
  enum Header {
    /// No frontmatter.
    case none
    /// Frontmatter that YAML can read.
    case fields(FrontmatterFields)
    /// Frontmatter that it cannot read, and the line of the file where it stops.
    case broken(String, line: Int)

    fileprivate init(_ bytes: [UInt8], _ frontmatter: Frontmatter) {
      let content = bytes[frontmatter.content]
      guard content.count <= Self.maximumSize else {
        self = .broken("the frontmatter is larger than \(Self.maximumSize) bytes", line: 1)
        return
      }
      guard let text = String(validating: content, as: UTF8.self) else {
        self =
          Self.looksLikeFields(bytes, frontmatter)
          ? .broken("the frontmatter is not UTF-8", line: 1) : .none
        return
      }
      do {
        // Text between two rules is read as a single value: not frontmatter at all.
        switch try compose(yaml: text) {
        case nil: self = .fields(FrontmatterFields(node: nil))
        case .mapping(let mapping)?:
          self = .fields(FrontmatterFields(node: .mapping(mapping)))
        default: self = .none
        }
      } catch {
        self = Self.looksLikeFields(bytes, frontmatter) ? Self.broken(by: error) : .none
      }
    }

    /// Enough for any list of fields; a limit keeps hostile nesting within the stack.
    private static let maximumSize = 1 << 16

    private static func looksLikeFields(_ bytes: [UInt8], _ frontmatter: Frontmatter) -> Bool {
      let content = frontmatter.content
      let lines = ByteLines(bytes, from: content.lowerBound, to: content.upperBound)
      let first = lines.first { line in
        let start = bytes[line].first { !$0.isBlank }
        return start != nil && start != UInt8(ascii: "#")
      }
      return first.map { FieldLine(bytes, $0) != nil || bytes[$0].first == UInt8(ascii: "{") }
        ?? false
    }

    private static func broken(by error: any Error) -> Header {
      switch error as? YamlError {
      case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
        .composer(_, let problem, let mark, _):
        // The first line of the file is the marker.
        return .broken("the frontmatter is not YAML: \(problem)", line: mark.line + 1)
      case .duplicatedKeysInMapping(let duplicates, let context):
        let keys = duplicates.map { "'\($0)'" }.joined(separator: ", ")
        return .broken("the frontmatter has \(keys) twice", line: context.mark.line + 1)
      case .reader(let problem, _, _, _):
        return .broken("the frontmatter is not YAML: \(problem)", line: 1)
      default:
        return .broken("the frontmatter is not YAML", line: 1)
      }
    }
  }
}
