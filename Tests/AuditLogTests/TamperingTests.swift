import AuditLog
import Foundation
import GRDB
import LogProofs
import Testing

/// Each way to change a log that someone with the file (and without the key) has, and what is said about it.
@Suite struct TamperingTests {
  private func edit(_ folder: TestFolder, _ sql: String...) throws { try folder.edit(sql) }

  private func publicKey(_ folder: TestFolder) throws -> NotePublicKey {
    try NotePublicKey(text: String(contentsOfFile: folder.log + ".pub", encoding: .utf8))
  }

  private func verify(_ folder: TestFolder, outside: [SignedNote] = []) throws -> VerificationReport {
    try LogReader(path: folder.log).verify(key: publicKey(folder), outside: outside)
  }

  private func logged() throws -> TestFolder {
    let folder = try TestFolder()
    try Samples.session(folder)
    try Samples.session(folder)
    return folder
  }

  private func newest(_ folder: TestFolder) throws -> SignedNote {
    try SignedNote(text: #require(try LogReader(path: folder.log).checkpoint()))
  }

  @Test func anUntouchedLogVerifies() throws {
    let folder = try logged()
    let report = try verify(folder, outside: [newest(folder)])
    #expect(report.isGood, "\(report.lines)")
    #expect(report.sessions == 2 && report.finishedSessions == 2 && report.checkpoints >= 4)
    #expect(report.newest?.size == report.records)
  }

  @Test func theGuardsRefuseHonestMistakes() throws {
    let folder = try logged()
    for sql in ["UPDATE record SET body = '{}'", "DELETE FROM record", "DELETE FROM checkpoint"] {
      #expect(throws: DatabaseError.self) {
        try DatabaseQueue(path: folder.log).write { try $0.execute(sql: sql) }
      }
    }
  }

  @Test func aChangedRecordIsNamed() throws {
    let folder = try logged()
    try edit(
      folder, "UPDATE record SET body = replace(body, '\"to\":\"live\"', '\"to\":\"fake\"') WHERE number = 6")
    let report = try verify(folder)
    #expect(report.firstBadRecord == 6)
    #expect(report.findings.map(\.kind) == [.changed])
  }

