import Foundation
import LogFiles
import LogProofs
import Testing
import VigilTesting

/// Bytes of a log's file that were changed without SQLite: a typed error or a finding, never a good report of something else.
@Suite struct DamagedFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func outcome(_ path: String, _ key: NotePublicKey) -> VerificationReport? {
    try? StoredLog(path: path).verify(keys: [key])
  }

  private func bodies(_ path: String) throws -> [[UInt8]?] {
    var bodies: [[UInt8]?] = []
    try StoredLog(path: path).forEachRecord { row in
      bodies.append(row.body)
      return true
    }
    return bodies
  }

  /// Where an index alone is cut off every record is still there: a reader uses none.
  @Test func aFileCutAnywhereIsNotTakenForTheWhole() throws {
    var log = try #require(MadeLog())
    log.session(middle: 40)
    log.sign()
    try log.write(to: folder.file("log"))
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.file("log"))))
    for count in stride(from: 1, to: whole.count, by: 997) {
      let path = try folder.write("cut", whole[..<count])
      guard outcome(path, log.key.publicKey)?.isGood == true else { continue }
      #expect(try bodies(path) == log.rows.map(\.body), "\(count) of \(whole.count) bytes")
    }
  }

  /// 300 files with a few bytes changed: whatever verifies has every signed record as it was.
  @Test func flippedBytesNeverGiveAnotherGoodLog() throws {
    var log = try #require(MadeLog())
    log.session(middle: 30)
    log.sign()
    try log.write(to: folder.file("log"))
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.file("log"))))
    var random = SeededNumbers(20_261_130)
    var (refused, found, untouched) = (0, 0, 0)
    for _ in 0..<300 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
      }
      let path = try folder.write("bent", bytes)
      guard let report = outcome(path, log.key.publicKey) else {
        refused += 1
        continue
      }
      guard report.isGood else {
        found += 1
        continue
      }
      #expect(try bodies(path) == log.rows.map(\.body))
      untouched += 1
    }
    // All three ends are reached.
    #expect(refused > 10 && found > 10 && untouched > 10, "\(refused) \(found) \(untouched)")
  }
}
