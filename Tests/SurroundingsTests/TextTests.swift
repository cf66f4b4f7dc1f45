import Surroundings
import Testing
import VigilTesting

/// Strangers' text, whatever it is, stays text.
@Suite struct StrangersTextTests {
  private static let pieces = [
    "\u{1B}[2J", "\u{9B}", "\u{7}", "\r", "\n", "\t", "\u{0}", "\u{7F}", "\u{85}", "\u{202E}", "\u{2066}",
    "\u{2028}",
    "\u{2029}", "a", "é", "ع", "😀", "\\", "\"", ",", "=",
  ]

  private func text(_ random: inout SeededNumbers) -> String {
    (0..<Int.random(in: 0...8, using: &random)).map { _ in
      Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &random)]
    }.joined()
  }

  private func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory != .control && !(0x2028...0x202E).contains(scalar.value)
      && !(0x2066...0x2069).contains(scalar.value)
  }

  @Test func noControlCharacterIsLeftWhateverItStandsBeside() {
    var random = SeededNumbers(5)
    for _ in 0..<3000 {
      let text = text(&random)
      let line = ShownText.line(text)
      #expect(line.unicodeScalars.allSatisfy(isHarmless), "\(line)")
      #expect(ShownText.line(line) == line)
      #expect(ShownText.cells(text).unicodeScalars.allSatisfy { isHarmless($0) || $0 == "\t" })
      #expect(ShownText.lines(text).unicodeScalars.allSatisfy { isHarmless($0) || $0 == "\t" || $0 == "\n" })
    }
  }

  /// In a line of JSON the escape means the character that stood there.
  @Test func theEscapeIsJSONs() {
    #expect(ShownText.line("\u{2029}") == "\\u2029" && ShownText.line("\u{1}") == "\\u0001")
  }

  /// RFC 4180: a reader of the cells gets the texts back, but for the apostrophe before a formula.
  @Test func cellsBetweenCommasAreReadBack() {
    var random = SeededNumbers(6)
    for _ in 0..<2000 {
      let texts = (0..<4).map { _ in text(&random) }
      let row = texts.map(TableCell.comma).joined(separator: ",")
      let read = Self.cells(row)
      #expect(read.count == 4)
      for (one, other) in zip(texts, read) { #expect(other == one || other == "'" + one, "\(row)") }
      #expect(read.allSatisfy { !"=+-@\t\r\n".unicodeScalars.contains($0.unicodeScalars.first ?? "a") })
    }
  }

  @Test func cellsBetweenTabsHoldNoTabAndNoLine() {
    var random = SeededNumbers(7)
    for _ in 0..<1000 {
      let cell = TableCell.tab(text(&random))
      #expect(!cell.unicodeScalars.contains { ["\t", "\n", "\r"].contains($0) })
    }
  }

  /// A plain reader of one row of RFC 4180.
  private static func cells(_ row: String) -> [String] {
    var (found, cell, isQuoted, wasQuote) = ([String](), String.UnicodeScalarView(), false, false)
    for scalar in row.unicodeScalars {
      if isQuoted {
        if scalar == "\"" {
          if wasQuote { cell.append("\"") }
          wasQuote.toggle()
          continue
        }
        if !wasQuote {
          cell.append(scalar)
          continue
        }
        (isQuoted, wasQuote) = (false, false)
      }
      if scalar == "," {
        found.append(String(cell))
        cell = String.UnicodeScalarView()
      } else if scalar == "\"", cell.isEmpty {
        isQuoted = true
      } else {
        cell.append(scalar)
      }
    }
    return found + [String(cell)]
  }
}

@Suite struct NearestNameTests {
  private let names = ["monitor", "analyze", "evaluate", "log", "max_faces", "check"]

  @Test(
    arguments: [
      ("monitor", "monitor"), ("MONITOR", "monitor"), ("moniter", "monitor"), ("onitor", "monitor"),
      ("monitorr", "monitor"), ("mnoitor", "monitor"), ("max-faces", "max_faces"), ("lgo", "log"),
      ("lo", "log"),
      ("chekc", "check"), ("anaylse", "analyze"), ("l", nil), ("zzz", nil), ("", nil), ("record", nil),
    ] as [(String, String?)])
  func aNameIsNearOrNot(word: String, nearest: String?) {
    #expect(NearestName.of(word, among: names) == nearest)
  }

  /// The distance is a measure: nothing is nearer to a name than itself, and long words cost little.
  @Test func aNameIsNearestToItself() {
    for name in names { #expect(NearestName.of(name, among: names) == name) }
    #expect(NearestName.of(String(repeating: "x", count: 1_000_000), among: names) == nil)
    #expect(NearestName.of("log", among: []) == nil)
  }
}

@Suite struct AddressInTextTests {
  @Test(arguments: [
    ("no address: here", "no address: here"), ("a:b", "a:b"),
    ("see http://u:p@h/live.", "see http://h/live."), ("(rtsp://u:p@h)", "(rtsp://h)"),
    ("<http://h/live>, \"http://h/x9k2q\"", "<http://h/live>, \"http://h/***\""),
    ("two: rtsp://a:b@h/1 rtsp://c:d@i/2", "two: rtsp://h/1 rtsp://i/2"), ("://", "://***"), ("", ""),
  ]) func addressesInSentencesLoseTheirSecretsOnly(text: String, shown: String) {
    #expect(SafeAddress.inText(text) == shown)
  }

  @Test(arguments: [
    ("http://h:80/live", true), ("http://h:080/live", false), ("http://h:99999/live", false),
    ("http://h:/live", false), ("http://[::1]:80/live", true), ("http://[zz]/live", false),
    ("http://h\u{430}/live", false), ("http:///live", false), ("h\u{430}ttp://h/live", false),
  ]) func aHostThatLooksLikeOneIsShown(address: String, isShown: Bool) {
    #expect((SafeAddress(address).description == address) == isShown, "\(SafeAddress(address))")
  }
}
