#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What one line of a `stream-json` output says.
enum StreamEvent: Equatable {
  /// A line that is no event at all.
  case none(String)
  /// Text for people: what the assistant wrote.
  case text([String])
  /// The assistant calls a tool: it goes on. The text is what it says beside that.
  case work([String])
  /// The session has started, with this model.
  case started(model: String?)
  /// The session is over; a process that does not exit now has nothing more to say.
  case result(isError: Bool, message: String)
  /// The provider takes no more work until that moment, in seconds since 1970.
  case rejection(resetsAt: Int?)
  /// An event that carries no text: tool results, usage, partial messages.
  case other

  /// Reads one line.
  init(line: [UInt8]) {
    let text = String(decoding: line, as: UTF8.self)
    guard Self.looksLikeEvent(line),
      // From the text, in which bytes that are not UTF-8 are replaced: JSON allows none.
      let event = try? JSONDecoder().decode(Envelope.self, from: Data(text.utf8))
    else {
      self = .none(text)
      return
    }
    switch event.type {
    case "assistant":
      let lines = event.texts.flatMap(Self.lines)
      self = event.callsTool ? .work(lines) : lines.isEmpty ? .other : .text(lines)
    case "result":
      self = .result(isError: event.isError ?? false, message: event.error ?? event.result ?? "")
    case "system" where event.subtype == "init":
      self = .started(model: event.model)
    case "rate_limit_event" where event.limit?.status == "rejected":
      self = .rejection(resetsAt: event.limit?.resetsAt)
    default:
      self = .other
    }
  }

  /// Whether a line, or the beginning of one, may be an event.
  static func looksLikeEvent(_ line: [UInt8]) -> Bool {
    line.first { ![0x20, 0x09, 0x0D].contains($0) } == UInt8(ascii: "{")
  }

  /// Whether these bytes are an event from beginning to end.
  static func isWhole(_ bytes: [UInt8]) -> Bool {
    if case .none = StreamEvent(line: bytes) { false } else { true }
  }

  private static func lines(_ text: String) -> [String] {
    text.split(omittingEmptySubsequences: false) { $0.isNewline }.map(String.init)
  }
}

/// The fields that matter; one of an unexpected type counts as absent, whoever wrote it.
private struct Envelope: Decodable {
  var type: String
  var subtype, model, error, result: String?
  var isError: Bool?
  var texts: [String] = []
  var callsTool = false
  var limit: Limit?

  private enum Key: String, CodingKey {
    case type, subtype, model, error, result, message, content, text
    case isError = "is_error"
    case limit = "rate_limit_info"
  }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    type = try fields.decode(String.self, forKey: .type)
    subtype = try? fields.decode(String.self, forKey: .subtype)
    model = try? fields.decode(String.self, forKey: .model)
    error = try? fields.decode(String.self, forKey: .error)
    result = try? fields.decode(String.self, forKey: .result)
    isError = try? fields.decode(Bool.self, forKey: .isError)
    limit = try? fields.decode(Limit.self, forKey: .limit)
    guard let message = try? fields.nestedContainer(keyedBy: Key.self, forKey: .message) else {
      return
    }
    if let text = try? message.decode(String.self, forKey: .content) {
      texts = [text]
    } else if let blocks = try? message.decode([Block].self, forKey: .content) {
      texts = blocks.compactMap(\.text)
      callsTool = blocks.contains(where: \.isToolCall)
    }
  }

  struct Limit: Decodable {
    var status: String
    var resetsAt: Int?
  }

  /// A part of a message; only one of type `text` is text.
  private struct Block: Decodable {
    var text: String?
    var isToolCall = false

    init(from decoder: any Decoder) throws {
      guard let fields = try? decoder.container(keyedBy: Key.self) else { return }
      switch try? fields.decode(String.self, forKey: .type) {
      case "text": text = try? fields.decode(String.self, forKey: .text)
      case "tool_use": isToolCall = true
      default: break
      }
    }
  }
}
