import AuditLog
import Foundation
import GRDB
import JSON
import LogProofs
import Testing

@Suite struct UpkeepTests {
  private func key(_ folder: TestFolder) throws -> NotePublicKey {
    try NotePublicKey(text: String(contentsOfFile: folder.log + ".pub", encoding: .utf8))
  }

  @Test func anotherKeyIsTrustedThroughItsRecord() throws {
    let folder = try TestFolder()
    try Samples.session(folder)
    let old = try key(folder)
    let new = try LogUpkeep.rotateKey(folder.settings)
    try Samples.session(folder)
    let reader = try LogReader(path: folder.log)
    let byOld = try reader.verify(key: old)
    #expect(byOld.isGood, "\(byOld.lines)")
    let byNew = try reader.verify(key: new)
    #expect(byNew.isGood, "\(byNew.lines)")
    #expect(byNew.unchecked.contains { $0.contains("a later good one covers it") })
    #expect(try reader.sessions().count == 2)
  }

  @Test func picturesAreEncryptedAndErasedWithoutBreakingTheLog() throws {
    let folder = try TestFolder()
    let secret = SnapshotKey()
    let picture = Array("not really a picture, but easy to find in a file".utf8)
    let log = try SessionLog.open(folder.settings, header: Samples.header)
    for frame in 1...3 as ClosedRange<UInt64> {
      try log.keep(picture: picture, frame: frame, reason: "verdict", key: secret)
    }
    try log.close(SessionEnd(reason: "finished"))
    let file = try Data(contentsOf: URL(fileURLWithPath: folder.log))
    #expect(file.range(of: Data(picture)) == nil)
    let reader = try LogReader(path: folder.log)
    #expect(try reader.verify(key: key(folder)).snapshots == 3)
    #expect(try reader.picture(2, key: secret) == picture)
    #expect(throws: LogError.self) { try reader.picture(2, key: SnapshotKey()) }

    #expect(try LogUpkeep.erasePictures(olderThan: 1, folder.settings) == 0)
    #expect(try LogUpkeep.erasePictures(olderThan: 0, folder.settings) == 3)
    let report = try LogReader(path: folder.log).verify(key: key(folder))
    #expect(report.isGood && report.erased == 3, "\(report.lines)")
    #expect(throws: LogError.self) { try LogReader(path: folder.log).picture(2, key: secret) }
  }

  @Test func aPictureChangedOrTakenAwayIsFound() throws {
    let folder = try TestFolder()
    let log = try SessionLog.open(folder.settings, header: Samples.header)
    for frame in 1...2 as ClosedRange<UInt64> {
      try log.keep(picture: [1, 2, 3], frame: frame, reason: "operator", key: SnapshotKey())
    }
    try log.close(SessionEnd(reason: "finished"))
    try DatabaseQueue(path: folder.log).write {
      try $0.execute(
        sql: "UPDATE snapshot SET sealed = x'00' WHERE number = 1; DELETE FROM snapshot WHERE number = 2")
    }
    let report = try LogReader(path: folder.log).verify(key: key(folder))
    #expect(report.findings.map(\.kind) == [.snapshot, .snapshot])
    #expect(report.findings.map(\.record) == [1, 2])
  }

  @Test func aWitnessIsAccepted() throws {
    let folder = try TestFolder()
    try Samples.session(folder)
    let witness = try #require(NotePrivateKey(name: "witness.example/w", algorithm: .cosignature))
    let stranger = try #require(NotePrivateKey(name: "witness.example/w", algorithm: .cosignature))
    var note = try SignedNote(text: #require(try LogReader(path: folder.log).checkpoint()))
    let isSigned = note.cosign(with: witness, time: 1_800_000_000)
    #expect(isSigned)
    #expect(throws: LogError.self) {
      try LogUpkeep.addCosignature(note, by: stranger.publicKey, folder.settings)
    }
    try LogUpkeep.addCosignature(note, by: witness.publicKey, folder.settings)
    let report = try LogReader(path: folder.log).verify(key: key(folder), witnesses: [witness.publicKey])
    #expect(report.isGood && report.cosignatures == 1)
  }

  @Test func aProofStandsAlone() throws {
    let folder = try TestFolder()
    try Samples.session(folder)
    let proof = try LogReader(path: folder.log).proof(of: 6, older: 4)
    let note = try SignedNote(text: proof["checkpoint"]?.text ?? "")
    try note.check(key(folder))
    let signed = try Checkpoint(body: note.body)
    let hashes = (proof["inclusion"]?.elements ?? []).compactMap(\.text)
      .compactMap { Data(base64Encoded: $0) }.compactMap { TreeHash(Array($0)) }
    let leaf = TreeHash.leaf(Array((proof["record"]?.text ?? "").utf8))
    try MerkleProofs.checkInclusion(of: leaf, at: 6, size: signed.size, root: signed.root, proof: hashes)
    #expect(proof["consistency"] != nil)
  }

  @Test func exportsHaveOpenFacesColumns() throws {
    let folder = try TestFolder()
    try Samples.session(folder)
    var rows: [String] = []
    try LogReader(path: folder.log).forEach { _, text in
      rows += LogExport.rows(of: try JSONParser.parse(Array(text.utf8)))
    }
    #expect(rows.count == 22)
    let columns = LogExport.header.split(separator: ",")
    #expect(columns.prefix(5) == ["frame", "face_id", "timestamp", "confidence", "success"])
    #expect(
      rows.allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false).count == columns.count })
  }
}
