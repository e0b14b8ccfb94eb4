#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What one line of a `stream-json` output says.
enum StreamEvent: Equatable {
  /// Text for people: what the assistant wrote, or a line that is no event at all.
  case text([String])
  /// The session has started, with this model.
  case started(model: String?)
  /// The session is over; a process that does not exit now has nothing more to say.
  case result(isError: Bool, message: String)
  /// An event that carries no text: tool calls, usage, partial messages.
  case other

  /// Reads one line; a line that is not an event is text, so nothing is lost.
  init(line: [UInt8]) {
    let text = String(decoding: line, as: UTF8.self)
    guard text.first(where: { !$0.isWhitespace }) == "{",
      let event = try? JSONDecoder().decode(Envelope.self, from: Data(line))
    else {
      self = .text([text])
      return
    }
    switch event.type {
    case "assistant":
      let lines = event.texts.flatMap(Self.lines)
      self = lines.isEmpty ? .other : .text(lines)
    case "result":
      self = .result(isError: event.isError ?? false, message: event.error ?? event.result ?? "")
    case "system" where event.subtype == "init":
      self = .started(model: event.model)
    default:
      self = .other
    }
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

  private enum Key: String, CodingKey {
    case type, subtype, model, error, result, message, content, text
    case isError = "is_error"
  }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    type = try fields.decode(String.self, forKey: .type)
    subtype = try? fields.decode(String.self, forKey: .subtype)
    model = try? fields.decode(String.self, forKey: .model)
    error = try? fields.decode(String.self, forKey: .error)
    result = try? fields.decode(String.self, forKey: .result)
    isError = try? fields.decode(Bool.self, forKey: .isError)
    guard let message = try? fields.nestedContainer(keyedBy: Key.self, forKey: .message) else {
      return
    }
    if let text = try? message.decode(String.self, forKey: .content) {
      texts = [text]
    } else if let blocks = try? message.decode([Block].self, forKey: .content) {
      texts = blocks.compactMap(\.text)
    }
  }

  /// A part of a message; only one of type `text` is text.
  private struct Block: Decodable {
    var text: String?

    init(from decoder: any Decoder) throws {
      guard let fields = try? decoder.container(keyedBy: Key.self),
        (try? fields.decode(String.self, forKey: .type)) == "text"
      else { return }
      text = try? fields.decode(String.self, forKey: .text)
    }
  }
}
