import AuditLog
import Foundation
import GRDB
import JSON
import LogProofs
import Quantities
import Synchronization
import Testing
import VigilTesting

@Suite struct SessionLogTests {
  private func bodies(_ folder: TestFolder) throws -> [JSONValue] {
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    return try DatabaseQueue(path: folder.log, configuration: configuration).read { db in
      try String.fetchAll(db, sql: "SELECT body FROM record ORDER BY number")
    }.map { try JSONParser.parse(Array($0.utf8)) }
  }

  @Test func aSessionIsWholeAndInOrder() throws {
    let folder = try TestFolder()
    let count = try Samples.session(folder)
    let bodies = try bodies(folder)
    #expect(bodies.count == Int(count))
    #expect(bodies.map { $0["record"]?.int } == (0..<Int64(count)).map { $0 })
    #expect(bodies.first?["kind"]?.text == "session_start")
    #expect(bodies.last?["kind"]?.text == "session_end")
    #expect(bodies.last?["data"]?["result"]?.text == "live")
    #expect(Set(bodies.compactMap { $0["session"]?.text }).count == 1)
    #expect(bodies.first?["data"]?["models"]?.elements.count == 1)
  }

  @Test func filesArePrivateAndTheFileAloneIsTheLog() throws {
    let folder = try TestFolder()
    try Samples.session(folder)
    for name in [folder.log, folder.log + ".key"] {
      let mode = try FileManager.default.attributesOfItem(atPath: name)[.posixPermissions] as? Int
      #expect(mode == 0o600, "\(name)")
    }
    let journal = try? FileManager.default.attributesOfItem(atPath: folder.log + "-wal")[.size] as? Int
    #expect((journal ?? 0) == 0)
    let text = try String(contentsOfFile: folder.log + ".pub", encoding: .utf8)
    _ = try NotePublicKey(text: text)
  }

  @Test func sessionsFollowOneAnotherAndAnUnfinishedOneIsNamed() throws {
    let folder = try TestFolder()
    try Samples.session(folder)
    var cut: SessionLog? = try SessionLog.open(folder.settings, header: Samples.header)
    let name = try #require(cut?.session)
    try cut?.append(Samples.summary(1))
    try cut?.flush()
    cut = nil
    // The worker gives the file back when its queue has let go of it.
    var next: SessionLog?
    try eventually("the first session gives its file back") {
      next = try? SessionLog.open(folder.settings, header: Samples.header)
      return next != nil
    }
    try #require(next).close(SessionEnd(reason: "finished"))
    let recovery = try bodies(folder).filter { $0["kind"]?.text == "recovery" }
    #expect(recovery.count == 1)
    #expect(recovery.first?["data"]?["session"]?.text == name)
  }

  @Test func onlyOneProcessWrites() throws {
    let folder = try TestFolder()
    let log = try SessionLog.open(folder.settings, header: Samples.header)
    #expect(throws: LogError.inUse(path: folder.log)) {
      try SessionLog.open(folder.settings, header: Samples.header)
    }
    try log.close(SessionEnd(reason: "finished"))
    #expect(throws: LogError.closed) { try log.append(Samples.summary(1)) }
  }

  @Test func manyThreadsLoseNothing() async throws {
    let folder = try TestFolder()
    var settings = folder.settings
    settings.capacity = 16
    let log = try SessionLog.open(settings, header: Samples.header)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<8 { group.addTask { for second in 0..<250 { try log.append(Samples.summary(second)) } } }
      try await group.waitForAll()
    }
    try log.close(SessionEnd(reason: "finished"))
    #expect(try bodies(folder).count == 2002)
  }

  @Test func aFullDiskIsLoudAndKeepsWhatWasWritten() throws {
    let folder = try TestFolder()
    let failure = Mutex<LogError?>(nil)
    let before = try Samples.session(folder)
    // SQLite's own page limit gives the same error as a full disk.
    let log = try SessionLog.open(
      folder.settings, header: Samples.header, onFailure: { error in failure.withLock { $0 = error } })
    log.limitPages(60)
    #expect(throws: LogError.self) {
      for second in 0..<5000 {
        try log.append(Samples.summary(second))
        try log.flush()
      }
    }
    let error = try #require(failure.withLock { $0 })
    guard case .diskFull(_, let committed?) = error else {
      Issue.record("expected diskFull, found \(error)")
      return
    }
    #expect(committed > before + 10)
    #expect(try bodies(folder).count == Int(committed))
    #expect(throws: error) { try log.append(Samples.summary(1)) }
  }

  @Test func aStepOfTheWallClockIsARecord() throws {
    let folder = try TestFolder()
    let script = Mutex<(mono: Int64, wall: Int64)>((1_000_000_000, 1_700_000_000_000_000_000))
    var settings = folder.settings
    settings.clock = LogClock {
      script.withLock {
        $0.mono += 1_000_000
        $0.wall += 1_000_000
        return ClockReading(monotonic: MonotonicInstant(nanoseconds: $0.mono), wallNanoseconds: $0.wall)
      }
    }
    let log = try SessionLog.open(settings, header: Samples.header)
    script.withLock { $0.wall -= 3_600_000_000_000 }
    try log.append(Samples.summary(1))
    try log.close(SessionEnd(reason: "finished"))
    let steps = try bodies(folder).filter { $0["kind"]?.text == "clock_step" }
    #expect(steps.map { $0["data"]?["seconds"]?.double } == [-3600])
    #expect(steps.first?["wall"]?.text?.hasPrefix("2023-11-14T21:13:2") == true)
  }

  @Test func foreignFilesAreRefused() throws {
    let folder = try TestFolder()
    try Data("this is a text, not a database, and longer than a header of one hundred bytes".utf8)
      .write(to: URL(fileURLWithPath: folder.log))
    #expect(throws: LogError.self) { try SessionLog.open(folder.settings, header: Samples.header) }
    let other = folder.path + "/other.sqlite"
    try DatabaseQueue(path: other).write { try $0.execute(sql: "CREATE TABLE precious (a)") }
    #expect(throws: LogError.notALog(path: other, reason: "it is an SQLite file of another program")) {
      try SessionLog.open(SessionLogSettings(path: other), header: Samples.header)
    }
    #expect(try DatabaseQueue(path: other).read { try $0.tableExists("precious") })
  }

  @Test func aMissingOrReadableKeyIsRefused() throws {
    let folder = try TestFolder()
    try Samples.session(folder)
    chmod(folder.log + ".key", 0o644)
    #expect(throws: LogError.self) { try SessionLog.open(folder.settings, header: Samples.header) }
    try FileManager.default.removeItem(atPath: folder.log + ".key")
    #expect(throws: LogError.self) { try SessionLog.open(folder.settings, header: Samples.header) }
  }
}
