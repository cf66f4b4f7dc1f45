import AuditLog
import Dispatch
import Foundation
import GRDB
import LogProofs

/// The log under load: writes until it is killed, or measures.
enum LogLoad {
  static func summary(_ number: Int) -> LogRecord {
    let wave = 0.5 + 0.4 * sin(Double(number) / 7)
    let readings: [String: Reading] = [
      "risk": .value(wave), "liveness": .value(1 - wave), "forgery": .unavailable("no_model"),
      "confidence": .value(0.98), "yaw_deg": .value(3.25), "sharpness": .value(200 + wave),
    ]
    return .summary(
      SecondSummary(
        frame: UInt64(number), framesPerSecond: 29.97, counters: ["delivered": Int64(number)],
        tracks: [TrackSummary(track: 1, label: "live", readings: readings)]))
  }

  static func append(_ path: String, _ rate: Int?) throws {
    var settings = SessionLogSettings(path: path)
    (settings.batchDelay, settings.checkpointInterval) = (.milliseconds(2), .seconds(1))
    let log = try SessionLog.open(
      settings, header: SessionHeader(purpose: "monitor", program: "vigil-lab"),
      onCommit: { count in
        // One write call: the number is with the reader even when this process dies right after.
        let line = Array("\(count)\n".utf8)
        _ = write(1, line, line.count)
      },
      onFailure: { error in
        FileHandle.standardError.write(Data("\(error)\n".utf8))
        exit(2)
      })
    let pause = rate.map { UInt32(50_000_000 / max(50, $0)) } ?? 1000
    var number = 0
    while true {
      try log.append(summary(number))
      number += 1
      if number.isMultiple(of: 50) { usleep(pause) }
    }
  }

  static func cut(_ path: String, at step: String) throws {
    var settings = SessionLogSettings(path: path)
    settings.atMakingStep = { if $0.rawValue == step { kill(getpid(), SIGKILL) } }
    _ = try SessionLog.open(settings, header: SessionHeader(purpose: "monitor", program: "vigil-lab"))
    throw LogError.notFound("step \(step)")
  }

  static func turn(_ path: String, at step: String) throws {
    var settings = SessionLogSettings(path: path)
    settings.atTurningStep = { if $0.rawValue == step { kill(getpid(), SIGKILL) } }
    _ = try LogUpkeep.turn(settings)
    throw LogError.notFound("step \(step)")
  }

  static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    try body()
    return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
  }

  static func bench(_ path: String, _ count: Int) throws {
    var settings = SessionLogSettings(path: path)
    settings.batchDelay = .milliseconds(5)
    let log = try SessionLog.open(settings, header: SessionHeader(purpose: "monitor", program: "vigil-lab"))
    let proved = try seconds {
      for number in 0..<count { try log.append(summary(number)) }
      try log.flush()
    }
    try log.close(SessionEnd(reason: "finished"))
    let reader = try LogReader(path: path)
    let key = try NotePublicKey(text: String(contentsOfFile: path + ".pub", encoding: .utf8))
    var isGood = false
    let verified = try seconds { isGood = try reader.verify(key: key).isGood }
    let plain = try plainSQLite(path, reader)
    func rate(_ time: Double) -> String {
      String(format: "%9.0f records/s  (%.2f s)", Double(count) / time, time)
    }
    print("records                     \(count)")
    print("signed log, durable batches \(rate(proved))")
    print("plain SQLite, same batches  \(rate(plain))")
    print("verifying                   \(rate(verified))  \(isGood ? "verified" : "DOES NOT VERIFY")")
    if !isGood { exit(1) }
  }

  /// The same texts into a table without proofs, durable in batches of 1000.
  static func plainSQLite(_ path: String, _ reader: LogReader) throws -> Double {
    var texts: [String] = []
    try reader.forEach { _, text in texts.append(text) }
    var configuration = Configuration()
    configuration.journalMode = .wal
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    let plain = try DatabaseQueue(path: path + ".plain", configuration: configuration)
    try plain.write {
      try $0.execute(sql: "CREATE TABLE record (number INTEGER PRIMARY KEY, body TEXT NOT NULL)")
    }
    return try seconds {
      for start in stride(from: 0, to: texts.count, by: 1000) {
        try plain.write { db in
          let insert = try db.cachedStatement(sql: "INSERT INTO record (body) VALUES (?)")
          for text in texts[start..<min(start + 1000, texts.count)] { try insert.execute(arguments: [text]) }
        }
      }
    }
  }

  static func session(_ path: String, _ duration: Int) throws {
    let log = try SessionLog.open(
      SessionLogSettings(path: path), header: SessionHeader(purpose: "monitor", program: "vigil-lab"))
    let before = clock()
    for number in 0..<duration {
      try log.append(summary(number))
      if number.isMultiple(of: 3) {
        try log.append(
          .motion(MotionEvent(event: "blink", track: 1, start: Double(number), end: Double(number) + 0.2)))
      }
      sleep(1)
    }
    let used = Double(clock() - before) / Double(CLOCKS_PER_SEC)
    try log.close(SessionEnd(reason: "finished"))
    print(
      String(
        format: "%d s: %.4f s of processor time, %.3f %% of a core", duration, used,
        100 * used / Double(duration)))
  }
}
