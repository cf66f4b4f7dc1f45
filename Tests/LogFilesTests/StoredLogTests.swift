import Foundation
import LogFiles
import LogProofs
import Testing
import VigilTesting

/// A log's file as somebody opens it who does not trust it.
@Suite struct StoredLogTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func made(_ middle: Int = 2) throws -> MadeLog {
    var log = try #require(MadeLog())
    log.session(middle: middle)
    log.sign()
    return log
  }

  private func refusal(_ path: String) -> StoredLogError? {
    do throws(StoredLogError) {
      _ = try StoredLog(path: path)
      return nil
    } catch { return error }
  }

  @Test func aGoodFileIsReadAsItWasMade() throws {
    let (log, path) = (try made(), folder.file("log.sqlite"))
    try log.write(to: path)
    let stored = try StoredLog(path: path)
    #expect(stored.origin == log.origin && stored.firstKey == "\(log.key.publicKey)")
    #expect(stored.version == KnownSchema.newestVersion && stored.schemaFaults == [] && stored.notes == [])
    let report = try stored.verify(keys: [log.key.publicKey])
    #expect(report == log.verify())
    // Nothing is made beside it.
    #expect(folder.names == ["log.sqlite"])
  }

  /// A name is bytes: SQLite's address must not take a part of it for a question.
  @Test(arguments: ["a b", "a?immutable=0", "a#b", "a%41", "é ع", "a&b=c", "'\"", "~\u{7F}"])
  func anyNameOfAFileWillDo(name: String) throws {
    let log = try made()
    try log.write(to: folder.file("plain"))
    try FileManager.default.moveItem(atPath: folder.file("plain"), toPath: folder.file(name))
    #expect(try StoredLog(path: folder.file(name)).verify(keys: [log.key.publicKey]).isGood)
  }

  @Test func whatIsNoFileOfALogIsRefused() throws {
    let missing = folder.file("missing")
    #expect(refusal(missing) == .unreadable(path: missing, reason: "there is no such file"))
    #expect(refusal(folder.path) == .notALog(path: folder.path, reason: "it is not a file"))
    let empty = try folder.write("empty", [])
    #expect(refusal(empty) == .notALog(path: empty, reason: "the file is empty"))
    let text = try folder.write("text", Array(String(repeating: "no database ", count: 200).utf8))
    #expect(refusal(text) == .notALog(path: text, reason: "no SQLite file, or an encrypted or damaged one"))
    let other = folder.file("other")
    try MadeLog.run(["CREATE TABLE t (a)"], on: other)
    #expect(refusal(other) == .notALog(path: other, reason: "it is an SQLite file of another program"))
  }

  @Test(arguments: [(4, true), (99, true), (0, false), (-1, false)])
  func versionsThatAreNotKnownAreRefused(version: Int, isFuture: Bool) throws {
    let path = folder.file("log")
    try made().write(to: path, then: ["PRAGMA user_version = \(version)"])
    let expected: StoredLogError =
      isFuture
      ? .futureVersion(path: path, found: Int64(version), known: 3)
      : .tampered(path: path, reason: "there is no log of version \(version)")
    #expect(refusal(path) == expected)
  }

  /// What makes a reader see something else than what is stored is refused; what a reader never uses is told.
  @Test(arguments: [
    ("DROP TABLE snapshot", "the table `snapshot` is missing"),
    ("CREATE TABLE more (a)", "the table `more` is none of Vigil's"),
    ("CREATE VIEW more AS SELECT 1", "the view `more` is none of Vigil's"),
    (
      "DROP TABLE snapshot; CREATE VIEW snapshot AS SELECT 1 AS number, NULL AS sealed",
      "the view `snapshot` is none of Vigil's"
    ),
    ("ALTER TABLE snapshot ADD COLUMN more TEXT", "the table `snapshot` is not as Vigil makes it"),
  ]) func aChangedSchemaIsRefused(sql: String, fault: String) throws {
    let path = folder.file("log")
    try made().write(to: path, then: sql.split(separator: ";").map(String.init))
    #expect(refusal(path) == .tampered(path: path, reason: fault))
  }

  @Test func aGuardThatIsGoneIsToldAndTheLogIsRead() throws {
    let (log, path) = (try made(), folder.file("log"))
    try log.write(
      to: path,
      then: [
        "DROP TRIGGER record_is_never_changed", "DROP INDEX record_by_session",
        "CREATE TRIGGER more AFTER INSERT ON record BEGIN DELETE FROM snapshot; END",
      ])
    let stored = try StoredLog(path: path)
    #expect(
      Set(stored.schemaFaults) == [
        "the trigger `record_is_never_changed` is missing", "the index `record_by_session` is missing",
        "the trigger `more` is none of Vigil's",
      ])
    let report = try stored.verify(keys: [log.key.publicKey])
    #expect(report.findings.map(\.kind) == [.schema, .schema, .schema] && report.checkpoints == 1)
  }

  @Test(arguments: [
    ("DELETE FROM log", "the log has no name: it is damaged or empty", true),
    ("UPDATE log SET origin = 'a b'", "its name or first key is none", false),
    ("UPDATE log SET origin = ''", "its name or first key is none", false),
    ("UPDATE log SET origin = printf('%01001d', 1)", "its name or first key is none", false),
    ("UPDATE log SET first_key = printf('%02001d', 1)", "its name or first key is none", false),
    ("UPDATE log SET origin = CAST(x'ff' AS TEXT)", "its name or first key is none", false),
  ]) func aLogWithoutAProperNameIsRefused(sql: String, reason: String, isNone: Bool) throws {
    let path = folder.file("log")
    try made().write(to: path, then: [sql])
    #expect(
      refusal(path) == (isNone ? .notALog(path: path, reason: reason) : .tampered(path: path, reason: reason))
    )
  }

  @Test func aJournalOfAnotherKindIsRefused() throws {
    let path = folder.file("log")
    try made().write(to: path)
    try folder.write("log-journal", [])
    #expect(refusal(path) == nil)
    try folder.write("log-journal", [1])
    guard case .tampered(_, let reason) = refusal(path) else { return #expect(Bool(false), "it was read") }
    #expect(reason.contains("log-journal") && reason.contains("Vigil's logs have none"))
    // Beside the file itself, not beside a link to it.
    try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: path)
    #expect(refusal(folder.file("link")) != nil)
  }

  @Test func anotherNameOfTheFileIsTold() throws {
    let path = folder.file("log")
    try made().write(to: path)
    try FileManager.default.linkItem(atPath: path, toPath: folder.file("second"))
    let notes = try StoredLog(path: path).notes
    #expect(notes.count == 1 && notes[0].contains("it has 2 names"))
  }

  @Test func aStatementMayDoOnlySoMuch() throws {
    let path = folder.file("log")
    try made(3000).write(to: path)
    let expected = StoredLogError.tampered(
      path: path, reason: "reading it takes more work than a log of its size can need")
    #expect(throws: expected) {
      try StoredLog(path: path, work: 3000).forEachRecord { _ in true }
    }
    var count = 0
    try StoredLog(path: path).forEachRecord { _ in
      count += 1
      return true
    }
    #expect(count == 3002)
  }

  @Test func errorsSayWhatWhereAndWhatToDo() {
    #expect("\(StoredLogError.unreadable(path: "/a", reason: "r"))" == "/a: cannot be read: r")
    #expect("\(StoredLogError.notALog(path: "/a", reason: "r"))" == "/a: not a Vigil session log: r")
    #expect(
      "\(StoredLogError.futureVersion(path: "/a", found: 9, known: 3))"
        == "/a: log version 9 is newer than this program knows (3); use a newer one")
    #expect(
      "\(StoredLogError.damaged(path: "/a", reason: "r"))" == "/a: damaged: r; restore it from a backup")
    #expect("\(StoredLogError.tampered(path: "/a", reason: "r"))".contains("DOES NOT VERIFY"))
  }
}
