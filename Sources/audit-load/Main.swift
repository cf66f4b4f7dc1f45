import AuditLog
import Dispatch
import Foundation
import GRDB
import LogProofs

/// A tool for the log's own tests: writes under load until it is killed, or measures.
///
///     audit-load append LOG [RATE]       appends as fast as it can, or so many a second; prints the number on disk
///     audit-load cut LOG STEP            makes the log and kills itself at a step of that (see MakingStep)
///     audit-load bench LOG COUNT         appends COUNT records and verifies them; the same into plain SQLite
///     audit-load sample LOG FILES        makes a log with something of everything, for attacks on it
///     audit-load turn LOG STEP           goes on in another file and kills itself at a step of that (see TurningStep)
///     audit-load day LOG HOURS           writes so many hours of a busy monitor by an injected clock, file after file
///     audit-load fuzz FOLDER ROWS SEED   changes rows of a log by chance and demands the right answer of the verifiers
///     audit-load session LOG SECONDS     a monitor's load: one summary a second; prints the processor time used
@main
enum AuditLoad {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    do {
      switch (arguments.first, arguments.dropFirst().first, arguments.dropFirst(2).first.flatMap { Int($0) })
      {
      case ("append", let path?, let rate): try append(path, rate)
      case ("cut", let path?, _): try cut(path, at: arguments.dropFirst(2).first ?? "")
      case ("bench", let path?, let count?): try bench(path, count)
      case ("sample", let path?, let files?): try SampleLog.make(path, files: files)
      case ("turn", let path?, _): try turn(path, at: arguments.dropFirst(2).first ?? "")
      case ("day", let path?, let hours?): try SimulatedDay(path, hours: hours).run()
      case ("fuzz", let folder?, let rows?):
        let seed = arguments.dropFirst(3).first.flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999)
        try RowFuzzer(folder: folder, seed: seed).run(rows: rows)
      case ("session", let path?, let seconds?): try session(path, seconds)
      default:
        print(
          "usage: audit-load append LOG [RATE] | cut LOG STEP | bench LOG COUNT | sample LOG FILES | turn LOG STEP"
            + " | day LOG HOURS | fuzz FOLDER ROWS [SEED] | session LOG SECONDS")
        exit(64)
      }
    } catch {
      FileHandle.standardError.write(Data("audit-load: \(error)\n".utf8))
      exit(1)
    }
  }

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

  private static func append(_ path: String, _ rate: Int?) throws {
    var settings = SessionLogSettings(path: path)
    (settings.batchDelay, settings.checkpointInterval) = (.milliseconds(2), .seconds(1))
    let log = try SessionLog.open(
      settings, header: SessionHeader(purpose: "monitor", program: "audit-load"),
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

  private static func cut(_ path: String, at step: String) throws {
    var settings = SessionLogSettings(path: path)
    settings.atMakingStep = { if $0.rawValue == step { kill(getpid(), SIGKILL) } }
    _ = try SessionLog.open(settings, header: SessionHeader(purpose: "monitor", program: "audit-load"))
    throw LogError.notFound("step \(step)")
  }

  private static func turn(_ path: String, at step: String) throws {
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

  private static func bench(_ path: String, _ count: Int) throws {
    var settings = SessionLogSettings(path: path)
    settings.batchDelay = .milliseconds(5)
    let log = try SessionLog.open(settings, header: SessionHeader(purpose: "monitor", program: "audit-load"))
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
  private static func plainSQLite(_ path: String, _ reader: LogReader) throws -> Double {
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

  private static func session(_ path: String, _ duration: Int) throws {
    let log = try SessionLog.open(
      SessionLogSettings(path: path), header: SessionHeader(purpose: "monitor", program: "audit-load"))
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
