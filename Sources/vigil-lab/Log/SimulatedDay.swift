import AuditLog
import Foundation
import LogFiles
import LogProofs
import Quantities
import Synchronization

/// A busy monitor's log of many hours, by a clock that is moved by hand: one summary a second with one face, a blink
/// every three seconds, a verdict a minute. Says how large it is and how long it takes to verify.
struct SimulatedDay {
  private let settings: SessionLogSettings
  private let hours: Int
  private let clock: Mutex<Int64>.Box

  init(_ path: String, hours: Int) throws {
    let clock = Mutex<Int64>.Box(1_790_000_000_000_000_000)
    var settings = SessionLogSettings(path: path)
    settings.clock = LogClock {
      let wall = clock.value
      return ClockReading(
        monotonic: MonotonicInstant(nanoseconds: wall - 1_789_999_000_000_000_000), wallNanoseconds: wall)
    }
    settings.checkpointInterval = .seconds(30)
    settings.segments.largest = 16 << 20
    (self.settings, self.hours, self.clock) = (settings, hours, clock)
  }

  func run() throws {
    let path = settings.path
    let written = try LogLoad.seconds { try write() }
    let files = SegmentFiles.all(path)
    for file in files {
      let size = (try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int) ?? 0
      print("file \(file.path): \(size) bytes")
    }
    let key = try NotePublicKey(text: String(contentsOfFile: path + ".pub", encoding: .utf8))
    var report = VerificationReport()
    let verified = try LogLoad.seconds { report = try LogHistory(path: path).verify(key: key) }
    let bytes = files.reduce(0) {
      $0 + ((try? FileManager.default.attributesOfItem(atPath: $1.path)[.size] as? Int) ?? 0)
    }
    print(report.lines.joined(separator: "\n"))
    print(
      String(
        format:
          "%d hours: %d records, %d files, %.1f MB, %.2f MB an hour; written in %.1f s, verified in %.2f s",
        hours, Int(report.records), report.files, Double(bytes) / 1e6,
        Double(bytes) / 1e6 / Double(max(1, hours)),
        written, verified))
    if !report.isGood { exit(1) }
  }

  private func write() throws {
    var header = SessionHeader(purpose: "monitor", program: "vigil-lab")
    header.device = ["name": "Simulated camera"]
    let log = try SessionLog.open(settings, header: header)
    for second in 0..<(hours * 3600) {
      clock.advance(1_000_000_000)
      try log.append(LogLoad.summary(second))
      if second.isMultiple(of: 3) {
        let start = Double(second)
        try log.append(.motion(MotionEvent(event: "blink", track: 1, start: start, end: start + 0.2)))
      }
      if second.isMultiple(of: 60) {
        let to = second.isMultiple(of: 120) ? "live" : "suspect"
        try log.append(
          .verdict(VerdictChange(track: 1, frame: UInt64(second * 30), from: nil, to: to, risk: .value(0.2))))
        // Each minute reaches the disk with the clock as it is, so that files end when they should.
        try log.flush()
      }
    }
    try log.close(SessionEnd(reason: "finished", result: "live"))
  }
}

extension Mutex where Value == Int64 {
  /// A number that is moved by hand while other threads read it.
  final class Box: Sendable {
    private let number: Mutex<Int64>
    init(_ number: Int64) { self.number = Mutex<Int64>(number) }
    var value: Int64 { number.withLock { $0 } }
    func advance(_ by: Int64) { number.withLock { $0 += by } }
  }
}
