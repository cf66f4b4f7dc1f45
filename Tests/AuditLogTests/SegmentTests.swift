import AuditLog
import Dispatch
import Foundation
import GRDB
import JSON
import LogFiles
import LogProofs
import Quantities
import Synchronization
import Testing

/// A log that goes on in another file, and files that are taken away on purpose.
@Suite struct SegmentTests {
  /// A clock that stands until it is moved.
  private final class HandClock: Sendable {
    private let wall = Mutex<Int64>(1_790_000_000_000_000_000)
    func advance(days: Int64) { wall.withLock { $0 += days * 86_400_000_000_000 } }
    var clock: LogClock {
      LogClock { [self] in
        let now = wall.withLock {
          $0 += 1000
          return $0
        }
        return ClockReading(
          monotonic: MonotonicInstant(nanoseconds: now - 1_789_000_000_000_000_000), wallNanoseconds: now)
      }
    }
  }

  private func session(_ settings: SessionLogSettings, flushes: Int = 1) throws {
    let log = try SessionLog.open(settings, header: Samples.header)
    for second in 0..<flushes {
      try log.append(Samples.summary(second))
      try log.flush()
    }
    try log.close(SessionEnd(reason: "finished", result: "live"))
  }

  private func verified(_ folder: TestFolder, by key: NotePublicKey? = nil) throws -> VerificationReport {
    let report = try LogHistory(path: folder.log).verify(key: key ?? folder.publicKey())
    // The separate program says the same.
    let text = key.map { "\($0)" } ?? folder.log + ".pub"
    let program = try BuiltProgram.run("vigil-verify", [folder.log, "--key", text])
    #expect(program.output == report.lines.joined(separator: "\n") + "\n")
    return report
  }

  @Test func aSessionThatSpansFilesIsOneSession() throws {
    let folder = try TestFolder()
    var settings = folder.settings
    settings.segments.largest = 1
    try session(settings, flushes: 3)
    let report = try verified(folder)
    #expect(report.isGood, "\(report.lines)")
    #expect(report.files == 6 && report.sessions == 1 && report.finishedSessions == 1, "\(report.lines)")
    let history = try LogHistory(path: folder.log)
    let sessions = try history.sessions()
    #expect(sessions.count == 1 && sessions[0].files == 1...6 && sessions[0].result == "live")
    #expect(sessions[0].device == "Test camera" && sessions[0].range == "0-6:2", "\(sessions[0].range)")
    var kinds: [String] = []
    try history.forEach(session: sessions[0]) { _, text in
      kinds.append(try JSONParser.parse(Array(text.utf8))["kind"]?.text ?? "")
    }
    #expect(kinds.filter { $0 == "summary" }.count == 3)
    #expect(kinds.first == "session_start" && kinds.last == "session_end")
    #expect(kinds.filter { $0 == "session_continued" }.count == 5)
    // The next session goes on in order.
    try session(folder.settings)
    #expect(try verified(folder).sessions == 2)
  }

  @Test func aFileEndsByItsAge() throws {
    let (folder, hand) = (try TestFolder(), HandClock())
    var settings = folder.settings
    settings.clock = hand.clock
    settings.segments.longestDays = 3
    let log = try SessionLog.open(settings, header: Samples.header)
    for _ in 0..<4 {
      hand.advance(days: 1)
      try log.append(Samples.summary(1))
      try log.flush()
    }
    try log.close(SessionEnd(reason: "finished"))
    let report = try verified(folder)
    #expect(report.isGood && report.files == 2, "\(report.lines)")
    let end = try LogReader(path: SegmentFiles.path(of: folder.log, 1))
    var reason: String?
    try end.forEach(kind: "segment_end") { _, text in
      reason = try JSONParser.parse(Array(text.utf8))["data"]?["reason"]?.text
    }
    #expect(reason == "age")
  }

