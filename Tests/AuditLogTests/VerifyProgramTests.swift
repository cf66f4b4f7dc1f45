import AuditLog
import Foundation
import GRDB
import LogProofs
import Testing

/// The programs built beside the tests, run as a person would.
@Suite struct VerifyProgramTests {
  @Test func theSeparateProgramVerifies() throws {
    let folder = try TestFolder()
    try Samples.session(folder)
    let good = try BuiltProgram.run("vigil-verify", [folder.log, "--key", folder.log + ".pub"])
    #expect(good.status == 0 && good.output.contains("verified: every signed record"), "\(good)")
    try DatabaseQueue(path: folder.log).write {
      try $0.execute(sql: "DROP TRIGGER record_is_never_changed")
      try $0.execute(sql: "UPDATE record SET body = replace(body, 'live', 'fake') WHERE number = 6")
    }
    let bad = try BuiltProgram.run("vigil-verify", [folder.log, "--key", folder.log + ".pub"])
    #expect(bad.status == 1 && bad.output.contains("first bad record 6"), "\(bad)")
  }

  @Test func itRefusesWhatItCannotCheckInOneLine() throws {
    let folder = try TestFolder()
    try Samples.session(folder)
    let key = folder.log + ".pub"
    let text = folder.path + "/text"
    try Data("no database at all, only words".utf8).write(to: URL(fileURLWithPath: text))
    let other = folder.path + "/other"
    try DatabaseQueue(path: other).write { try $0.execute(sql: "CREATE TABLE t (a)") }
    let future = folder.path + "/future"
    try FileManager.default.copyItem(atPath: folder.log, toPath: future)
    try DatabaseQueue(path: future).write { try $0.execute(sql: "PRAGMA user_version = 9") }
    let cases = [
      ("/nowhere", "cannot be read"), (text, "not a Vigil session log"), (other, "of another program"),
      (future, "version 9 is newer"),
    ]
    for (path, words) in cases {
      let result = try BuiltProgram.run("vigil-verify", [path, "--key", key])
      #expect(result.status == 3 && result.errors.contains(words), "\(path): \(result)")
      #expect(result.errors.split(separator: "\n").count == 1)
    }
    let badKey = try BuiltProgram.run("vigil-verify", [folder.log, "--key", "nonsense"])
    #expect(badKey.status == 3 && badKey.errors.contains("not a key"), "\(badKey)")
  }

  @Test func itRefusesPicturesUnderAnotherKey() throws {
    let folder = try TestFolder()
    let keys = (right: folder.path + "/right", wrong: folder.path + "/wrong")
    try SnapshotKey().store(at: keys.right)
    try SnapshotKey().store(at: keys.wrong)
    let log = try SessionLog.open(folder.settings, header: Samples.header)
    try log.keep(picture: [1, 2, 3], frame: 1, reason: "operator", key: SnapshotKey(path: keys.right))
    try log.close(SessionEnd(reason: "finished"))
    let arguments = [folder.log, "--key", folder.log + ".pub", "--evidence-key"]
    #expect(try BuiltProgram.run("vigil-verify", arguments + [keys.right]).status == 0)
    let wrong = try BuiltProgram.run("vigil-verify", arguments + [keys.wrong])
    #expect(wrong.status == 3 && wrong.errors.contains("encrypted with another key"), "\(wrong)")
  }

  /// The short form of Tools/measure/soak-audit.py.
  @Test func nothingAcknowledgedIsLostWhenTheWriterIsKilled() throws {
    let folder = try TestFolder()
    var acknowledgements = 0
    for _ in 0..<8 {
      let killed = try BuiltProgram.run(
        "vigil-lab", ["log", "append", folder.log], killAfter: .random(in: 0.05...0.4))
      let reported = killed.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().last
      guard FileManager.default.fileExists(atPath: folder.log) else {
        #expect(reported == nil)
        continue
      }
      let key = try NotePublicKey(text: String(contentsOfFile: folder.log + ".pub", encoding: .utf8))
      let report = try LogReader(path: folder.log).verify(key: key)
      #expect(report.isGood, "\(report.lines)")
      guard let count = reported.flatMap({ UInt64($0) }) else { continue }
      #expect(report.records >= count, "\(report.lines)")
      acknowledgements += 1
    }
    #expect(acknowledgements > 0)
  }
}
