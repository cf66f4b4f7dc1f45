import Foundation
import LogFiles
import LogProofs
import Testing
import VigilTesting

/// Questions about an open log.
@Suite struct QuestionTests {
  private let folder: TemporaryFolder
  private var log: MadeLog

  init() throws {
    folder = try TemporaryFolder()
    log = try #require(MadeLog())
    log.sign()
    log.session(middle: 3)
    log.sign()
    log.session("s2", middle: 3)
    log.sign()
  }

  private func stored(_ statements: [String] = []) throws -> StoredLog {
    try log.write(to: folder.file("log"), then: statements)
    return try StoredLog(path: folder.file("log"))
  }

  @Test func recordsComeInOrderFromAPlaceUpToABound() throws {
    let stored = try stored()
    func numbers(_ first: Int64, _ limit: Int64, stopAt last: Int64 = .max) throws -> [Int64] {
      var found: [Int64] = []
      try stored.forEachRecord(from: first, limit: limit) { row in
        found.append(row.number)
        return row.number < last
      }
      return found
    }
    #expect(try numbers(0, .max) == Array(0..<10))
    #expect(try numbers(7, .max) == [7, 8, 9] && numbers(7, 2) == [7, 8] && numbers(99, 5) == [])
    #expect(try numbers(-5, 2) == [0, 1])
    #expect(try numbers(2, .max, stopAt: 4) == [2, 3, 4])
    #expect(try stored.newestNumber() == 9)
  }

  @Test func aRecordIsItsExactBytes() throws {
    var found: [(leaf: [UInt8]?, body: [UInt8]?)] = []
    try stored().forEachRecord { row in
      found.append((row.leaf, row.body))
      return true
    }
    #expect(found.map(\.body) == log.rows.map(\.body) && found.map(\.leaf) == log.rows.map(\.leaf))
  }

  @Test func theNewestCheckpointOfAtMostASize() throws {
    let stored = try stored()
    #expect(try stored.checkpoint()?.size == 10 && stored.checkpoint(upTo: 9)?.size == 5)
    #expect(try stored.checkpoint(upTo: 4)?.size == 0 && stored.checkpoint(upTo: -1) == nil)
    #expect(try stored.checkpoint(upTo: 5)?.note == log.signed(5).text)
    #expect(try stored.checkpoints(after: 0, upTo: 10).map(\.size) == [5, 10])
    #expect(try stored.checkpoints(after: -1, upTo: 9).map(\.size) == [0, 5])
    #expect(try stored.checkpoints(after: 10, upTo: .max).isEmpty)
  }

  @Test mutating func aCheckpointThatIsNoTextIsRefusedBySize() throws {
    log.checkpoints.append((12, [0xFF, 0xFE]))
    let stored = try stored()
    let expected = StoredLogError.tampered(
      path: folder.file("log"), reason: "the checkpoint of 12 records is none")
    #expect(throws: expected) { try stored.checkpoint() }
    #expect(throws: expected) { try stored.checkpoints(after: 0, upTo: 20) }
    #expect(try stored.checkpoint(upTo: 11)?.size == 10)
  }

  @Test mutating func cosignaturesThatAreNoneArePassedOver() throws {
    let witness = try #require(NotePrivateKey(name: "witness", algorithm: .cosignature))
    var note = SignedNote(body: log.checkpoint(5).body)
    _ = note.cosign(with: witness, time: 7)
    let line = try #require(note.signatures.first).line
    log.checkpoints.append((-3, Array("x".utf8)))
    log.cosignatures = [(5, "nonsense"), (5, line), (10, line), (-3, line)]
    let stored = try stored()
    let all = try stored.cosignatures()
    #expect(all.map(\.size) == [5, 10] && all.allSatisfy { $0.line == line })
    let first = try #require(all.first)
    #expect(try stored.cosignatures(after: first.row).map(\.size) == [10])
    #expect(try stored.cosignatures(after: 0, limit: 2).map(\.size) == [5])
    let report = try stored.verify(keys: [log.key.publicKey], witnesses: [witness.publicKey])
    // The one beside the wrong size is right of another size and is not counted.
    #expect(report.cosignatures == 1)
  }

  @Test mutating func picturesAreThereOrErased() throws {
    var stored = try stored()
    #expect(try !stored.hasPictures() && stored.picture(1) == nil)
    try FileManager.default.removeItem(atPath: folder.file("log"))
    log.pictures = [(1, nil), (2, [9, 8, 7])]
    stored = try self.stored()
    #expect(try stored.hasPictures() && stored.picture(1) == nil && stored.picture(2) == [9, 8, 7])
    #expect(try stored.picture(3) == nil)
    var seen: [Int64] = []
    _ = try stored.verify(keys: [log.key.publicKey], picture: { number, _ in seen.append(number) })
    #expect(seen == [2])
  }

  @Test mutating func anEmptyLogHasNoNewest() throws {
    log.rows = []
    let stored = try stored()
    #expect(try stored.newestNumber() == nil)
  }
}
