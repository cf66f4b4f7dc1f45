import JSON
import Testing

/// RFC 8785's own examples, and where the log's form differs on purpose.
@Suite struct CanonicalFormTests {
  /// Section 3.2.3: by UTF-16 code units, so an emoji (a surrogate, D83D) comes before U+FB33.
  @Test func membersAreSortedByCodeUnits() throws {
    let text = """
      {"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",
       "\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}
      """
    let canonical = CanonicalJSON.text(try JSONParser.parse(Array(text.utf8)))
    let order = ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"]
    let found = canonical.split(separator: ",").map { member in order.firstIndex { member.contains($0) } }
    #expect(found == [0, 1, 2, 3, 4, 5, 6], "\(canonical)")
  }

  /// Section 3.2.2.
  @Test func theStandardsSampleIsWrittenAsItSays() throws {
    let text = #"""
      {"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
       "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}
      """#
    let canonical = CanonicalJSON.text(try JSONParser.parse(Array(text.utf8)))
    #expect(
      canonical
        == #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
        + #""string":"€$\u000f\nA'B\"\\\\\"/"}"#)
  }

  @Test func everyControlCharacterHasOneForm() {
    let short: [UInt32: String] = [8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r"]
    for code in UInt32(1)..<0x20 {
      guard let scalar = UnicodeScalar(code) else { continue }
      let digits = String(code, radix: 16)
      let expected = short[code] ?? "\\u00" + (digits.count < 2 ? "0" : "") + digits
      #expect(CanonicalJSON.text(.string(String(Character(scalar)))) == "\"\(expected)\"")
    }
    // Neither DEL nor a slash nor a line separator is escaped.
    #expect(CanonicalJSON.text("\u{7F}/\u{2028}") == "\"\u{7F}/\u{2028}\"")
  }

  /// RFC 7493: a whole number that not every reader keeps is text.
  @Test(
    arguments: [
      ((1 << 53) - 1, "9007199254740991"), (1 << 53, "\"9007199254740992\""),
      (-(1 << 53) + 1, "-9007199254740991"), (-(1 << 53), "\"-9007199254740992\""),
      (Int64.min, "\"-9223372036854775808\""),
    ] as [(Int64, String)])
  func wholeNumbersAreExact(number: Int64, text: String) {
    #expect(CanonicalJSON.text(.integer(number)) == text)
  }

  @Test func numbersThatAreNoneAreNull() {
    for number in [Double.nan, .infinity, -.infinity] {
      #expect(CanonicalJSON.text(.number(number)) == "null")
    }
  }

  /// Where ECMAScript changes the form: from 1e21 and below 1e-6.
  @Test(
    arguments: [
      (999_999_999_999_999, "999999999999999"), (1e15, "1000000000000000"),
      (1.2345678901234568e20, "123456789012345680000"),
      (1e20, "100000000000000000000"), (1e21, "1e+21"), (1.5e21, "1.5e+21"), (0.000001, "0.000001"),
      (0.0000001, "1e-7"), (-1.25e-7, "-1.25e-7"), (0.1, "0.1"), (-100.5, "-100.5"),
    ] as [(Double, String)])
  func formsChangeWhereTheStandardSays(number: Double, text: String) {
    #expect(CanonicalJSON.text(.number(number)) == text)
    #expect(Double(text) == number)
  }

  @Test func valuesAreAskedByKind() throws {
    let value = try JSONParser.parse(
      Array(#"{"i":3,"w":4.0,"n":2.5,"t":"x","f":true,"l":[1],"big":1e300}"#.utf8))
    #expect(value["i"]?.int == 3 && value["i"]?.double == 3 && value["i"]?.text == nil)
    // A whole number written with a point is one; half a number and one beyond Int64 are none.
    #expect(
      value["w"]?.int == 4 && value["n"]?.int == nil && value["big"]?.int == nil && value["n"]?.double == 2.5)
    #expect(value["t"]?.text == "x" && value["t"]?.int == nil && value["t"]?.double == nil)
    #expect(value["f"]?.flag == true && value["i"]?.flag == nil && value["l"]?.elements == [1])
    #expect(value["absent"] == nil && JSONValue.array([1])["i"] == nil)
    #expect(value["t"]?.elements == [] && value["l"]?.members == [:] && value.members.count == 7)
    #expect(JSONValue.members(["a": 1, "b": nil]) == .object(["a": 1]))
  }
}
