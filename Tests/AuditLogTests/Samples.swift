import AuditLog
import Foundation
import GRDB
import LogProofs

/// A folder of one's own for one test; removed with it.
final class TestFolder: Sendable {
  let path: String
  init() throws {
    path = NSTemporaryDirectory() + "/vigil-audit-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }
  var log: String { path + "/log.sqlite" }
  var settings: SessionLogSettings { SessionLogSettings(path: log) }

  /// Changes the log as someone with SQLite at hand would: takes the guards out first and puts them back afterwards.
  func edit(_ statements: [String], at path: String? = nil) throws {
    try DatabaseQueue(path: path ?? log).write { db in
      let guards = try Row.fetchAll(db, sql: "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
      for row in guards { try db.execute(sql: "DROP TRIGGER \(row[0] as String)") }
      for statement in statements { try db.execute(sql: statement) }
      for row in guards { try db.execute(sql: row[1] as String) }
    }
  }

  func publicKey() throws -> NotePublicKey {
    try NotePublicKey(text: String(contentsOfFile: log + ".pub", encoding: .utf8))
  }
}

/// Records like those of a real session.
enum Samples {
  static var header: SessionHeader {
    var header = SessionHeader(purpose: "monitor", program: "0.1.0")
    header.configuration = ["score-every": "10", "policy": "standard"]
    header.device = ["name": "Test camera", "path": "/dev/video0", "bus": "usb-1"]
    header.injection = [RecordedReason(cue: "injection", value: .value(0.1), limit: 0.5, against: false)]
    header.models = [RecordedFile(name: "mesh", sha256: String(repeating: "ab", count: 32))]
    header.calibrations = [RecordedFile(name: "decision", sha256: String(repeating: "cd", count: 32))]
    return header
  }

  static func summary(_ second: Int) -> LogRecord {
    let wave = 0.5 + 0.4 * sin(Double(second) / 7)
    let track = TrackSummary(
      track: 1, label: wave > 0.6 ? "suspect" : "live",
      readings: [
        "risk": .value(wave), "liveness": .value(1 - wave), "forgery": .unavailable("no_model"),
        "spoof": .pending(observed: 2, required: 5), "confidence": .value(0.98), "yaw_deg": .value(3.25),
        "interocular_px": .value(120), "sharpness": .value(200 + wave), "exposure": .value(0.45),
      ])
    return .summary(
      SecondSummary(
        frame: UInt64(second * 30), framesPerSecond: 29.97,
        counters: ["delivered": Int64(second * 30), "lost": 0],
        tracks: [track]))
  }

  static func verdict(_ frame: UInt64, from: String?, to: String) -> LogRecord {
    var change = VerdictChange(track: 1, frame: frame, from: from, to: to, risk: .value(0.12))
    change.reasons = [RecordedReason(cue: "blink", value: .value(2), limit: 1, against: false)]
    (change.calibration, change.models) = ("decision@1", ["mesh@sha256:ab"])
    return .verdict(change)
  }

  /// One of each kind that a monitor appends.
  static var mixed: [LogRecord] {
    [
      .camera(CameraEvent(event: "opened", device: "Test camera")), verdict(3, from: nil, to: "undecided"),
      summary(1), .motion(MotionEvent(event: "blink", track: 1, start: 1.2, end: 1.36)),
      .motion(MotionEvent(event: "mouth", track: 1, start: 2, end: 2.5)),
      verdict(60, from: "undecided", to: "live"),
      .challenge(ChallengeRecord(number: 1, challenge: "turn_left", outcome: "issued")),
      .challenge(ChallengeRecord(number: 1, challenge: "turn_left", outcome: "passed", seconds: 2.5)),
      .operatorAction(OperatorAction(action: "pause", detail: "عربي <b>&\"\0")),
      .gap(RecordedGap(cause: "paused", seconds: 4, framesLost: 0)), summary(2),
    ]
  }

  /// Writes a whole session; returns how many records the log then has.
  @discardableResult
  static func session(_ folder: TestFolder, summaries: Int = 20) throws -> UInt64 {
    let log = try SessionLog.open(folder.settings, header: header)
    for record in mixed { try log.append(record) }
    for second in 3..<(3 + summaries) { try log.append(summary(second)) }
    try log.close(SessionEnd(reason: "finished", result: "live", totals: ["delivered": 600]))
    return log.committed
  }
}
