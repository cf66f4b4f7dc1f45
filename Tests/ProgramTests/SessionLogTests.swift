import Foundation
import Testing
import VigilTesting

/// `vigil monitor` and `vigil analyze` with their logs, run as a person would.
@Suite(.serialized, .enabled(if: Prerequisites.networks, .init(rawValue: Prerequisites.noNetworks)))
struct SessionLogTests {
  @Test func aMonitoredClipLeavesALogThatVerifies() throws {
    let folder = try TemporaryFolder()
    let (log, events) = (folder.url.path + "/log.sqlite", folder.url.path + "/events.jsonl")
    let run = try ProgramRun(
      ["monitor", "--headless", "--log", log, "--jsonl", events, try Fixture.demoClip()])
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains(log))

    let verified = try ProgramRun(["log", "verify", "--log", log])
    #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
    let alone = try ProgramRun([log, "--key", log + ".pub"], program: "vigil-verify")
    #expect(alone.status == 0, "\(alone.output)\(alone.errors)")

    let records = try Record.all(in: log)
    #expect(records.first?.kind == "session_start" && records.last?.kind == "session_end")
    #expect(records.map(\.number) == Array(0..<records.count))
    let header = try #require(records.first?.data)
    #expect(header["purpose"] as? String == "monitor")
    #expect(!((header["configuration"] as? [String: Any])?.isEmpty ?? true))
    let device = try #require(header["device"] as? [String: String])
    #expect(device["name"] == "session-demo.mkv" && device["sha256"]?.count == 64)
    let models = try #require(header["models"] as? [[String: String]])
    #expect(models.contains { $0["name"] == "face_landmarks_detector.tflite" && $0["sha256"]?.count == 64 })
    #expect((header["calibrations"] as? [[String: String]])?.first?["sha256"]?.count == 64)
    let summaries = records.filter { $0.kind == "summary" }.count
    #expect((Fixture.clipSeconds - 1...Fixture.clipSeconds + 1).contains(summaries))

