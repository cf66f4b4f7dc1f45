import AuditLog
import Foundation
import GRDB
import LogFiles
import LogProofs
import Quantities
import Synchronization
import Testing

/// What a reader relies on: the rows themselves, and of them only what is signed.
@Suite struct DistrustTests {
  @Test func theKnownSchemaIsTheOneThatIsMade() throws {
    let folder = try TestFolder()
    try Samples.session(folder)
    let entries = try DatabaseQueue(path: folder.log).read {
      try Row.fetchAll($0, sql: "SELECT type, name, tbl_name, sql FROM sqlite_master").map {
        KnownSchema.Entry(type: $0[0], name: $0[1], table: $0[2], sql: $0[3])
      }
    }
    #expect(Set(entries) == KnownSchema.entries)
    #expect(KnownSchema.faults(in: entries) == [])
    let stored = try StoredLog(path: folder.log)
    #expect(stored.version == KnownSchema.newestVersion && stored.schemaFaults == [])
  }

  @Test func aStatementMayDoOnlySoMuchWork() throws {
    let folder = try TestFolder()
    try Samples.session(folder, summaries: 2000)
    #expect { try StoredLog(path: folder.log, work: 2000).forEachRecord { _, _, _ in true } } throws: {
      "\($0)".contains("more work than a log of its size")
    }
    var count = 0
    try StoredLog(path: folder.log).forEachRecord { _, _, _ in
      count += 1
      return true
    }
    #expect(count > 2000)
  }

  @Test func theWriterRefusesAChangedSchema() throws {
    for sql in [
      "DROP TRIGGER record_is_never_changed", "CREATE TABLE more (a)",
      "CREATE TRIGGER more AFTER INSERT ON record BEGIN DELETE FROM snapshot; END",
    ] {
      let folder = try TestFolder()
      try Samples.session(folder)
      try DatabaseQueue(path: folder.log).write { try $0.execute(sql: sql) }
      #expect { try SessionLog.open(folder.settings, header: Samples.header) } throws: {
        if case .tampered? = $0 as? LogError { true } else { false }
      }
    }
  }

  @Test func theWriterTakesNothingUpThatIsNotOfItsType() throws {
    let loosened = """
      PRAGMA writable_schema = ON;
      UPDATE sqlite_master SET sql = 'CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note, peaks)'
      WHERE name = 'checkpoint';
      PRAGMA writable_schema = RESET;
      """
    for value in ["note = NULL", "note = 7", "peaks = NULL", "peaks = 'text'", "note = note || char(0)"] {
      let folder = try TestFolder()
      try Samples.session(folder)
      let queue = try DatabaseQueue(path: folder.log)
      try queue.writeWithoutTransaction { db in
        let sql = try String.fetchOne(db, sql: "SELECT sql FROM sqlite_master WHERE name = 'checkpoint'")
        try db.execute(sql: "DROP TRIGGER checkpoint_is_never_changed")
        try db.execute(sql: loosened)
        try db.execute(sql: "UPDATE checkpoint SET \(value)")
        try db.execute(sql: "PRAGMA writable_schema = ON")
        try db.execute(sql: "UPDATE sqlite_master SET sql = ? WHERE name = 'checkpoint'", arguments: [sql])
        try db.execute(sql: "PRAGMA writable_schema = RESET")
        try db.execute(
          sql: """
            CREATE TRIGGER checkpoint_is_never_changed BEFORE UPDATE ON checkpoint
              BEGIN SELECT RAISE(ABORT, 'checkpoints are never changed'); END
            """)
      }
      try queue.close()
      #expect(throws: LogError.self, "\(value)") {
        try SessionLog.open(folder.settings, header: Samples.header)
      }
    }
  }

  private func withPicture(_ folder: TestFolder, _ clock: LogClock) throws -> SessionLogSettings {
    var settings = folder.settings
    settings.clock = clock
    let log = try SessionLog.open(settings, header: Samples.header)
    try log.keep(picture: [1, 2, 3], frame: 1, reason: "operator", key: SnapshotKey())
    try log.close(SessionEnd(reason: "finished"))
    settings.pictureDays = 10
    return settings
  }

  private func clock(day: Int64) -> LogClock {
    LogClock {
      let wall = 1_790_000_000_000_000_000 + day * 86_400_000_000_000
      return ClockReading(monotonic: MonotonicInstant(nanoseconds: wall), wallNanoseconds: wall)
    }
  }

  @Test(arguments: [0, 4_000_000_000])
  func picturesAreErasedByTheirSignedTimeOnly(taken: Int) throws {
    let folder = try TestFolder()
    var settings = try withPicture(folder, clock(day: 0))
    try DatabaseQueue(path: folder.log).write { try $0.execute(sql: "UPDATE snapshot SET taken = \(taken)") }
    for (day, erased) in [(9, 0), (11, 1)] as [(Int64, Int)] {
      settings.clock = clock(day: day)
      try SessionLog.open(settings, header: Samples.header).close(SessionEnd(reason: "finished"))
      let report = try LogHistory(path: folder.log).verify(key: folder.publicKey())
      #expect(report.isGood && report.erased == erased, "day \(day): \(report.lines)")
    }
  }

  @Test func noPictureIsErasedByARecordThatWasChanged() throws {
    let folder = try TestFolder()
    var settings = try withPicture(folder, clock(day: 0))
    try folder.edit(["UPDATE record SET body = replace(body, '2026-', '2001-')"])
    settings.clock = clock(day: 1)
    settings.segments.longestDays = 100_000
    #expect(throws: LogError.self) { try SessionLog.open(settings, header: Samples.header) }
    let sealed = try DatabaseQueue(path: folder.log).read {
      try Int.fetchOne($0, sql: "SELECT count(*) FROM snapshot WHERE sealed IS NOT NULL")
    }
    #expect(sealed == 1)
  }

  @Test func aSessionTakenOutOfTheIndexIsListedAllTheSame() throws {
    let folder = try TestFolder()
    try Samples.session(folder)
    try Samples.session(folder)
    try DatabaseQueue(path: folder.log).writeWithoutTransaction { db in
      let sql = try String.fetchOne(db, sql: "SELECT sql FROM sqlite_master WHERE name = 'record_by_session'")
      try db.execute(sql: "DROP INDEX record_by_session")
      try db.execute(sql: "CREATE INDEX record_by_session ON record (session, kind) WHERE number > 20")
      try db.execute(sql: "PRAGMA writable_schema = ON")
      try db.execute(
        sql: "UPDATE sqlite_master SET sql = ? WHERE name = 'record_by_session'", arguments: [sql])
    }
    #expect(try LogReader(path: folder.log).sessions().count == 2)
    var verdicts = 0
    try LogReader(path: folder.log).forEach(kind: "verdict") { _, _ in verdicts += 1 }
    #expect(verdicts == 4)
  }

  /// The short form of make fuzz-log.
  @Test func changedRowsAreAnsweredRightByBothVerifiers() throws {
    let folder = try TestFolder()
    let result = try BuiltProgram.run("vigil-lab", ["log", "fuzz", folder.path, "4000", "7"])
    #expect(result.status == 0 && result.output.contains("no disagreement"), "\(result)")
  }
}
