import JSON
import Testing

@Suite struct CanonicalJSONTests {
  /// Appendix B of RFC 8785: bit patterns of doubles and their text.
  @Test(
    arguments: [
      (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
      (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"), (0x4340_0000_0000_0000, "9007199254740992"),
      (0x4430_0000_0000_0000, "295147905179352830000"), (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
      (0x44b5_2d02_c7e1_4af6, "1e+23"), (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
      (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"), (0x444b_1ae4_d6e2_ef50, "1e+21"),
      (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"), (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
      (0x41b3_de43_5555_5553, "333333333.3333332"), (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
      (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ] as [(UInt64, String)])
  func numbersAreWrittenAsTheStandardSays(bits: UInt64, text: String) {
    #expect(CanonicalJSON.text(.number(Double(bitPattern: bits))) == text)
  }

  @Test func membersAreSortedAndTextEscaped() throws {
    let text = #"{ "b":[1, -0.5,true ,null], "\u20ac":"\ud83d\ude00\u000f\n\"" , "a":{"z":0,"y":"é"}}"#
    let value = try JSONParser.parse(Array(text.utf8))
    let canonical = CanonicalJSON.text(value)
    #expect(canonical == #"{"a":{"y":"é","z":0},"b":[1,-0.5,true,null],"€":"😀\u000f\n\""}"#)
    #expect(try JSONParser.parse(Array(canonical.utf8)) == value)
  }

  @Test func zeroBytesAndHugeIntegersAreMadeSafe() {
    #expect(CanonicalJSON.text("a\0b") == "\"a\u{FFFD}b\"")
    #expect(CanonicalJSON.text(.integer(.max)) == "\"9223372036854775807\"")
    #expect(CanonicalJSON.text(.number(.nan)) == "null")
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\":1,\"a\":2}", "01", "1.", "\"\\ud800\"", "\"\u{1}\"", "nul", "[1] 2", "1e999",
    String(repeating: "[", count: 1000), "\"abc", "{\"a\"}", "-", "\"\\x\"", "\"\\u12\"",
  ])
  func hostileTextIsRefused(text: String) {
    #expect(throws: JSONError.self) { try JSONParser.parse(Array(text.utf8)) }
  }

  @Test func invalidUTF8IsRefused() {
    #expect(throws: JSONError.self) { try JSONParser.parse([0x22, 0xFF, 0x22]) }
  }

  @Test func someMembersAreReadWithoutTheOthers() throws {
    let value = JSONValue.object([
      "data": .object([
        "a": .string("\"}],{\\"), "b": .array([.integer(1), .object(["kind": .string("x")])]),
      ]),
      "kind": .string("summary"), "record": .integer(7), "wall": .string("2026"),
    ])
    let bytes = CanonicalJSON.bytes(value)
    let some = try JSONParser.members(["kind", "record"], of: bytes)
    #expect(some == .object(["kind": .string("summary"), "record": .integer(7)]))
    #expect(try JSONParser.members(["data"], of: bytes)["data"] == value["data"])
    for count in 0..<bytes.count {
      #expect(throws: JSONError.self) { try JSONParser.members(["kind"], of: Array(bytes.prefix(count))) }
    }
    #expect(throws: JSONError.self) { try JSONParser.members(["kind"], of: bytes + [0x20]) }
    #expect(throws: JSONError.self) {
      try JSONParser.members(["k"], of: Array("{\"k\":1,\"k\":2}".utf8))
    }
  }
}
