/// Splits a `multipart/form-data` body (RFC 7578) into its parts as the bytes arrive; holds at most one delimiter's
/// length, or one part's head, of them.
public struct MultipartReader {
  /// What a piece of the body meant.
  public enum Event: Equatable {
    /// A part's head: its field name, and the file's name when it is a file.
    case began(name: String, file: String?)
    /// Some of the part's bytes.
    case data([UInt8])
    /// The part's end.
    case ended
  }

  /// A body that is not what its head promised.
  public struct Problem: Error, Equatable, CustomStringConvertible {
    /// What is wrong.
    public let description: String
  }

  private enum State { case preamble, afterDelimiter, head, body, finished }

  /// Bytes of a part's head, at most.
  public static let mostHeadBytes = 4096
  /// Parts of a body, at most.
  public static let mostParts = 16

  private let delimiter: [UInt8]
  private var pending: [UInt8]
  private var state = State.preamble
  private var parts = 0

  /// A reader for the boundary of a `Content-Type` value; nil when that names none, or an impossible one.
  public init?(contentType: String) {
    guard contentType.lowercased().hasPrefix("multipart/form-data"),
      let boundary = Self.parameter("boundary", of: contentType), (1...70).contains(boundary.utf8.count)
    else { return nil }
    delimiter = Array("\r\n--\(boundary)".utf8)
    // The first delimiter stands at the body's beginning, without the line break of the others.
    pending = [13, 10]
  }

  /// Whether the closing delimiter was seen.
  public var isFinished: Bool { state == .finished }

  /// Takes the next bytes.
  public mutating func read(_ bytes: some Sequence<UInt8>) throws(Problem) -> [Event] {
    if state == .finished { return [] }
    pending.append(contentsOf: bytes)
    var events: [Event] = []
    while try step(&events) {}
    return events
  }

  /// One step; false when more bytes are needed.
  private mutating func step(_ events: inout [Event]) throws(Problem) -> Bool {
    switch state {
    case .preamble, .body:
      let found = Self.find(delimiter, in: pending)
      let whole = found ?? max(0, pending.count - delimiter.count + 1)
      if state == .body, whole > 0 { events.append(.data(Array(pending[..<whole]))) }
      guard let found else {
        pending.removeFirst(whole)
        return false
      }
      pending.removeFirst(found + delimiter.count)
      if state == .body { events.append(.ended) }
      state = .afterDelimiter
      return true
    case .afterDelimiter:
      guard pending.count >= 2 else { return false }
      if pending.starts(with: [0x2D, 0x2D]) {
        state = .finished
        pending = []
        return false
      }
      guard pending.starts(with: [13, 10]) else {
        throw Problem(description: "something else than a line break stands after the boundary")
      }
      pending.removeFirst(2)
      state = .head
      return true
    case .head:
      guard let end = Self.find([13, 10, 13, 10], in: pending), end <= Self.mostHeadBytes else {
        if pending.count > Self.mostHeadBytes { throw Problem(description: "a part's head is too long") }
        return false
      }
      parts += 1
      guard parts <= Self.mostParts else { throw Problem(description: "more than \(Self.mostParts) parts") }
      events.append(try began(String(decoding: pending[..<end], as: UTF8.self)))
      pending.removeFirst(end + 4)
      state = .body
      return true
    case .finished: return false
    }
  }

  private func began(_ head: String) throws(Problem) -> Event {
    for line in head.split(separator: "\r\n") {
      guard line.lowercased().hasPrefix("content-disposition:") else { continue }
      let text = String(line.dropFirst("content-disposition:".count))
      guard let name = Self.parameter("name", of: text) else { break }
      return .began(name: name, file: Self.parameter("filename", of: text))
    }
    throw Problem(description: "a part has no Content-Disposition with a name")
  }

  /// A parameter of a head's value, quoted or not.
  static func parameter(_ name: String, of text: String) -> String? {
    var rest = text[...]
    while let semicolon = rest.firstIndex(of: ";") {
      rest = rest[rest.index(after: semicolon)...].drop { $0 == " " || $0 == "\t" }
      guard let equals = rest.firstIndex(of: "=") else { return nil }
      let key = rest[..<equals]
      rest = rest[rest.index(after: equals)...]
      let value: String
      if rest.first == "\"" {
        (value, rest) = quoted(rest.dropFirst())
      } else {
        let end = rest.firstIndex(of: ";") ?? rest.endIndex
        (value, rest) = (rest[..<end].trimmed, rest[end...])
      }
      if key.lowercased() == name { return value }
    }
    return nil
  }

  private static func quoted(_ text: Substring) -> (String, Substring) {
    var value = ""
    var index = text.startIndex
    while index < text.endIndex, text[index] != "\"" {
      // Browsers escape only the quote (as %22 or \"); a lone backslash is part of an old path.
      let next = text.index(after: index)
      if text[index] == "\\", next < text.endIndex, text[next] == "\"" { index = next }
      value.append(text[index])
      index = text.index(after: index)
    }
    return (value, index < text.endIndex ? text[text.index(after: index)...] : "")
  }

  /// The first place of `pattern` in `bytes`.
  static func find(_ pattern: [UInt8], in bytes: [UInt8]) -> Int? {
    guard let first = pattern.first, bytes.count >= pattern.count else { return nil }
    var start = 0
    let last = bytes.count - pattern.count
    while start <= last {
      guard let candidate = bytes[start...last].firstIndex(of: first) else { return nil }
      if bytes[candidate..<candidate + pattern.count].elementsEqual(pattern) { return candidate }
      start = candidate + 1
    }
    return nil
  }
}

extension Substring {
  fileprivate var trimmed: String {
    var text = self
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return String(text)
  }
}
