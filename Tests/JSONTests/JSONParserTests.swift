import JSON
import Testing
import VigilTesting

/// JSON as RFC 8259 defines it, and nothing more.
@Suite struct JSONParserTests {
  private func parsed(_ text: String) throws(JSONError) -> JSONValue {
    try JSONParser.parse(Array(text.utf8))
  }

  private func refusal(_ text: String) -> JSONError? {
    do throws(JSONError) {
      _ = try parsed(text)
      return nil
    } catch { return error }
  }

  @Test(
    arguments: [
      ("null", .null), (" true\n", .bool(true)), ("\tfalse\r", .bool(false)), ("0", 0), ("-0", 0),
      ("-17", -17), ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      // One beyond Int64 is a number all the same, no longer exact.
      ("9223372036854775808", .number(0x1p63)), ("1.0", .number(1)), ("-2.5e-3", .number(-0.0025)),
      ("1E2", .number(100)), ("1e+2", .number(100)), ("[]", .array([])), ("[ ]", .array([])),
      ("{}", .object([:])), ("{ }", .object([:])), ("[1 , [2]]", .array([1, .array([2])])),
      ("{\"a\" : {\"b\":[]}}", .object(["a": .object(["b": .array([])])])), ("\"\"", ""),
      (#""\"\\\/\b\f\n\r\t""#, .string("\"\\/\u{8}\u{C}\n\r\t")), (#""\u0041\u00e9\u20AC""#, "Aé€"),
      (#""\ud83d\ude00""#, "😀"), ("\"\u{7F}\"", "\u{7F}"), ("\"é\u{2028}\"", "é\u{2028}"),
    ] as [(String, JSONValue)])
  func textIsReadAsTheStandardSays(text: String, value: JSONValue) throws {
    #expect(try parsed(text) == value)
  }

  /// Where it stands and what should stand there.
  @Test(
    arguments: [
      ("", 0, "a value"), ("  ", 2, "a value"), ("[1,]", 3, "a value"), ("[1 2]", 3, "a comma or ]"),
      ("[1", 2, "a comma or ]"), ("{\"a\" 1}", 5, "a colon"), ("{\"a\":1 \"b\"}", 7, "a comma or }"),
      ("{1:2}", 1, "a member's name"), ("{\"a\":1,}", 7, "a member's name"), ("tru", 0, "true"),
      ("nulL", 0, "null"), ("1 2", 2, "the end"), ("1.", 2, "a digit"), ("1e", 2, "a digit"),
      ("1e+", 3, "a digit"), ("+1", 0, "a value"), (".5", 0, "a value"), ("-", 1, "a value"),
      ("01", 2, "no leading zero"), ("-01", 3, "no leading zero"), ("1e999", 5, "a number in range"),
      ("\"a", 2, "a closing quote"), ("\"\\", 2, "an escape"), ("\"\\q\"", 3, "an escape"),
      ("\"a\\n\u{1}\"", 4, "no control character"), ("\"\\u12g4\"", 3, "four hexadecimal digits"),
      ("\"\\u+123\"", 3, "four hexadecimal digits"), (#""\ud800x""#, 7, "a low surrogate"),
      (#""\ud800\u0041""#, 13, "a low surrogate"), (#""\udc00""#, 7, "a Unicode scalar"),
      ("'a'", 0, "a value"), ("NaN", 0, "a value"), ("Infinity", 0, "a value"), ("\u{FEFF}1", 0, "a value"),
      ("// c\n1", 0, "a value"), ("\u{A0}1", 0, "a value"),
    ] as [(String, Int, String)])
  func faultsAreNamedWithTheirPlace(text: String, offset: Int, expected: String) {
    let error = refusal(text)
    #expect(error?.offset == offset && error?.expected == expected)
    #expect(error?.description == "not valid JSON at byte \(offset): expected \(expected)")
  }

  @Test func aNameMayComeOnce() {
    #expect(refusal(#"{"a":1,"\u0061":2}"#)?.expected == "each name once")
    #expect(refusal(#"{"a":{"b":1},"b":{"b":1}}"#) == nil)
  }

  @Test func sixtyFourLevelsAreReadAndNoMore() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
      let inside = open == "[" ? "" : "{}"
      func nested(_ levels: Int) -> String {
        let around = open == "[" ? levels : levels - 1
        return String(repeating: open, count: around) + inside + String(repeating: close, count: around)
      }
      #expect(refusal(nested(64)) == nil, "\(open)")
      #expect(refusal(nested(65))?.expected == "at most 64 levels", "\(open)")
    }
  }

  @Test(
    arguments: [
      [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0x80],
    ] as [[UInt8]])
  func textThatIsNoUTF8IsRefused(bytes: [UInt8]) {
    #expect(throws: JSONError.self) { try JSONParser.parse([0x22] + bytes + [0x22]) }
    // The way with an escape in it, too.
    #expect(throws: JSONError.self) { try JSONParser.parse([0x22, 0x5C, 0x6E] + bytes + [0x22]) }
  }

  // MARK: Properties

  private static func made(_ depth: Int, _ random: inout SeededNumbers) -> JSONValue {
    let texts = ["", "a", "é", "\"\\/\n\u{1}\u{7F}", "😀", "\u{2028}", "kind", "}],{"]
    func text() -> String { texts[Int.random(in: 0..<texts.count, using: &random)] }
    switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &random))
    case 2: return .integer(Int64.random(in: -(1 << 53) + 1...(1 << 53) - 1, using: &random))
    case 3:
      let bits = Double(bitPattern: random.next())
      // A whole number in this range is read back as an integer.
      return bits.isFinite && bits != bits.rounded() ? .number(bits) : .number(0.5)
    case 4, 5: return .string(text())
    case 6: return .array((0..<3).map { _ in made(depth - 1, &random) })
    default:
      var members: [String: JSONValue] = [:]
      for _ in 0..<3 { members[text()] = made(depth - 1, &random) }
      return .object(members)
    }
  }

  @Test func whatIsWrittenIsReadBackAndWrittenTheSame() throws {
    var random = SeededNumbers(17)
    for _ in 0..<2000 {
      let value = Self.made(4, &random)
      let bytes = CanonicalJSON.bytes(value)
      let again = try JSONParser.parse(bytes)
      #expect(again == value && CanonicalJSON.bytes(again) == bytes, "\(CanonicalJSON.text(value))")
    }
  }

  @Test func noBeginningOfAnObjectIsAnObject() throws {
    var random = SeededNumbers(18)
    for _ in 0..<60 {
      let bytes = CanonicalJSON.bytes(.object(["a": Self.made(3, &random), "b": Self.made(3, &random)]))
      for count in 0..<bytes.count {
        #expect(throws: JSONError.self) { try JSONParser.parse(Array(bytes.prefix(count))) }
      }
    }
  }

  /// The quick way finds what the whole way finds, whatever stands in the members it passes over.
  @Test func someMembersAreTheOnesOfTheWhole() throws {
    var random = SeededNumbers(19)
    for _ in 0..<500 {
      let names = ["a", "b", "c", "kind"]
      let value = JSONValue.object(
        Dictionary(uniqueKeysWithValues: names.map { ($0, Self.made(3, &random)) }))
      let some = try JSONParser.members(["b", "kind", "absent"], of: CanonicalJSON.bytes(value))
      #expect(some["b"] == value["b"] && some["kind"] == value["kind"] && some.members.count == 2)
    }
  }

  @Test(arguments: [
    "", "[", "[1]", "{}", "{\"a\"}", "{\"a\":}", "{\"a\":1}}", "{\"a\":1", "{\"b\":1,\"a\":01}",
  ])
  func someMembersOfNoObjectAreRefused(text: String) {
    #expect(throws: JSONError.self) { try JSONParser.members(["a"], of: Array(text.utf8)) }
  }
}