    // The log and the event lines are two views of the same session.
    let lines = try String(contentsOfFile: events, encoding: .utf8).split(separator: "\n")
    let blinkLines = lines.filter { $0.contains("\"event\":\"blink\"") }.count
    #expect(
      records.filter { $0.kind == "motion" && $0.data["event"] as? String == "blink" }.count == blinkLines)
    let end = try #require(records.last?.data["totals"] as? [String: Any])
    #expect(end["blinks"] as? Int == blinkLines)
  }

  @Test func anAnalysedClipLogsTheBlinksOfThePuppet() throws {
    let folder = try TemporaryFolder()
    let (log, clip) = (folder.url.path + "/log.sqlite", try Fixture.demoClip())
    let run = try ProgramRun(["analyze", "--log", log, clip, clip])
    #expect(run.status == 0, "\(run.errors)")
    #expect(try ProgramRun(["log", "verify", "--log", log]).status == 0)
    let records = try Record.all(in: log)
    #expect(records.filter { $0.kind == "session_end" }.count == 2)

    let truth = try JSONSerialization.jsonObject(with: Data(contentsOf: Fixture.truth(of: clip)))
    let blinks = try #require((truth as? [String: Any])?["blinks"] as? [[String: Any]])
    let starts = blinks.compactMap { $0["start_s"] as? Double }
    #expect(starts.count == blinks.count && !starts.isEmpty)
    let found = records.filter { $0.kind == "motion" && $0.data["event"] as? String == "blink" }
    // Twice the same file: the same blinks twice, and each within a quarter of a second of the truth.
    #expect(found.count == 2 * starts.count)
    for start in starts {
      #expect(found.filter { abs(($0.data["start_s"] as? Double ?? -9) - start) < 0.25 }.count == 2)
    }
    let verdicts = records.filter { $0.kind == "verdict" }
    #expect(!verdicts.isEmpty && verdicts.allSatisfy { $0.data["calibration"] as? String != "" })
  }

  @Test func withoutAPlaceTheLogLiesInTheStateFolder() throws {
    let folder = try TemporaryFolder()
    let state = folder.url.appendingPathComponent("state")
    let arguments = ["monitor", "--headless", "--seconds", "0.5", try Fixture.demoClip()]
    let environment = ["XDG_STATE_HOME": state.path, "VIGIL_LOG": ""]
    let none = try ProgramRun(arguments + ["--no-log"], environment: environment)
    #expect(none.status == 0, "\(none.errors)")
    #expect(!FileManager.default.fileExists(atPath: state.path))
    let run = try ProgramRun(arguments, environment: environment)
    #expect(run.status == 0, "\(run.errors)")
    let log = state.path + "/vigil/sessions.sqlite"
    #expect(try ProgramRun(["log", "verify"], environment: environment).status == 0)
    for file in [log, log + ".key"] {
      let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
      #expect(mode == 0o600, "\(file)")
    }
    #expect(try Record.all(in: log).last?.data["reason"] as? String == "time is up")
  }

  @Test func aPlaceThatCannotBeWrittenIsOneClearLine() throws {
    let folder = try TemporaryFolder()
    let foreign = try folder.file(
      "notes.txt", "not a log, and long enough to be looked at as a database file\n")
    for (path, word) in [("/nonexistent/log.sqlite", "No such file"), (foreign, "not a Vigil session log")] {
      let run = try ProgramRun(["monitor", "--headless", "--log", path, try Fixture.demoClip()])
      #expect(run.status == 64)
      #expect(run.errors.contains(path) && run.errors.contains(word), "\(run.errors)")
      #expect(run.errors.split(separator: "\n").count == 1)
    }
    #expect(try String(contentsOfFile: foreign, encoding: .utf8).hasPrefix("not a log"))
    #expect(try ProgramRun(["monitor", "--log", "a", "--no-log"]).status == 64)
  }

  @Test(.enabled(if: BackgroundProcess.has("ffmpeg"), "ffmpeg is not installed"))
  func aKilledSessionKeepsWhatWasCommitted() throws {
    let folder = try TemporaryFolder()
    let log = folder.url.path + "/log.sqlite"
    let clip = try Fixture.demoClip()
    // Long enough to be watched still when it is killed, however slow the machine is.
    let long = folder.url.path + "/long.mkv"
    let repeated = ["-v", "error", "-stream_loop", "99", "-i", clip, "-c", "copy", long]
    try BackgroundProcess("ffmpeg", repeated).wait()
    let program = try BackgroundProcess(
      ProgramRun.products.appendingPathComponent("vigil").path, ["monitor", "--headless", "--log", log, long])
    try eventually("the session commits what it sees") {
      ((try? Record.all(in: log).count) ?? 0) >= 3 || !program.isRunning
    }
    try #require(program.isRunning)
    program.end()
    #expect(try ProgramRun(["log", "verify", "--log", log]).status == 0)
    let kept = try Record.all(in: log).count
    let next = try ProgramRun(["monitor", "--headless", "--seconds", "0.5", "--log", log, clip])
    #expect(next.status == 0, "\(next.errors)")
    let records = try Record.all(in: log)
    #expect(records.dropFirst(kept).prefix(2).map(\.kind) == ["session_start", "recovery"])
    #expect(try ProgramRun(["log", "verify", "--log", log]).status == 0)
  }

  @Test(
    .enabled(if: SmallDisk.isPossible, "mounting a small tmpfs needs root and the right to mount"),
    arguments: [0, 96])
  func aFullDiskStopsTheSessionWithAClearLineAndLosesNothing(kilobytesLeft: Int) throws {
    let disk = try SmallDisk(kilobytes: 1024)
    let log = disk.path + "/log.sqlite"
    let clip = try Fixture.demoClip()
    let first = try ProgramRun(["monitor", "--headless", "--seconds", "1", "--log", log, clip])
    #expect(first.status == 0, "\(first.errors)")
    let before = try Record.all(in: log)
    try disk.fill(leaving: kilobytesLeft)
    let run = try ProgramRun(["monitor", "--headless", "--log", log, clip])
    #expect(run.status == 70, "\(run.errors)")
    #expect(run.errors.contains("the disk is full"), "\(run.errors)")
    #expect(run.errors.contains(log), "\(run.errors)")
    try disk.makeRoom()
    let verified = try ProgramRun(["log", "verify", "--log", log])
    #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
    let after = try Record.all(in: log)
    #expect(after.prefix(before.count).map(\.text) == before.map(\.text))
    // The line names how many records are kept, and they are. Without any room the log is not even opened.
    let kept = kilobytesLeft == 0 ? "what the log has is kept" : "\(after.count) records are kept"
    #expect(run.errors.contains(kept), "\(run.errors) \(after.count)")
    #expect(kilobytesLeft == 0 || after.count > before.count)
  }
}
