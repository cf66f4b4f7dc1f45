/// Writes JSON in the one canonical form of RFC 8785: members sorted, no white space, shortest numbers.
///
/// The same value is always the same bytes, so a record's hash can be made again from its content. One departure
/// for what a log must survive: U+0000 becomes U+FFFD, because databases cannot hold it.
public enum CanonicalJSON {
  /// The largest whole number that every JSON reader keeps exactly.
  static let largestInteger: Int64 = (1 << 53) - 1

  /// The canonical bytes (UTF-8).
  public static func bytes(_ value: JSONValue) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(512)
    write(value, to: &out)
    return out
  }

  /// The canonical text.
  public static func text(_ value: JSONValue) -> String { String(decoding: bytes(value), as: UTF8.self) }

  private static func write(_ value: JSONValue, to out: inout [UInt8]) {
    switch value {
    case .null: out += "null".utf8
    case .bool(let flag): out += (flag ? "true" : "false").utf8
    case .integer(let number):
      let isExact = (-largestInteger...largestInteger).contains(number)
      out += (isExact ? String(number) : "\"\(number)\"").utf8
    case .number(let number): out += self.number(number).utf8
    case .string(let text): quote(text, to: &out)
    case .array(let values):
      out.append(UInt8(ascii: "["))
      for (position, value) in values.enumerated() {
        if position > 0 { out.append(UInt8(ascii: ",")) }
        write(value, to: &out)
      }
      out.append(UInt8(ascii: "]"))
    case .object(let members): write(members, to: &out)
    }
  }

  private static func write(_ members: [String: JSONValue], to out: inout [UInt8]) {
    out.append(UInt8(ascii: "{"))
    // RFC 8785 sorts by UTF-16 code units; for the ASCII names of our own records that is byte order.
    let isASCII = members.keys.allSatisfy { name in name.utf8.allSatisfy { $0 < 0x80 } }
    let sorted = members.sorted {
      isASCII
        ? $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
        : $0.key.utf16.lexicographicallyPrecedes($1.key.utf16)
    }
    var isFirst = true
    for (name, value) in sorted {
      if !isFirst { out.append(UInt8(ascii: ",")) }
      isFirst = false
      quote(name, to: &out)
      out.append(UInt8(ascii: ":"))
      write(value, to: &out)
    }
    out.append(UInt8(ascii: "}"))
  }

  private static func quote(_ text: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): out += "\\\"".utf8
      case UInt8(ascii: "\\"): out += "\\\\".utf8
      case 0x00: out += "\u{FFFD}".utf8
      case 0x08: out += "\\b".utf8
      case 0x09: out += "\\t".utf8
      case 0x0A: out += "\\n".utf8
      case 0x0C: out += "\\f".utf8
      case 0x0D: out += "\\r".utf8
      case ..<0x20: out += "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
      default: out.append(byte)
      }
    }
    out.append(UInt8(ascii: "\""))
  }

  /// A number as ECMAScript's Number::toString writes it; not a number and infinity become `null`.
  static func number(_ number: Double) -> String {
    guard number.isFinite else { return "null" }
    if number == 0 { return "0" }
    if number.magnitude < 1e15, let whole = Int64(exactly: number) { return String(whole) }
    let (digits, point) = shortestDigits(number.magnitude)
    let sign = number < 0 ? "-" : ""
    let count = digits.count
    if count <= point, point <= 21 { return sign + digits + String(repeating: "0", count: point - count) }
    if 0 < point, point <= 21 { return sign + digits.prefix(point) + "." + digits.dropFirst(point) }
    if -6 < point, point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
    let exponent = point - 1
    let power = (exponent < 0 ? "-" : "+") + String(exponent.magnitude)
    return sign + digits.prefix(1) + (count > 1 ? "." + digits.dropFirst() : "") + "e" + power
  }

  /// The shortest digits that read back as the number, and where the decimal point stands among them.
  private static func shortestDigits(_ number: Double) -> (digits: String, point: Int) {
    // Swift's description has the shortest digits (like ECMAScript's), only arranged in another way.
    let parts = number.description.split(separator: "e")
    let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let halves = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    var digits = String(halves[0])
    var point = digits.count + exponent
    if halves.count > 1 { digits += halves[1] }
    let leading = digits.prefix { $0 == "0" }.count
    digits.removeFirst(leading)
    point -= leading
    while digits.hasSuffix("0") { digits.removeLast() }
    return (digits, point)
  }
}
