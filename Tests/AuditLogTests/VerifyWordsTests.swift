import Foundation
import JSON
import LogFiles
import LogProofs
import Testing
import VigilTesting

/// vigil-verify as an auditor uses it: its words, its exit codes, and what it says of what it was given.
@Suite struct VerifyWordsTests {
  private let folder: TemporaryFolder
  private var log: MadeLog
  private var path: String { folder.file("log.sqlite") }

  init() throws {
    folder = try TemporaryFolder()
    log = try #require(MadeLog())
    log.session()
    log.sign()
    try log.write(to: folder.file("log.sqlite"))
    try folder.write("key", Array("\(log.key.publicKey)\n".utf8))
  }

  private func run(_ arguments: [String]) throws -> (status: Int32, output: String, errors: String) {
    try BuiltProgram.run("vigil-verify", arguments)
  }

  private func expectRefusal(_ arguments: [String], _ words: String) throws {
    let result = try run(arguments)
    #expect(result.status == 3 && result.output == "", "\(result)")
    #expect(result.errors == "vigil-verify: \(words)\n", "\(result.errors)")
  }

  @Test func theReportIsTheVerifiers() throws {
    for key in [folder.file("key"), "\(log.key.publicKey)"] {
      let result = try run([path, "--key", key])
      #expect(result.status == 0 && result.errors == "")
      #expect(result.output == log.verify().lines.joined(separator: "\n") + "\n")
    }
  }

  @Test func outsideCheckpointsAndWitnessesCount() throws {
    let witness = try #require(NotePrivateKey(name: "witness", algorithm: .cosignature))
    var note = log.signed()
    _ = note.cosign(with: witness, time: 9)
    var signed = log
    signed.cosignatures = [(4, try #require(note.signatures.last).line)]
    try FileManager.default.removeItem(atPath: path)
    try signed.write(to: path)
    let kept = try folder.write("kept", Array(log.signed(3).text.utf8))
    let arguments = [path, "--key", folder.file("key"), "--witness", "\(witness.publicKey)"]
    let good = try run(arguments + ["--checkpoint", kept])
    #expect(
      good.status == 0 && good.output.contains("1 cosignatures") && !good.output.contains("not checked"))
    var longer = log
    longer.append("session_start", session: "s2")
    let later = try folder.write("later", Array(longer.signed().text.utf8))
    let cut = try run(arguments + ["--checkpoint", kept, "--checkpoint", later])
    #expect(cut.status == 1 && cut.output.contains("DOES NOT VERIFY: first bad record 4"), "\(cut)")
  }

  @Test func whatCannotBeUsedIsSaidInOneLine() throws {
    let text = try folder.write("text", Array("no checkpoint".utf8))
    let form = "not a key: expected name+8 hexadecimal digits+base64 of 33 bytes"
    try expectRefusal([path, "--key", text], "\(text): \(form)")
    try expectRefusal([path, "--key", folder.path], "\(folder.path): \(form)")
    try expectRefusal([path, "--key", folder.file("key"), "--witness", "x"], "x: \(form)")
    try expectRefusal(
      [path, "--key", folder.file("key"), "--checkpoint", text],
      "\(text): not a signed checkpoint: expected a text, an empty line, and signature lines")
    let absent = folder.file("absent")
    try expectRefusal(
      [path, "--key", folder.file("key"), "--checkpoint", absent], "\(absent): cannot be read as text")
    try expectRefusal(
      [path, "--key", folder.file("key"), "--evidence-key", text],
      "\(text): not an evidence key: expected the base64 of 32 bytes")
    try expectRefusal(
      [absent, "--key", folder.file("key")], "\(absent): cannot be read: there is no such file")
  }

  /// A changed file is no unreadable one: it does not verify.
  @Test func aFileThatAnotherProgramChangedDoesNotVerify() throws {
    try MadeLog.run(["CREATE VIEW more AS SELECT 1"], on: path)
    let result = try run([path, "--key", folder.file("key")])
    #expect(result.status == 1 && result.output == "")
    #expect(result.errors.contains("DOES NOT VERIFY: the file was changed with another program"))
  }

  @Test func wrongUsageAndHelp() throws {
    for arguments in [
      [], [path], [path, "--key"], [path, "--key", "k", "--nothing"], [path, "more", "--key", "k"],
    ] {
      let result = try run(arguments)
      #expect(result.status == 64 && result.output == "" && !result.errors.isEmpty, "\(arguments): \(result)")
    }
    let help = try run(["--help"])
    #expect(
      help.status == 0 && help.errors == ""
        && help.output.contains("Exit codes: 0 verified, 1 does not verify"))
    #expect(try run(["--version"]).output == "0.1.0\n")
  }

