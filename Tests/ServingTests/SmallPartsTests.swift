import Foundation
import Serving
import Testing
import VigilTesting

/// Lines of a child process, however its bytes arrive.
struct LineSplitterTests {
  private func lines(_ text: String, pieces: Int, most: Int = 10) -> [String] {
    var splitter = LineSplitter(most: most)
    let bytes = Array(text.utf8)
    return stride(from: 0, to: bytes.count, by: pieces).flatMap {
      splitter.add(Data(bytes[$0..<min($0 + pieces, bytes.count)]))
    }
  }

  @Test(arguments: [1, 2, 3, 5, 100]) func linesAreCutAtTheirFeeds(pieces: Int) {
    #expect(lines("a\nbc\n\nrest", pieces: pieces) == ["a", "bc", ""])
    #expect(lines("0123456789\n", pieces: pieces) == ["0123456789"])
  }

  /// The end of a line that is too long was taken for a line of its own.
  @Test(arguments: [1, 2, 3, 5, 100]) func aLineThatIsTooLongIsDroppedAsAWhole(pieces: Int) {
    #expect(lines("0123456789x\nnext\n", pieces: pieces) == ["next"])
    #expect(lines("a\n" + String(repeating: "x", count: 57) + "\nb\nc", pieces: pieces) == ["a", "b"])
  }
}

/// Hosts and ports as they stand in requests (RFC 3986, 3.2.2).
struct AuthorityTests {
  @Test(
    arguments: [
      ("h", "h", nil), ("H.Example:80", "h.example", 80), ("127.0.0.1:65535", "127.0.0.1", 65535),
      ("[::1]", "[::1]", nil), ("[FE80::1]:9", "[fe80::1]", 9), ("a-b.c", "a-b.c", nil),
      ("[::ffff:1.2.3.4]:1", "[::ffff:1.2.3.4]", 1),
    ] as [(String, String, Int?)])
  func hostsAreRead(text: String, name: String, port: Int?) throws {
    let authority = try #require(Authority(text))
    #expect(authority.name == name && authority.port == port)
    #expect(authority.port(under: "https") == port ?? 443 && authority.port(under: "http") == port ?? 80)
  }

  @Test(arguments: [
    "", ":80", ".h", "h.", "h:", "h:0", "h:65536", "h:99999", "h:+1", "h:1 ", "h:٣", "a b", "u@h", "h/x",
    "h_1",
    "[]", "[1]", "[::1", "[::1]x", "[::1]80", "[g::]", "[::1%eth0]", "é", "h\u{0}", "h,h",
    // The Kelvin sign is a k in lower case.
    "\u{212A}iosk", String(repeating: "a", count: 254),
  ]) func whatIsNoHostIsNone(text: String) { #expect(Authority(text) == nil) }

  @Test func aTokensDigestIsHexadecimalDigitsAlone() {
    let line = "ada sha256:"
    #expect(throws: Never.self) { try TokenBook(text: line + String(repeating: "aF", count: 32)) }
    for pair in ["+f", "-0", "0x", " 0", "g0", "٠٠"] {
      #expect(throws: TokenBook.Problem.self, "\(pair)") {
        try TokenBook(text: line + pair + String(repeating: "00", count: 31))
      }
    }
  }
}

/// So many at once, refilled evenly.
struct TokenBucketTests {
  private let start = ContinuousClock.now

  @Test func aMinutesWorthAtOnceAndThenEvenly() {
    var bucket = TokenBucket(perMinute: 6, at: start)
    for _ in 0..<6 { #expect(bucket.take(at: start) == nil) }
    #expect(bucket.take(at: start) == 10)
    #expect(bucket.take(at: start + .seconds(4)) == 6)
    #expect(bucket.take(at: start + .seconds(10)) == nil)
    #expect(bucket.take(at: start + .seconds(10)) == 10)
    // Rest fills it up to its size and no further.
    for _ in 0..<6 { #expect(bucket.take(at: start + .seconds(1000)) == nil) }
    #expect(bucket.take(at: start + .seconds(1000)) == 10)
  }

  @Test func aClockThatStandsOrGoesBackGivesNothing() {
    var bucket = TokenBucket(perMinute: 1, at: start)
    #expect(bucket.take(at: start) == nil)
    #expect(bucket.take(at: start - .seconds(500)) == 60)
  }

  @Test func debtIsPaidByWaiting() {
    var bucket = TokenBucket(perMinute: 60, at: start)
    bucket.spend(120)
    // A minute's worth was there: 60 owed, and one for the next.
    #expect(bucket.wait(at: start) == 61)
    #expect(bucket.wait(at: start + .seconds(60)) == 1 && bucket.wait(at: start + .seconds(61)) == nil)
  }

  /// Over any stretch no more is given than its size and what the time refills.
  @Test func noMoreIsGivenThanThereIs() {
    var random = SeededNumbers(60)
    for _ in 0..<50 {
      let perMinute = Int.random(in: 1...100, using: &random)
      var bucket = TokenBucket(perMinute: perMinute, at: start)
      var (now, given) = (0.0, 0)
      for _ in 0..<300 {
        now += Double.random(in: 0...1, using: &random)
        if bucket.take(at: start + .milliseconds(Int(now * 1000))) == nil { given += 1 }
      }
      #expect(Double(given) <= Double(perMinute) * (1 + now / 60) + 0.01)
    }
  }
}

/// Rows for training, whatever files are called.
struct FeedbackTableTests {
  @Test func everyRowHasSevenCells() {
    let names = ["clip.mp4", "a\tb\r\nc", "=cmd|'x'", "+1", "", "é ع"]
    let records = names.map { name in
      var record = AnalysisRecord(
        id: String(repeating: "a", count: 32), owner: "o", name: name, bytes: 9, sha256: "5a", created: 0,
        state: .done)
      record.label = "fake"
      return record
    }
    let rows = FeedbackRoutes.table(records).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(rows.count == names.count + 2 && rows.last == "")
    let cells = rows.dropLast().map {
      $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
    #expect(cells.allSatisfy { $0.count == 7 })
    #expect(cells[0] == ["path", "label", "kind", "group", "source", "original_size", "original_name"])
    #expect(cells[1].dropFirst() == ["fake", "feedback", "5a", "vigil-server", "9", "clip.mp4"])
    #expect(cells[2].last == "a b  c" && cells[3].last == "'=cmd|'x'" && cells[4].last == "'+1")
  }
}
