import JSON
import LogProofs
import Testing

@Suite struct ResultNoteTests {
  private let members: [String: JSONValue] = [
    "event": "result", "decision": "pass", "outcome": "passed", "nonce": "n1", "session": "s",
    "seconds": .number(12.5),
    "record": 7, "completed": 4,
  ]

  private func signed(_ key: NotePrivateKey) throws -> [String: JSONValue] {
    var line = members
    line["key"] = .string(key.publicKey.label)
    line["signature"] = .string(try #require(ResultNote.signature(over: line, by: key)))
    return line
  }

  @Test func aSignedLineVerifiesAndAChangedOneDoesNot() throws {
    let key = try #require(NotePrivateKey(name: "vigil.log/test"))
    let line = try signed(key)
    let text = CanonicalJSON.text(.object(line))
    #expect(try ResultNote.check(text, key.publicKey) == line)
    // In another order and with white space it is the same line.
    let body = text.dropFirst().dropLast()
    #expect(try ResultNote.check("{ \(body) }", key.publicKey) == line)
    for (name, value) in [
      ("decision", "fail"), ("nonce", "n2"), ("session", "t"), ("record", .integer(8)), ("added", true),
    ] as [(String, JSONValue)] {
      var changed = line
      changed[name] = value
      #expect(throws: NoteError.badSignature(by: key.publicKey.label)) {
        _ = try ResultNote.check(CanonicalJSON.text(.object(changed)), key.publicKey)
      }
    }
    let other = try #require(NotePrivateKey(name: "vigil.log/other"))
    #expect(throws: NoteError.notSigned(by: other.publicKey.label)) {
      _ = try ResultNote.check(text, other.publicKey)
    }
    for broken in ["", "{}", "[1]", "{\"event\":\"result\"}", String(repeating: "[", count: 100_000)] {
      #expect(throws: NoteError.self) { _ = try ResultNote.check(broken, key.publicKey) }
    }
  }

  /// The bytes are documented in docs/audit.md, and can never be those of a checkpoint.
  @Test func theSignedBytesAreThese() {
    let bytes = ResultNote.bytes(["b": 1, "a": "x", "signature": "left out"])
    #expect(String(decoding: bytes, as: UTF8.self) == "vigil check result v1\n{\"a\":\"x\",\"b\":1}\n")
    #expect(throws: NoteError.self) { _ = try Checkpoint(body: String(decoding: bytes, as: UTF8.self)) }
  }

  /// Signed is not enough: the record that a line names must say the same.
  @Test func aLineIsHeldAgainstTheRecordsOfItsLog() throws {
    let key = try #require(NotePrivateKey(name: "vigil.log/test"))
    let other = try #require(NotePrivateKey(name: "vigil.log/other"))
    let line = try signed(key)
    let text = "{\"event\":\"prompt\"}\n\(CanonicalJSON.text(.object(line)))\n"
    func body(_ kind: String, _ data: JSONValue) -> [UInt8] {
      CanonicalJSON.bytes(.object(["kind": .string(kind), "data": data]))
    }
    var records: [Int64: [JSONValue]] = [:]
    ResultLines.note(number: 7, body: body("check_result", ResultNote.recorded(line)), in: &records)
    ResultLines.note(number: 8, body: body("verdict", ResultNote.recorded(line)), in: &records)
    ResultLines.note(number: 9, body: nil, in: &records)
    #expect(records.keys.sorted() == [7])
    let good = ResultLines.check(text, keys: [other.publicKey, key.publicKey], records: records)
    #expect(good.map(\.isGood) == [true] && good[0].text.contains("signed, record 7"), "\(good)")
    #expect(ResultLines.check(text, keys: [key.publicKey], records: [:]).map(\.isGood) == [false])
    let moved = ResultLines.check(text, keys: [key.publicKey], records: [8: records[7] ?? []])
    #expect(moved.map(\.isGood) == [false] && moved[0].text.contains("NOT THE LOG'S record 7"), "\(moved)")
    #expect(ResultLines.check(text, keys: [other.publicKey], records: records).map(\.isGood) == [false])
    #expect(ResultLines.check("no line\n", keys: [key.publicKey], records: records).isEmpty)
  }
}
