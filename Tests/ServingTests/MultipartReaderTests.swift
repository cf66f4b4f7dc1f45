import Serving
import Testing

struct MultipartReaderTests {
  private static let type = "multipart/form-data; boundary=xyz"

  private func events(_ body: String, pieces: Int) throws -> ([MultipartReader.Event], Bool) {
    var reader = try #require(MultipartReader(contentType: Self.type))
    let bytes = Array(body.utf8)
    var events: [MultipartReader.Event] = []
    for start in stride(from: 0, to: bytes.count, by: pieces) {
      events += try reader.read(bytes[start..<min(start + pieces, bytes.count)])
    }
    return (Self.joined(events), reader.isFinished)
  }

  /// Neighbouring data events made one, so that the cuts between reads do not matter.
  private static func joined(_ events: [MultipartReader.Event]) -> [MultipartReader.Event] {
    events.reduce(into: []) { joined, event in
      if case .data(let more) = event, case .data(let before)? = joined.last {
        joined[joined.count - 1] = .data(before + more)
      } else {
        joined.append(event)
      }
    }
  }

  private static let form = """
    --xyz\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n\
    --xyz\r\nContent-Disposition: form-data; name="file"; filename="a \\"b\\".png"\r\nContent-Type: image/png\r\n\r\n\
    one\r\n--xy\r\ntwo\r\n--xyz--\r\nepilogue
    """

  @Test(arguments: [1, 2, 3, 7, 64, 4096])
  func theSamePartsHoweverTheBytesArrive(_ pieces: Int) throws {
    let (events, finished) = try events(Self.form, pieces: pieces)
    #expect(finished)
    #expect(
      events == [
        .began(name: "note", file: nil), .data(Array("hello".utf8)), .ended,
        .began(name: "file", file: "a \"b\".png"), .data(Array("one\r\n--xy\r\ntwo".utf8)), .ended,
      ])
  }

  @Test func anEmptyPart() throws {
    let (events, finished) = try events(
      "--xyz\r\nContent-Disposition: form-data; name=file; filename=x\r\n\r\n\r\n--xyz--", pieces: 5)
    #expect(finished && events == [.began(name: "file", file: "x"), .ended])
  }

  @Test func whatEndsEarlyIsNotFinished() throws {
    let whole = Array(Self.form.utf8)
    for length in 0..<(whole.count - 13) {
      let (_, finished) = try events(String(decoding: whole[..<length], as: UTF8.self), pieces: 16)
      #expect(!finished, "at \(length)")
    }
  }

  @Test func whatIsNoFormIsRefused() throws {
    #expect(throws: MultipartReader.Problem.self) { try events("--xyzzy\r\n\r\n", pieces: 4) }
    #expect(throws: MultipartReader.Problem.self) {
      try events("--xyz\r\nNo-Disposition: 1\r\n\r\n", pieces: 4)
    }
    #expect(throws: MultipartReader.Problem.self) {
      try events("--xyz\r\n" + String(repeating: "a", count: 10000), pieces: 512)
    }
    let part = "--xyz\r\nContent-Disposition: form-data; name=n\r\n\r\n1\r\n"
    #expect(throws: MultipartReader.Problem.self) {
      try events(String(repeating: part, count: 17), pieces: 64)
    }
  }

  @Test(arguments: [
    "text/plain", "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=x",
    "multipart/form-data; boundary=\(String(repeating: "b", count: 71))",
  ])
  func aTypeWithoutBoundaryIsNone(_ type: String) {
    #expect(MultipartReader(contentType: type) == nil)
  }

  @Test func memoryStaysSmallWhateverIsSent() throws {
    var reader = try #require(MultipartReader(contentType: Self.type))
    _ = try reader.read(Array("--xyz\r\nContent-Disposition: form-data; name=file\r\n\r\n".utf8))
    var out = 0
    for _ in 0..<100 {
      for case .data(let bytes) in try reader.read(Array(repeating: 13, count: 10000)) { out += bytes.count }
    }
    // All but what may begin a delimiter has left.
    #expect(1_000_000 - out < 8)
  }
}