  @Test(arguments: TurningStep.allCases)
  func aProcessKilledWhileItChangesTheFileLosesNothing(step: TurningStep) throws {
    let folder = try TestFolder()
    try session(folder.settings)
    try session(folder.settings)
    let before = try LogReader(path: folder.log).count()
    let killed = try BuiltProgram.run("vigil-lab", ["log", "turn", folder.log, step.rawValue])
    #expect(killed.status == SIGKILL, "\(killed)")
    try session(folder.settings)
    let report = try verified(folder)
    #expect(report.isGood, "\(step): \(report.lines)")
    #expect(
      report.files == 2 && report.sessions == 3 && report.finishedSessions == 3, "\(step): \(report.lines)")
    #expect(report.records == UInt64(before) + 1 + 1 + 3)
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.contains(".new") }
    #expect(left == [])
  }

  @Test func aSessionCutOffInAFileBeforeIsNamed() throws {
    let (running, folder) = (try TestFolder(), try TestFolder())
    let log = try SessionLog.open(running.settings, header: Samples.header)
    // What a power cut leaves: the files as they are in the middle of the session.
    for end in ["", "-wal", ".key", ".pub"] {
      try FileManager.default.copyItem(atPath: running.log + end, toPath: folder.log + end)
    }
    try log.close(SessionEnd(reason: "finished"))
    _ = try LogUpkeep.turn(folder.settings)
    try session(folder.settings)
    var found: [String] = []
    try LogReader(path: folder.log).forEach(kind: "recovery") { _, text in found.append(text) }
    #expect(found.count == 1)
    #expect(try verified(folder).isGood)
  }

  @Test func filesTakenAwayByAgeLeaveAProof() throws {
    let (folder, hand) = (try TestFolder(), HandClock())
    var settings = folder.settings
    settings.clock = hand.clock
    settings.segments.longestDays = 1
    for _ in 0..<4 {
      try session(settings)
      hand.advance(days: 2)
    }
    #expect(try verified(folder).files == 4)
    settings.segments.keepDays = 3
    settings.segments.archive = folder.path
    // A file that is there already is not replaced: the session ends loudly, and nothing is gone.
    #expect(throws: LogError.self) { try session(settings) }
    #expect(try verified(folder).files == 5)
    let archive = folder.path + "/archive"
    try FileManager.default.createDirectory(atPath: archive, withIntermediateDirectories: true)
    settings.segments.archive = archive
    try session(settings)
    let report = try verified(folder)
    #expect(report.isGood && report.removed == [1, 2], "\(report.lines)")
    let kept = try FileManager.default.contentsOfDirectory(atPath: archive).sorted()
    #expect(kept == ["log.sqlite.000001", "log.sqlite.000002"], "\(kept)")
    let alone = try BuiltProgram.run("vigil-verify", [archive + "/" + kept[0], "--key", folder.log + ".pub"])
    #expect(alone.status == 0, "\(alone)")
    // What was archived may come back, and all belongs together again.
    for name in kept {
      try FileManager.default.moveItem(atPath: archive + "/" + name, toPath: folder.path + "/" + name)
    }
    let whole = try verified(folder)
    #expect(whole.isGood && whole.removed == [] && whole.sessions == 6, "\(whole.lines)")
  }

  @Test func filesTakenAwayBySizeLeaveTheNewest() throws {
    let folder = try TestFolder()
    for _ in 0..<3 {
      try session(folder.settings)
      _ = try LogUpkeep.turn(folder.settings)
    }
    var settings = folder.settings
    let bytes = try FileManager.default.attributesOfItem(atPath: folder.log + ".000003")[.size] as? Int ?? 0
    settings.segments.keepBytes = bytes * 3 - 1
    #expect(try LogUpkeep.retain(settings).map(\.segment) == [1, 2])
    let report = try verified(folder)
    #expect(report.isGood && report.removed == [1, 2] && report.files == 2, "\(report.lines)")
  }

  @Test func filesSignedByAnEarlierKeyAreVouchedForByThoseAfterThem() throws {
    let folder = try TestFolder()
    try session(folder.settings)
    let first = try folder.publicKey()
    _ = try LogUpkeep.turn(folder.settings)
    let second = try LogUpkeep.rotateKey(folder.settings)
    try session(folder.settings)
    let byFirst = try verified(folder, by: first)
    #expect(byFirst.isGood, "\(byFirst.lines)")
    let bySecond = try verified(folder, by: second)
    #expect(
      bySecond.isGood && bySecond.unchecked.contains { $0.contains("by another key") }, "\(bySecond.lines)")
    var settings = folder.settings
    settings.segments.keepDays = 0
    #expect(try LogUpkeep.retain(settings).count == 1)
    #expect(try verified(folder, by: second).removed == [1])
  }

  @Test func picturesOfEndedFilesAreErasedInTheirTime() throws {
    let (folder, hand) = (try TestFolder(), HandClock())
    var settings = folder.settings
    settings.clock = hand.clock
    let secret = SnapshotKey()
    let log = try SessionLog.open(settings, header: Samples.header)
    try log.keep(picture: [1, 2, 3], frame: 1, reason: "operator", key: secret)
    try log.close(SessionEnd(reason: "finished"))
    _ = try LogUpkeep.turn(settings)
    settings.pictureDays = 5
    try session(settings)
    let ended = try LogReader(path: folder.log + ".000001")
    #expect(try ended.picture(1, key: secret) == [1, 2, 3])
    hand.advance(days: 6)
    try session(settings)
    let report = try verified(folder)
    #expect(report.isGood && report.erased == 1 && report.snapshots == 0, "\(report.lines)")
    #expect(throws: LogError.self) { try LogReader(path: folder.log + ".000001").picture(1, key: secret) }
  }

  @Test(arguments: [false, true])
  func aLogThatIsMovedOrDeletedEndsTheSessionByItself(isDeleted: Bool) throws {
    let folder = try TestFolder()
    let noticed = DispatchSemaphore(value: 0)
    let error = Mutex<LogError?>(nil)
    let log = try SessionLog.open(
      folder.settings, header: Samples.header,
      onFailure: { problem in
        error.withLock { $0 = problem }
        noticed.signal()
      })
    try log.append(Samples.summary(1))
    try log.flush()
    let count = log.committed
    let moved = folder.path + "/moved.sqlite"
    if isDeleted {
      for end in ["", "-wal", "-shm"] { unlink(folder.log + end) }
    } else {
      try FileManager.default.moveItem(atPath: folder.log, toPath: moved)
    }
    // Nothing is recorded meanwhile: the log itself looks.
    #expect(noticed.wait(timeout: .now() + 300) == .success)
    #expect(error.withLock { $0 } == .vanished(path: folder.log, committed: count))
    // The news comes first: a record may still be taken at that moment, but never be said to be on disk.
    #expect(throws: LogError.vanished(path: folder.log, committed: count)) {
      try log.append(Samples.summary(2))
      try log.flush()
    }
    guard !isDeleted else { return }
    let report = try LogReader(path: moved).verify(key: folder.publicKey())
    #expect(report.isGood && report.records == count, "\(report.lines)")
  }
}
