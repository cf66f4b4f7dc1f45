import Foundation
import Testing

/// `vigil log` on a small log, as an auditor would use it; needs no camera and no networks.
@Suite struct LogCommandTests {
  private let folder: TemporaryFolder
  private var log: String { folder.url.path + "/log.sqlite" }

  /// A log of one session of two seconds.
  init() throws {
    folder = try TemporaryFolder()
    let made = try ProgramRun(["log", "session", folder.url.path + "/log.sqlite", "2"], program: "vigil-lab")
    #expect(made.status == 0, "\(made.errors)")
  }

  private func vigil(_ arguments: String...) throws -> ProgramRun {
    try ProgramRun(["log"] + arguments, environment: ["VIGIL_LOG": log])
  }

  @Test func aSessionIsListedShownExportedAndFollowed() throws {
    let list = try vigil("list")
    #expect(list.output.split(separator: "\n").count == 1 && list.output.contains("monitor  finished"))
    let name = try #require(list.output.split(separator: " ").first.map(String.init))
    let summaries = try vigil("show", name, "--kind", "summary").output.split(separator: "\n")
    #expect(summaries.count == 2 && summaries.allSatisfy { $0.contains("\"risk\":") })
    let lines = try vigil("export").output.split(separator: "\n")
    for line in lines { _ = try JSONSerialization.jsonObject(with: Data(line.utf8)) }
    #expect(try vigil("follow", "--jsonl").output.split(separator: "\n") == lines)
    let rows = try vigil("export", "--format", "csv", "--all").output.split(separator: "\n")
    #expect(rows.count == 3 && rows[0].hasPrefix("frame,face_id,timestamp,confidence,success"))
    let unknown = try vigil("show", "nosuch")
    #expect(unknown.status == 3 && unknown.errors.contains("there is no session nosuch"))
    #expect(try vigil("export", "--format", "xml").status == 64)
  }

  @Test func truncationIsFoundAgainstACheckpointKeptElsewhere() throws {
    let early = try folder.file("early.txt", vigil("checkpoint").output)
    #expect(try ProgramRun(["log", "session", log, "1"], program: "vigil-lab").status == 0)
    let kept = try folder.file("kept.txt", vigil("checkpoint").output)
    let good = try vigil("verify", "--checkpoint", early, "--checkpoint", kept)
    #expect(good.status == 0 && good.output.contains("verified: every signed record"), "\(good.output)")
    // Somebody who has SQLite at hand cuts the second session off, with its checkpoints, and puts the triggers back.
    let size = try String(contentsOfFile: early, encoding: .utf8).split(separator: "\n")[1]
    let triggers = folder.url.path + "/triggers.sql"
    let cut = try ProgramRun.tool(
      "sqlite3", log, ".once \(triggers)",
      "SELECT sql || ';' FROM sqlite_master WHERE name LIKE '%_is_never_deleted'",
      """
      DROP TRIGGER record_is_never_deleted; DROP TRIGGER checkpoint_is_never_deleted;
      DELETE FROM record WHERE number >= \(size); DELETE FROM checkpoint WHERE size > \(size);
      """, ".read \(triggers)")
    guard cut else { return }
    let alone = try vigil("verify")
    #expect(alone.status == 0 && alone.output.contains("not checked: whether records are missing at the end"))
    for program in ["vigil", "vigil-verify"] {
      let bad =
        program == "vigil"
        ? try vigil("verify", "--checkpoint", kept)
        : try ProgramRun([log, "--key", log + ".pub", "--checkpoint", kept], program: program)
      #expect(
        bad.status == 1 && bad.output.contains("DOES NOT VERIFY: first bad record \(size)"), "\(bad.output)")
      #expect(bad.output.contains("cut off or rolled back"))
    }
  }

  @Test func proofsReportsAndKeys() throws {
    let proof = try JSONSerialization.jsonObject(with: Data(vigil("prove", "1", "--older", "1").output.utf8))
    let members = try #require(proof as? [String: Any])
    #expect(Set(members.keys) == ["record", "number", "checkpoint", "inclusion", "older", "consistency"])
    #expect(try vigil("prove", "9999").status == 3)

    let page = folder.url.path + "/page.html"
    #expect(try vigil("report", "--lang", "ar", "--output", page).status == 0)
    #expect(try String(contentsOfFile: page, encoding: .utf8).contains("dir=\"rtl\""))
    #expect(try vigil("report", "--all").output.contains("nothing to compare"))

    let old = try vigil("key").output
    let new = try vigil("key", "--rotate").output
    #expect(old != new && new.contains("+"))
    #expect(try vigil("verify", "--key", old).status == 0)
    #expect(try vigil("verify").status == 0)
    let stranger = "vigil.log/x+00000000+" + Data(count: 33).base64EncodedString()
    let refused = try vigil("verify", "--key", stranger)
    #expect(refused.status == 64 && refused.errors.contains("not a key"), "\(refused.errors)")
  }

  @Test func shipIsAProgramOfItsOwn() throws {
    let help = try vigil("ship", "--help")
    #expect(help.status == 0 && help.output.contains("--follow"))
    let away = try vigil("ship", "--to", "host=\(folder.url.path) dbname=none")
    #expect(away.status == 3 && away.errors.contains("cannot be reached"), "\(away.errors)")
  }
}

extension ProgramRun {
  /// Runs a tool of the system; false when it is not installed.
  static func tool(_ name: String, _ arguments: String...) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/" + name)
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/" + name) else { return false }
    process.arguments = arguments
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}
