import Foundation
import JSON
import LogProofs
import Testing

/// The forms of C2SP signed-note, tlog-checkpoint and tlog-cosignature, from the outside.
@Suite struct NoteFormTests {
  private let key: NotePrivateKey
  private let root = TreeHash.leaf([7])

  init() throws { key = try #require(NotePrivateKey(name: "vigil.log/a")) }

  private func note(_ body: String = "text\n") throws -> SignedNote {
    var note = SignedNote(body: body)
    _ = note.sign(with: key)
    return note
  }

  private func refusal(_ text: String) -> NoteError? {
    do throws(NoteError) {
      _ = try SignedNote(text: text)
      return nil
    } catch { return error }
  }

  // MARK: Names and keys

  @Test(arguments: [
    ("a", true), ("vigil.log/é", true), ("", false), ("a b", false), ("a\u{A0}b", false),
    ("a\u{3000}b", false),
    ("a+b", false), ("a\nb", false), ("a\u{7F}", false), ("a\u{0}", false), ("\u{85}", false),
  ]) func namesHoldNoSpacePlusOrControl(name: String, isAllowed: Bool) {
    #expect(NotePublicKey.isAllowed(name) == isAllowed)
    #expect((NotePrivateKey(name: name) != nil) == isAllowed)
    #expect((NotePublicKey(name: name, algorithm: .ed25519, raw: key.publicKey.raw) != nil) == isAllowed)
  }

  @Test func aKeyHas32Bytes() {
    for count in [0, 31, 33] {
      #expect(NotePublicKey(name: "a", algorithm: .ed25519, raw: [UInt8](repeating: 1, count: count)) == nil)
    }
  }

  /// The key's id depends on name, kind and key: one of them alone names another key.
  @Test func idsNameNameKindAndKey() throws {
    let raw = key.publicKey.raw
    let ids = Set(
      try [("vigil.log/a", NoteAlgorithm.ed25519), ("vigil.log/b", .ed25519), ("vigil.log/a", .cosignature)]
        .map {
          try #require(NotePublicKey(name: $0.0, algorithm: $0.1, raw: raw)).id
        } + [try #require(NotePrivateKey(name: "vigil.log/a")).publicKey.id])
    #expect(ids.count == 4 && ids.contains(key.publicKey.id))
  }

  @Test func keysAreReadAsTheyAreWritten() throws {
    let text = "\(key.publicKey)"
    #expect(try NotePublicKey(text: " \n\(text)\t") == key.publicKey)
    #expect(try NotePrivateKey(text: key.secretText + "\n").publicKey == key.publicKey)
    // The hash is read in either case, as other programs write it.
    let parts = text.split(separator: "+", maxSplits: 2).map(String.init)
    #expect(try NotePublicKey(text: "\(parts[0])+\(parts[1].uppercased())+\(parts[2])") == key.publicKey)
  }

  @Test func whatIsWrongWithAKeyIsSaid() throws {
    func refusal(_ text: String) -> String {
      do throws(NoteError) {
        _ = try NotePublicKey(text: text)
        return ""
      } catch { return "\(error)" }
    }
    let (raw, name) = (key.publicKey.raw, key.publicKey.name)
    let id = Hexadecimal.text(key.publicKey.id)
    let form = "not a key: expected name+8 hexadecimal digits+base64 of 33 bytes"
    #expect(refusal("") == form && refusal("a+b") == form && refusal("\(name)+\(id)+not base64") == form)
    #expect(refusal("\(name)+\(id)+\(Data(raw).base64EncodedString())") == form)
    let typeTwo = Data([2] + raw).base64EncodedString()
    #expect(
      refusal("\(name)+\(id)+\(typeTwo)")
        == "not a key: expected an Ed25519 key (type 1) or a witness key (type 4)")
    let good = Data([1] + raw).base64EncodedString()
    #expect(refusal("a b+\(id)+\(good)") == "not a key: expected a name without white space")
    #expect(refusal("\(name)+00000000+\(good)") == "not a key: expected the hash \(id), found 00000000")
  }

  /// A secret key whose public half was exchanged in its text is none.
  @Test func aSecretKeyOfAnotherNameOrHashIsRefused() throws {
    let parts = key.secretText.split(separator: "+", omittingEmptySubsequences: false).map(String.init)
    try #require(parts.count >= 5)
    let secret = parts[4...].joined(separator: "+")
    for text in [
      "PRIVATE+KEY+vigil.log/b+\(parts[3])+\(secret)", "PRIVATE+KEY+\(parts[2])+00000000+\(secret)",
      "\(parts[2])+\(parts[3])+\(secret)", "PRIVATE+KEY+\(parts[2])+\(parts[3])+", "PRIVATE+KEY+",
    ] { #expect(throws: NoteError.self, "\(text)") { try NotePrivateKey(text: text) } }
  }

  // MARK: Notes

  @Test func aTextWithAnEmptyLineKeepsIt() throws {
    let made = try note("first\n\nsecond\n")
    let read = try SignedNote(text: made.text)
    #expect(read.body == "first\n\nsecond\n" && read == made)
    try read.check(key.publicKey)
  }

  @Test func whatIsNoNoteIsRefused() throws {
    let line = try #require(try note().signatures.first).line
    let form = NoteError.malformed("a text, an empty line, and signature lines")
    for text in ["", "text\n", "text\n\n", "text\n\(line)\n", "text\n\n\(line)", "\n"] {
      #expect(refusal(text) == form, "\(text)")
    }
    let lineForm = NoteError.malformed("a signature line: em dash, name, base64")
    for bad in [
      "- a AAAAAAA=", "\u{2014} a", "\u{2014} a b c", "\u{2014}  AAAAAAA=", "\u{2014} a+b AAAAAAA=",
      "\u{2014} a !!!!", "\u{2014} a AAAA", "\u{2014} a AAAAAA==",
    ] { #expect(refusal("text\n\n\(line)\n\(bad)\n") == lineForm, "\(bad)") }
    // Four bytes name the key, at least one more is a signature.
    #expect(refusal("text\n\n\u{2014} a AAAAAAA=\n") == nil)
  }

  @Test(arguments: [0x00, 0x09, 0x0D, 0x1F, 0x7F, 0xFF] as [UInt8])
  func controlCharactersAndBrokenUTF8AreRefused(byte: UInt8) throws {
    let bytes = Array(try note().text.utf8)
    #expect(try SignedNote(bytes: bytes).body == "text\n")
    #expect(throws: NoteError.malformed("UTF-8 text without control characters")) {
      try SignedNote(bytes: [byte] + bytes)
    }
  }

  @Test func thereAreBoundsOnLinesAndBytes() throws {
    let line = try #require(try note().signatures.first).line + "\n"
    #expect(refusal("text\n\n" + String(repeating: line, count: 100)) == nil)
    #expect(
      refusal("text\n\n" + String(repeating: line, count: 101)) == .malformed("1 to 100 signature lines"))
    let room = 1_000_000 - 2 - line.utf8.count
    #expect(refusal(String(repeating: "x", count: room) + "\n\n" + line) == nil)
    #expect(
      refusal(String(repeating: "x", count: room + 1) + "\n\n" + line) == .malformed("at most a megabyte"))
  }

  // MARK: Signatures

  @Test func oneRightSignatureAmongWrongOnesIsEnough() throws {
    let right = try note()
    var wrong = try note("other\n")
    let taken = try #require(wrong.signatures.first)
    wrong = SignedNote(body: "text\n")
    wrong.add(taken)
    #expect(throws: NoteError.badSignature(by: key.publicKey.label)) { try wrong.check(key.publicKey) }
    wrong.add(try #require(right.signatures.first))
    #expect(wrong.isSigned(by: key.publicKey) && wrong.signatures.count == 2)
    // The same line twice is one.
    wrong.add(taken)
    #expect(wrong.signatures.count == 2)
    #expect(throws: NoteError.notSigned(by: key.publicKey.label)) {
      try SignedNote(body: "text\n").check(key.publicKey)
    }
  }

  @Test func aCosignatureHoldsItsTime() throws {
    let witness = try #require(NotePrivateKey(name: "witness.example", algorithm: .cosignature))
    var note = SignedNote(body: Checkpoint(origin: "o", size: 1, root: root).body)
    _ = note.cosign(with: witness, time: 0x0102_0304_0506_0708)
    let signature = try #require(note.signatures.first)
    #expect(Array(signature.bytes.prefix(8)) == [1, 2, 3, 4, 5, 6, 7, 8] && signature.bytes.count == 72)
    #expect(try note.check(witness.publicKey) == 0x0102_0304_0506_0708)
    // Another time with the same signature is another statement; so is a plain signature by a witness's key.
    for bytes in [
      [9] + signature.bytes.dropFirst(), Array(signature.bytes.dropLast()), signature.bytes + [0],
      Array(signature.bytes.dropFirst(8)),
    ] {
      var bent = SignedNote(body: note.body)
      bent.add(
        try SignedNote.signature(
          "\u{2014} \(signature.name) \(Data(signature.keyID + bytes).base64EncodedString())"))
      #expect(throws: NoteError.badSignature(by: witness.publicKey.label)) {
        try bent.check(witness.publicKey)
      }
    }
    var plain = SignedNote(body: note.body)
    _ = plain.sign(with: witness)
    #expect(throws: NoteError.badSignature(by: witness.publicKey.label)) {
      try plain.check(witness.publicKey)
    }
  }

  // MARK: Checkpoints

  @Test func aCheckpointIsThreeLinesAndMore() throws {
    let checkpoint = Checkpoint(origin: "vigil.log/a", size: 42, root: root)
    #expect(try Checkpoint(body: checkpoint.body) == checkpoint)
    #expect(try Checkpoint(body: checkpoint.body + "extension 1\nextension 2\n") == checkpoint)
    #expect(
      checkpoint.json
        == .object([
          "origin": "vigil.log/a", "size": 42, "root": .string(Data(root.bytes).base64EncodedString()),
        ]))
  }

  @Test func checkpointsThatAreNoneAreRefused() throws {
    let base = Data(root.bytes).base64EncodedString()
    let largest = "\(UInt64(Int64.max))"
    #expect(try Checkpoint(body: "o\n\(largest)\n\(base)\n").size == UInt64(Int64.max))
    for size in ["", "01", "+1", "-1", " 1", "1 ", "1e3", "9223372036854775808", "99999999999999999999"] {
      #expect(throws: NoteError.malformed("a size in line 2"), "\(size)") {
        try Checkpoint(body: "o\n\(size)\n\(base)\n")
      }
    }
    for root in ["", "AAAA", base + "AAAA", String(base.dropLast()), "*" + base.dropFirst()] {
      #expect(throws: NoteError.malformed("the base64 of a 32-byte root in line 3"), "\(root)") {
        try Checkpoint(body: "o\n1\n\(root)\n")
      }
    }
    for body in ["o\n1\n\(base)", "\n1\n\(base)\n", "o\n1\n"] {
      #expect(throws: NoteError.malformed("the lines origin, size and root"), "\(body)") {
        try Checkpoint(body: body)
      }
    }
    #expect(throws: NoteError.malformed("no empty extension line")) {
      try Checkpoint(body: "o\n1\n\(base)\n\nx\n")
    }
  }

  @Test func errorsAreSentences() {
    #expect("\(NoteError.notSigned(by: "a+01"))" == "not signed by a+01")
    #expect("\(NoteError.badSignature(by: "a+01"))" == "the signature that claims to be by a+01 is wrong")
    #expect("\(NoteError.malformed("x"))" == "not a signed checkpoint: expected x")
  }
}
