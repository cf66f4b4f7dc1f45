import AuditLog
import Foundation
import LogProofs
import Quantities
import Synchronization
import Testing

@Suite struct DriftTests {
  /// A clock that tests set; each reading is a little later than the one before.
  private final class Calendar: Sendable {
    private let now = Mutex(Int64(1_770_000_000_000_000_000))
    func move(days: Int64) { now.withLock { $0 += days * 86_400_000_000_000 } }
    var clock: LogClock {
      LogClock { [self] in
        let time = now.withLock { now in
          now += 1_000_000
          return now
        }
        return ClockReading(monotonic: MonotonicInstant(nanoseconds: time), wallNanoseconds: time)
      }
    }
  }

  private let folder: TestFolder
  private let calendar = Calendar()

  init() throws { folder = try TestFolder() }

  /// A session of 400 seconds of one camera.
  private func session(
    _ camera: String, forgery: (Double) -> Double = { $0 }, sharpness: (Double) -> Double = { $0 },
    network: String = "ab", purpose: String = "monitor"
  ) throws {
    var settings = folder.settings
    settings.clock = calendar.clock
    var header = SessionHeader(purpose: purpose, program: "test")
    header.device = ["name": camera]
    header.models = [RecordedFile(name: "net", sha256: String(repeating: network, count: 32))]
    let log = try SessionLog.open(settings, header: header)
    for second in 0..<400 {
      let spread = Double(second * 37 % 100) / 100
      try log.append(
        .summary(
          SecondSummary(
            frame: UInt64(second), framesPerSecond: 30, counters: [:],
            tracks: [
              TrackSummary(
                track: 1, label: "live",
                readings: ["forgery": .value(forgery(spread)), "sharpness": .value(sharpness(spread))])
            ])))
    }
    try log.close(SessionEnd(reason: "finished"))
  }

  private func report() throws -> DriftReport { try DriftReport(LogHistory(path: folder.log)) }

  @Test func equalWeeksAndCamerasAreStable() throws {
    try session("A")
    try session("B")
    calendar.move(days: 7)
    try session("A")
    try session("B")
    let report = try report()
    #expect(report.lines.count == 8 && report.lines.allSatisfy { $0.word == "stable" }, "\(report.lines)")
    #expect(report.conclusions == [])
  }

  @Test func aCameraThatLostItsFocusIsNamed() throws {
    try session("A")
    calendar.move(days: 7)
    try session("A", sharpness: { $0 * 0.3 })
    let report = try report()
    let drifted = report.lines.filter { $0.word == "drifted" }
    #expect(drifted.map(\.reading) == ["sharpness"] && drifted.map(\.count) == [400])
    #expect(report.conclusions.count == 1)
    #expect(report.conclusions.first?.hasPrefix("A: the camera has drifted (sharpness)") == true)
    #expect(report.conclusions.first?.contains("networks differ") == false)
  }

  @Test func aNetworkThatDriftsOnAllCamerasIsNamed() throws {
    for camera in ["A", "B"] { try session(camera) }
    calendar.move(days: 7)
    for camera in ["A", "B"] { try session(camera, forgery: { 0.5 + $0 / 2 }, network: "cd") }
    let conclusions = try report().conclusions
    #expect(conclusions.filter { $0.contains("scores have drifted while the pictures have not") }.count == 2)
    #expect(conclusions.filter { $0.contains("the networks differ between these weeks") }.count == 2)
    #expect(conclusions.last?.hasPrefix("forgery: has drifted on all 2 cameras") == true, "\(conclusions)")
  }

  @Test func aCameraUnlikeTheOthersIsNamed() throws {
    for camera in ["A", "B", "C"] { try session(camera) }
    try session("D", sharpness: { $0 + 0.5 })
    let conclusions = try report().conclusions
    #expect(conclusions.contains { $0.hasPrefix("D: differs from the other cameras (sharpness)") })
    #expect(
      !conclusions.contains { $0.hasPrefix("A") || $0.hasPrefix("B") || $0.hasPrefix("C") }, "\(conclusions)")
  }

  @Test func recordingsAndShortWeeksSayNothing() throws {
    try session("clip.mp4", purpose: "analyze")
    calendar.move(days: 7)
    try session("clip.mp4", sharpness: { $0 * 0.1 }, purpose: "analyze")
    let report = try report()
    #expect(report.lines.isEmpty && report.conclusions.isEmpty)
  }

  @Test func theIndexTellsEqualFromShifted() {
    let numbers = (0..<1000).map { Double($0 % 100) / 100 }
    #expect(StabilityIndex.of(numbers, numbers) == 0)
    #expect(StabilityIndex.of(numbers, numbers.shuffled().dropLast(3)) < 0.01)
    #expect(StabilityIndex.of(numbers, numbers.map { $0 * 0.5 + 0.4 }) > 0.25)
  }

  @Test func picturesPastTheirTimeAreErasedByTheNextSession() throws {
    var settings = folder.settings
    (settings.clock, settings.pictureDays) = (calendar.clock, 30)
    func session(keeping count: Int) throws {
      let log = try SessionLog.open(settings, header: Samples.header)
      for frame in 0..<count {
        try log.keep(picture: [1, 2, 3], frame: UInt64(frame), reason: "verdict", key: SnapshotKey())
      }
      try log.close(SessionEnd(reason: "finished"))
    }
    try session(keeping: 2)
    calendar.move(days: 20)
    try session(keeping: 1)
    calendar.move(days: 11)
    try session(keeping: 0)
    let reader = try LogHistory(path: folder.log)
    let key = try NotePublicKey(text: String(contentsOfFile: folder.log + ".pub", encoding: .utf8))
    let report = try reader.verify(key: key)
    #expect(report.isGood && report.erased == 2 && report.snapshots == 1, "\(report.lines)")
  }
}