  @Test func aRecordChangedTogetherWithItsHashIsFound() throws {
    let folder = try logged()
    let body = try #require(
      try DatabaseQueue(path: folder.log).read {
        try String.fetchOne($0, sql: "SELECT replace(body, '0.12', '0.99') FROM record WHERE number = 6")
      })
    let leaf = TreeHash.leaf(Array(body.utf8)).hex
    try edit(
      folder, "UPDATE record SET body = replace(body, '0.12', '0.99'), leaf = x'\(leaf)' WHERE number = 6")
    let report = try verify(folder)
    #expect(report.findings.map(\.kind) == [.root])
    #expect(try #require(report.firstBadRecord) <= 6)
  }

  @Test func aDeletedRecordIsNamed() throws {
    let folder = try logged()
    try edit(folder, "DELETE FROM record WHERE number = 8")
    let report = try verify(folder)
    #expect(report.findings.first?.kind == .missing && report.firstBadRecord == 8)
  }

  @Test func aDeletionWithTheRestMovedUpIsNamed() throws {
    let folder = try logged()
    try edit(
      folder, "DELETE FROM record WHERE number = 8",
      "UPDATE record SET number = number + 100000 WHERE number > 8",
      "UPDATE record SET number = number - 100001 WHERE number > 100000")
    let report = try verify(folder)
    #expect(report.firstBadRecord == 1 || report.firstBadRecord == 8)
    #expect(report.findings.contains { $0.kind == .moved && $0.record == 8 })
    #expect(report.findings.contains { $0.kind == .root || $0.kind == .truncated })
  }

  @Test func anInsertedRecordIsNamed() throws {
    let folder = try logged()
    try edit(
      folder, "UPDATE record SET number = number + 100000 WHERE number > 8",
      "UPDATE record SET number = number - 99999 WHERE number > 100000",
      "INSERT INTO record (number, leaf, body) SELECT 9, leaf, body FROM record WHERE number = 7")
    let report = try verify(folder)
    #expect(report.findings.contains { $0.kind == .moved && $0.record == 9 })
    #expect(!report.isGood)
  }

  @Test func swappedRecordsAreNamed() throws {
    let folder = try logged()
    try edit(
      folder, "UPDATE record SET number = 100000 WHERE number = 5",
      "UPDATE record SET number = 5 WHERE number = 7",
      "UPDATE record SET number = 7 WHERE number = 100000")
    let moved = try verify(folder).findings.filter { $0.kind == .moved }.compactMap(\.record)
    #expect(moved == [5, 7])
  }

  @Test func recordsCutOffAreFoundByTheLogsOwnCheckpoint() throws {
    let folder = try logged()
    let count = try verify(folder).records
    try edit(folder, "DELETE FROM record WHERE number >= \(count - 3)")
    let report = try verify(folder)
    #expect(report.findings.map(\.kind) == [.truncated])
    #expect(report.firstBadRecord == count - 3)
  }

  @Test func recordsCutOffWithTheirCheckpointsAreFoundByAnOutsideOne() throws {
    let folder = try logged()
    let outside = try newest(folder)
    let count = try verify(folder).records
    try edit(
      folder, "DELETE FROM record WHERE number >= \(count / 2)",
      "DELETE FROM checkpoint WHERE size > \(count / 2)")
    let alone = try verify(folder)
    #expect(alone.isGood)
    #expect(alone.unchecked.contains { $0.contains("at the end") })
    let report = try verify(folder, outside: [outside])
    #expect(report.findings.map(\.kind) == [.truncated])
    #expect(report.firstBadRecord == count / 2)
  }

  @Test func theWholeFileRolledBackIsFoundByAnOutsideCheckpoint() throws {
    let folder = try TestFolder()
    try Samples.session(folder)
    let old = folder.path + "/old"
    try FileManager.default.copyItem(atPath: folder.log, toPath: old)
    try Samples.session(folder)
    let outside = try newest(folder)
    for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: folder.log + end) }
    try FileManager.default.copyItem(atPath: old, toPath: folder.log)
    #expect(try verify(folder).isGood)
    #expect(try verify(folder, outside: [outside]).findings.map(\.kind) == [.truncated])
  }

  @Test func aHistoryWrittenAnewDiffersFromAnOutsideCheckpoint() throws {
    let folder = try TestFolder()
    try Samples.session(folder)
    let old = folder.path + "/old"
    try FileManager.default.copyItem(atPath: folder.log, toPath: old)
    try Samples.session(folder, summaries: 5)
    let outside = try newest(folder)
    for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: folder.log + end) }
    try FileManager.default.copyItem(atPath: old, toPath: folder.log)
    try Samples.session(folder, summaries: 9)
    #expect(try verify(folder).isGood)
    #expect(try verify(folder, outside: [outside]).findings.map(\.kind) == [.diverged])
  }

  @Test func aLogForgedWithAnotherKeyIsRefused() throws {
    let folder = try logged()
    let other = try logged()
    let report = try LogReader(path: other.log).verify(key: publicKey(folder))
    #expect(report.findings.contains { $0.kind == .signature })
    #expect(!report.isGood)
  }

  @Test func aForgedCheckpointIsFound() throws {
    let folder = try logged()
    let note = try newest(folder)
    let forger = try #require(NotePrivateKey(name: try publicKey(folder).name))
    var forged = SignedNote(body: note.body)
    let isSigned = forged.sign(with: forger)
    #expect(isSigned)
    try edit(folder, "UPDATE checkpoint SET note = '\(forged.text)'")
    #expect(try verify(folder).findings.contains { $0.kind == .signature })
  }

  @Test func aTamperedCheckpointStopsTheWriter() throws {
    let folder = try logged()
    try edit(folder, "UPDATE checkpoint SET note = replace(note, char(10), 'x' || char(10))")
    #expect(throws: LogError.self) { try SessionLog.open(folder.settings, header: Samples.header) }
  }
}
