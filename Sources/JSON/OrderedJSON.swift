import Foundation

/// A JSON value whose object members keep their order and whose numbers have a fixed number of decimals, so that
/// the same result is always the same bytes.
public indirect enum OrderedJSON: Sendable {
  /// Members in this order.
  case object([(String, OrderedJSON)])
  /// Values in this order.
  case array([OrderedJSON])
  /// Any text.
  case string(String)
  /// A whole number.
  case integer(Int64)
  /// A finite number, rounded to so many decimals, trailing zeros cut off.
  case number(Double, decimals: Int)
  /// true or false.
  case bool(Bool)
  /// JSON text that this program wrote before, put in as it is.
  case raw(String)

  /// One line of JSON text (RFC 8259).
  public var text: String {
    var out = ""
    write(to: &out)
    return out
  }

  private func write(to out: inout String) {
    switch self {
    case .object(let members):
      out += "{"
      for (position, (name, value)) in members.enumerated() {
        if position > 0 { out += "," }
        Self.quote(name, to: &out)
        out += ":"
        value.write(to: &out)
      }
      out += "}"
    case .array(let values):
      out += "["
      for (position, value) in values.enumerated() {
        if position > 0 { out += "," }
        value.write(to: &out)
      }
      out += "]"
    case .string(let text): Self.quote(text, to: &out)
    case .integer(let number): out += String(number)
    case .number(let number, let decimals): out += Self.rounded(number, decimals)
    case .bool(let flag): out += flag ? "true" : "false"
    case .raw(let text): out += text
    }
  }

  private static func rounded(_ number: Double, _ decimals: Int) -> String {
    precondition(number.isFinite, "JSON has no infinite numbers")
    var text = String(format: "%.\(decimals)f", locale: Locale(identifier: "en_US_POSIX"), number)
    if text.contains(".") {
      while text.hasSuffix("0") { text.removeLast() }
      if text.hasSuffix(".") { text.removeLast() }
    }
    return text == "-0" ? "0" : text
  }

  private static func quote(_ text: String, to out: inout String) {
    out += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case _ where isCommand(scalar.value): out += String(format: "\\u%04x", scalar.value)
      default: out.unicodeScalars.append(scalar)
      }
    }
    out += "\""
  }

  /// Control characters and what else a terminal, or a reader of lines, would obey.
  private static func isCommand(_ value: UInt32) -> Bool {
    switch value {
    case ..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
