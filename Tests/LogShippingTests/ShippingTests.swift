import AuditLog
import Foundation
import GRDB
import LogProofs
import LogShipping
import Testing

@Suite(.serialized, .needsServer)
struct ShippingTests {
  let server: PostgresServer
  let log: LocalLog

  init() throws {
    server = try PostgresServer()
    log = try LocalLog()
  }

  private func copy() throws -> ShippedCopy { try ShippedCopy(of: log.reader().origin, on: server.target) }

  private func one(_ sql: String) throws -> String? {
    try PostgresConnection(server.target).run(sql).first?.first ?? nil
  }

  @Test func theCopyIsEqualVerifiesAndCanBeAsked() throws {
    try log.addSession(40)
    let shipper = LogShipper(try log.reader(), to: server.target, batch: 7)
    let count = try shipper.ship()
    #expect(try count == log.reader().count())
    #expect(try shipper.ship() == count)
    #expect(try copy().differences(from: log.reader()) == [])
    let report = try copy().verify(key: log.key())
    #expect(report.isGood && report.records == UInt64(count) && report.checkpoints >= 2, "\(report.lines)")
    #expect(report.unchecked.contains { $0.contains("pictures") })
    #expect(try one("SELECT count(*) FROM vigil.record WHERE kind = 'summary' AND wall > '2020'") == "40")
    let risk =
      "SELECT data -> 'tracks' -> 0 -> 'readings' ->> 'risk' FROM vigil.record WHERE kind = 'summary' LIMIT 1"
    #expect(try one(risk) == "0.25")
  }

  @Test func laterRecordsAndLateCosignaturesFollow() throws {
    try log.addSession(5)
    _ = try LogShipper(try log.reader(), to: server.target).ship()
    let witness = try #require(NotePrivateKey(name: "witness.example", algorithm: .cosignature))
    var note = try SignedNote(text: #require(try log.reader().checkpoint()))
    let isSigned = note.cosign(with: witness, time: 1_800_000_000)
    #expect(isSigned)
    try LogUpkeep.addCosignature(note, by: witness.publicKey, SessionLogSettings(path: log.path))
    _ = try LogShipper(try log.reader(), to: server.target).ship()
    let report = try copy().verify(key: log.key(), witnesses: [witness.publicKey])
    #expect(report.isGood && report.cosignatures == 1)
    try log.addSession(5)
    _ = try LogShipper(try log.reader(), to: server.target, batch: 3).ship()
    #expect(try copy().differences(from: log.reader()) == [])
    #expect(try copy().verify(key: log.key()).sessions == 2)
  }

  @Test func manyLogsShareAServerAndTwoShippersOfOneDoNotDisturbEachOther() async throws {
    let other = try LocalLog()
    try log.addSession(300)
    try other.addSession(300)
    let target = server.target
    let paths = [log.path, log.path, other.path, other.path]
    try await withThrowingTaskGroup(of: Void.self) { group in
      for path in paths {
        group.addTask { _ = try LogShipper(LogReader(path: path), to: target, batch: 10).ship() }
      }
      try await group.waitForAll()
    }
    for one in [log, other] {
      let copy = try ShippedCopy(of: one.reader().origin, on: target)
      #expect(try copy.differences(from: one.reader()) == [])
    }
    #expect(try one("SELECT count(*) FROM vigil.log") == "2")
  }

  @Test func aRolledBackLogIsRefused() throws {
    try log.addSession(5)
    let old = log.folder + "/old"
    try FileManager.default.copyItem(atPath: log.path, toPath: old)
    try log.addSession(5)
    _ = try LogShipper(try log.reader(), to: server.target).ship()
    for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: log.path + end) }
    try FileManager.default.copyItem(atPath: old, toPath: log.path)
    #expect { _ = try LogShipper(try log.reader(), to: server.target).ship() } throws: {
      "\($0)".contains("cut off or rolled back")
    }
    // The same after another history was written onto the old one.
    try log.addSession(50)
    #expect { _ = try LogShipper(try log.reader(), to: server.target).ship() } throws: {
      "\($0)".contains("are not those that the server has")
    }
  }

  @Test func aChangedRecordIsNotShipped() throws {
    try log.addSession(5)
    let database = try DatabaseQueue(path: log.path)
    try database.write { db in
      try db.execute(sql: "DROP TRIGGER record_is_never_changed")
      try db.execute(sql: "UPDATE record SET body = replace(body, '0.25', '0.95') WHERE number = 4")
    }
    #expect { _ = try LogShipper(try log.reader(), to: server.target).ship() } throws: {
      "\($0)".contains("record 4 is missing or was changed")
    }
    #expect(try one("SELECT count(*) FROM vigil.record") == "0")
  }

  @Test func theCopyRefusesChangesAndAForcedOneIsFound() throws {
    try log.addSession(20)
    _ = try LogShipper(try log.reader(), to: server.target).ship()
    let connection = try PostgresConnection(server.target)
    for sql in [
      "UPDATE vigil.record SET body = '{}'", "DELETE FROM vigil.checkpoint", "TRUNCATE vigil.cosignature",
    ] {
      #expect(throws: ShipError.self) { try connection.run(sql) }
    }
    try connection.run("ALTER TABLE vigil.record DISABLE TRIGGER USER")
    try connection.run("UPDATE vigil.record SET body = replace(body, '0.25', '0.95') WHERE number = 9")
    let report = try copy().verify(key: log.key())
    #expect(report.firstBadRecord == 9)
    #expect(try copy().differences(from: log.reader()).first?.contains("record 9") == true)
    let program = try Program("vigil-ship", ["--verify", "--log", log.path, "--to", server.target])
    let (status, words) = try program.finish()
    #expect(status == 1 && words.contains("first bad record 9") && words.contains("NOT EQUAL"), "\(words)")
  }

  @Test func aStoreOfAnotherVersionIsRefused() throws {
    try log.addSession(1)
    _ = try LogShipper(try log.reader(), to: server.target).ship()
    try PostgresConnection(server.target).run("UPDATE vigil.version SET number = 9")
    #expect { _ = try LogShipper(try log.reader(), to: server.target).ship() } throws: {
      "\($0)".contains("version 9")
    }
  }
}

/// What needs no server.
@Suite struct ShipProgramTests {
  @Test func whatCannotBeShippedIsOneClearLine() throws {
    let log = try LocalLog()
    try log.addSession(1)
    let cases: [([String], Int32, String)] = [
      (["--log", log.path, "--to", "host=\(log.folder) dbname=none"], 3, "cannot be reached"),
      (["--log", log.folder + "/none", "--to", "x"], 3, "no such file"),
      (["--log", log.path, "--batch", "0"], 64, "--batch"),
      (["--log", log.path, "--verify", "--follow"], 64, "not both"),
    ]
    for (arguments, status, words) in cases {
      let ended = try Program("vigil-ship", arguments).finish()
      #expect(ended.status == status && ended.words.contains(words), "\(arguments): \(ended)")
      if status == 3 { #expect(ended.words.split(separator: "\n").count == 1, "\(ended.words)") }
    }
  }
}
