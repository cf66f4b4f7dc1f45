import AuditLog
import Foundation
import GRDB
import LogProofs
import Testing

/// A log is there whole or not at all: with its tables, its name, its public key and a signed checkpoint.
@Suite struct FirstCheckpointTests {
  private func verify(_ folder: TestFolder) throws -> (status: Int32, output: String, errors: String) {
    try BuiltProgram.run("vigil-verify", [folder.log, "--key", folder.log + ".pub"])
  }

  private func strip(_ folder: TestFolder, _ sql: String) throws {
    try folder.edit([sql])
  }

  @Test(arguments: MakingStep.allCases)
  func aWriterKilledWhileItMakesTheLogLeavesAWholeOneOrNone(step: MakingStep) throws {
    let folder = try TestFolder()
    let killed = try BuiltProgram.run("vigil-lab", ["log", "cut", folder.log, step.rawValue])
    #expect(killed.status == SIGKILL && killed.output.isEmpty, "\(killed)")
    #expect(FileManager.default.fileExists(atPath: folder.log) == (step == .inPlace))
    if step == .inPlace {
      let empty = try verify(folder)
      #expect(empty.status == 0 && empty.output.contains(": 0 records"), "\(empty)")
      #expect(empty.output.contains("checked: 1 signed checkpoints"), "\(empty)")
    }
    let count = try Samples.session(folder)
    let report = try verify(folder)
    #expect(report.status == 0 && report.output.contains(": \(count) records"), "\(report)")
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.contains(".new") }
    #expect(left == [])
  }

  @Test func anEmptyLogOfAnOlderProgramIsToldApartAndMended() throws {
    let folder = try TestFolder()
    let made = try BuiltProgram.run("vigil-lab", ["log", "cut", folder.log, "inPlace"])
    #expect(made.status == SIGKILL)
    try strip(folder, "DELETE FROM checkpoint; PRAGMA user_version = 1")
    let old = try verify(folder)
    #expect(old.status == 1 && old.output.contains("the log is empty and unsigned"), "\(old)")
    let key = try NotePublicKey(text: String(contentsOfFile: folder.log + ".pub", encoding: .utf8))
    #expect(try LogReader(path: folder.log).verify(key: key).findings.map(\.kind) == [.checkpoint])
    try Samples.session(folder)
    #expect(try verify(folder).status == 0)
  }

  @Test func anOlderProgramsHalfMadeFileIsFinished() throws {
    let folder = try TestFolder()
    let made = try BuiltProgram.run("vigil-lab", ["log", "cut", folder.log, "inPlace"])
    #expect(made.status == SIGKILL)
    try strip(folder, "DELETE FROM checkpoint; DELETE FROM log")
    let unnamed = try verify(folder)
    #expect(unnamed.status == 3 && unnamed.errors.contains("no name"), "\(unnamed)")
    try Samples.session(folder)
    #expect(try verify(folder).status == 0)
  }

  @Test func recordsUnderTheEmptyTreesCheckpointAloneAreFound() throws {
    let folder = try TestFolder()
    try Samples.session(folder)
    try strip(folder, "DELETE FROM checkpoint WHERE size > 0")
    let report = try verify(folder)
    #expect(report.status == 1 && report.output.contains("only the empty log is signed"), "\(report)")
    #expect(throws: LogError.self) { try SessionLog.open(folder.settings, header: Samples.header) }
  }

  @Test func aSessionInAnOlderLogGoesOn() throws {
    let folder = try TestFolder()
    try Samples.session(folder)
    try strip(
      folder,
      "DELETE FROM checkpoint WHERE size = 0; PRAGMA user_version = 1; DELETE FROM grdb_migrations WHERE identifier LIKE '2:%' OR identifier LIKE '3:%'"
    )
    #expect(try verify(folder).status == 0)
    try Samples.session(folder)
    let report = try verify(folder)
    #expect(report.status == 0 && report.output.contains("2 sessions (2 ended in order)"), "\(report)")
    #expect(
      try DatabaseQueue(path: folder.log).read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == 3)
  }

  @Test func aJournalWithoutItsLogIsNotTakenOver() throws {
    let folder = try TestFolder()
    try Data([1, 2, 3]).write(to: URL(fileURLWithPath: folder.log + "-wal"))
    #expect {
      try SessionLog.open(folder.settings, header: Samples.header)
    } throws: {
      "\($0)".contains("the log itself is not")
    }
  }

  @Test func anEmptyFileIsNoLogToReadAndBecomesOne() throws {
    let folder = try TestFolder()
    try Data().write(to: URL(fileURLWithPath: folder.log))
    #expect(throws: LogError.notALog(path: folder.log, reason: "the file is empty")) {
      try LogReader(path: folder.log)
    }
    try Samples.session(folder)
    #expect(try verify(folder).status == 0)
  }
}
