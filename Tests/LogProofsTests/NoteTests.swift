import Foundation
import LogProofs
import Testing

@Suite struct NoteTests {
  /// The example key of Go's note package documentation, an independent implementation.
  private let goPrivate = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
  private let goPublic = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
  private let goNote =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    + "\n\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

  @Test func readsAndMakesTheNotesOfGo() throws {
    let key = try NotePrivateKey(text: goPrivate)
    #expect(key.secretText == goPrivate)
    #expect("\(key.publicKey)" == goPublic)
    let note = try SignedNote(text: goNote)
    #expect(note.text == goNote)
    try note.check(NotePublicKey(text: goPublic))
    var made = SignedNote(body: note.body)
    let isSigned = made.sign(with: key)
    #expect(isSigned)
    try made.check(key.publicKey)
  }

  @Test func aChangedNoteOrAnotherKeyIsRefused() throws {
    let key = try NotePublicKey(text: goPublic)
    let changed = try SignedNote(text: goNote.replacingOccurrences(of: "think", with: "thank"))
    #expect(throws: NoteError.badSignature(by: key.label)) { try changed.check(key) }
    let other = try #require(NotePrivateKey(name: "PeterNeumann")).publicKey
    #expect(throws: NoteError.notSigned(by: other.label)) { try SignedNote(text: goNote).check(other) }
  }

  @Test func aWitnessSignsWithItsTime() throws {
    let witness = try #require(NotePrivateKey(name: "witness.example/w", algorithm: .cosignature))
    var note = SignedNote(body: Checkpoint(origin: "o", size: 3, root: .leaf([1])).body)
    let isSigned = note.cosign(with: witness, time: 1_700_000_000)
    #expect(isSigned)
    let read = try SignedNote(text: note.text)
    let key = try NotePublicKey(text: "\(witness.publicKey)")
    #expect(try read.check(key) == 1_700_000_000)
    #expect(try Checkpoint(body: read.body).size == 3)
  }

  @Test(arguments: ["", "a\n1\n", "a\n01\nAAAA\n", "a\n-1\nAAAA\n", "\n1\nAAAA\n", "a\n1\nAAAA\n"])
  func badCheckpointsAreRefused(body: String) {
    #expect(throws: NoteError.self) { try Checkpoint(body: body) }
  }

  @Test(arguments: [
    "", "x", "a+b+c", "na me+00000000+AAAA",
    "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
  ])
  func badKeysAreRefused(text: String) {
    #expect(throws: NoteError.self) { try NotePublicKey(text: text) }
    #expect(throws: NoteError.self) { try NotePrivateKey(text: "PRIVATE+KEY+" + text) }
    #expect(throws: NoteError.self) { try SignedNote(text: text) }
  }
}