  /// Control characters of a hostile log's name never reach the terminal.
  @Test func aLogsNameIsShownSafely() throws {
    var hostile = try #require(MadeLog(origin: "vigil.log/\u{202E}made"))
    hostile.session()
    hostile.sign()
    try hostile.write(to: folder.file("hostile"))
    let result = try run([folder.file("hostile"), "--key", "\(hostile.key.publicKey)"])
    #expect(
      result.status == 0 && result.output.hasPrefix("log vigil.log/\\u202emade: 4 records"), "\(result)")
  }

  /// The numbers of a changed file ended the program with a trap.
  @Test func numbersThatCannotBeEndNoProgram() throws {
    var first = try #require(MadeLog(origin: "vigil.log/first"))
    first.append(
      "segment_start", session: "upkeep",
      data: .object(["segment": .integer(.max), "previous": log.checkpoint().json]))
    first.rows[0].number = .max
    try first.write(to: SegmentFiles.path(of: path, 1))
    let result = try run([path, "--key", folder.file("key")])
    #expect(result.status == 1 && result.output.contains("DOES NOT VERIFY"), "\(result)")
  }
}

/// The laboratory's tools for logs.
@Suite struct LabProgramTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [1, 3]) func aSampleLogHasSomethingOfEverything(files: Int) throws {
    let path = folder.file("log")
    let made = try BuiltProgram.run("vigil-lab", ["log", "sample", path, "\(files)"])
    #expect(made.status == 0, "\(made)")
    let check = try BuiltProgram.run(
      "vigil-verify",
      [
        path, "--key", path + ".pub", "--witness", path + ".witness", "--checkpoint", path + ".checkpoint",
        "--evidence-key", path + ".evidence",
      ])
    #expect(
      check.status == 0
        && check.output.contains("1 cosignatures, 2 snapshots (and \(3 * files) erased on record)"),
      "\(check)")
    // A session over the end of a file adds two.
    #expect(check.output.contains(" in \(files + 2) files") == (files > 1))
    #expect(check.output.contains(" files, ") == (files > 1), "\(check.output)")
  }

  /// The same seed changes the same rows, so that a failing run can be repeated.
  @Test func aFuzzedRunRepeats() throws {
    func run(_ name: String, _ seed: Int) throws -> String {
      let place = folder.file(name)
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
      let result = try BuiltProgram.run("vigil-lab", ["log", "fuzz", place, "150", "\(seed)"])
      #expect(result.status == 0, "\(result)")
      return result.output.replacing(place, with: "")
    }
    let (one, again) = (try run("a", 5), try run("b", 5))
    #expect(one == again && one.contains("no disagreement"))
    #expect(one.contains("5"))
  }

  @Test func stepsAndCountsThatAreNoneAreRefused() throws {
    for arguments in [
      ["log", "cut", folder.file("a"), "nothing"], ["log", "turn", folder.file("b"), "nothing"],
      ["log", "sample", folder.file("c"), "many"], ["log", "sample"], ["log", "nothing"], ["nothing"],
    ] {
      let result = try BuiltProgram.run("vigil-lab", arguments)
      #expect(result.status != 0 && result.status < 128 && !result.errors.isEmpty, "\(arguments): \(result)")
    }
  }
}
