import AuditLog
import Foundation
import JSON
import LogProofs
import Quantities
import Testing
import VigilTesting

/// Members of records: stable words and forms, for readers of years to come (docs/audit.md).
@Suite struct RecordFormTests {
  private let folder: TestFolder

  init() throws { folder = try TestFolder() }

  /// What stands in the log for these records, its own first and last ones left out.
  private func written(_ records: [LogRecord], wall: Int64 = 1_795_241_135_000_001_000) throws -> [JSONValue]
  {
    var settings = folder.settings
    settings.clock = LogClock {
      ClockReading(monotonic: MonotonicInstant(nanoseconds: 5_000_000_999), wallNanoseconds: wall)
    }
    let log = try SessionLog.open(settings, header: SessionHeader(purpose: "monitor", program: "1"))
    for record in records { try log.append(record) }
    try log.close(SessionEnd(reason: "quit", result: nil, totals: ["delivered": 3]))
    var found: [JSONValue] = []
    try LogReader(path: folder.log).forEach { _, text in found.append(try JSONParser.parse(Array(text.utf8)))
    }
    return found
  }

  private func data(_ record: LogRecord) throws -> String {
    let all = try written([record])
    #expect(all[1]["kind"]?.text == record.kind)
    return CanonicalJSON.text(all[1]["data"] ?? .null)
  }

  @Test func theEnvelopeHasItsSevenMembers() throws {
    let all = try written([.gap(RecordedGap(cause: "paused", seconds: 1, framesLost: 0))])
    #expect(all.count == 3)
    for (place, record) in all.enumerated() {
      #expect(
        Set(record.members.keys) == ["schema", "record", "session", "kind", "monotonic_us", "wall", "data"])
      #expect(record["schema"] == 1 && record["record"] == .integer(Int64(place)))
      // Microseconds, cut off; UTC of RFC 3339.
      #expect(record["monotonic_us"] == 5_000_000 && record["wall"]?.text == "2026-11-21T06:05:35.000001Z")
    }
    #expect(CanonicalJSON.text(all[2]["data"] ?? .null) == #"{"reason":"quit","totals":{"delivered":3}}"#)
    #expect(
      Set(all[0]["data"]?.members.keys ?? [:].keys) == [
        "purpose", "program", "configuration", "device", "injection", "models", "calibrations", "host",
      ])
  }

  @Test func kindsHaveTheirMembers() throws {
    #expect(
      try data(.gap(RecordedGap(cause: "camera_lost", seconds: 1.23456789, framesLost: 4)))
        == #"{"cause":"camera_lost","frames_lost":4,"seconds":1.234568}"#)
  }

  @Test func aVerdictIsRecordedWithItsReasons() throws {
    var change = VerdictChange(track: 2, frame: .max, from: nil, to: "fake", risk: .value(.infinity))
    change.reasons = [RecordedReason(cue: "blink", value: .pending(observed: 1, required: 3), against: false)]
    #expect(
      try data(.verdict(change))
        == #"{"calibration":"","frame":"9223372036854775807","models":[],"reasons":[{"against":false,"cue":"blink","#
        + #""value":{"pending":[1,3]}}],"risk":{"unavailable":"not_finite"},"to":"fake","track":2}"#)
  }

  @Test func aSummaryIsRecordedWithItsReadings() throws {
    let track = TrackSummary(
      track: 1, label: "live", readings: ["risk": .value(0.1234567), "spoof": .unavailable("pose")])
    let summary = SecondSummary(frame: 9, framesPerSecond: 29.97, counters: ["lost": 2], tracks: [track])
    #expect(
      try data(.summary(summary))
        == #"{"counters":{"lost":2},"fps":29.97,"frame":9,"tracks":[{"label":"live","readings":{"risk":0.123457,"#
        + #""spoof":{"unavailable":"pose"}},"track":1}]}"#)
  }

  @Test func whatIsLeftOutIsNotNull() throws {
    #expect(
      try data(.challenge(ChallengeRecord(number: 1, challenge: "nod", outcome: "issued")))
        == #"{"challenge":"nod","number":1,"outcome":"issued","reasons":[]}"#)
  }

  @Test func anOperatorsWordsStayTheirs() throws {
    #expect(
      try data(.operatorAction(OperatorAction(action: "override", person: "A \"B\"", detail: "ع")))
        == #"{"action":"override","detail":"ع","person":"A \"B\""}"#)
  }

  @Test(
    arguments: [
      .value(0.5), .value(-3), .pending(observed: 2, required: 5), .unavailable("pose"),
    ] as [Reading]) func readingsAreReadBack(reading: Reading)
  {
    #expect(Reading(json: reading.json) == reading)
  }

  @Test func readingsThatAreNoneSaySo() {
    #expect(Reading.value(.nan).json == .object(["unavailable": "not_finite"]))
    for json in [
      nil, .null, "x", .object([:]), .object(["pending": .array([1])]),
      .object(["pending": .array(["a", 2])]),
    ]
      as [JSONValue?]
    { #expect(Reading(json: json) == .unavailable("not_recorded")) }
    #expect(Reading.value(1e12 + 0.5).json == .number(1e12 + 0.5) && Reading.value(3).number == 3)
    #expect(Reading.unavailable("x").number == nil)
  }

  // MARK: Export

  @Test func anExportedRowHasItsColumns() throws {
    let columns = LogExport.header.split(separator: ",").map(String.init)
    let record = JSONValue.object([
      "kind": "summary", "session": "s,1", "wall": "2026-01-01T00:00:00.000000Z", "monotonic_us": 1_500_000,
      "data": .object([
        "frame": 45,
        "tracks": .array([
          .object([
            "track": 2, "label": "=fake",
            "readings": .object([
              "risk": .number(0.25), "yaw_deg": 180, "pitch_deg": -90, "confidence": .number(0.5),
              "spoof": .object(["unavailable": "pose"]),
            ]),
          ]), .object([:]),
        ]),
      ]),
    ])
    let rows = LogExport.rows(of: record)
    #expect(rows.count == 2)
    // The session's comma is inside quotes.
    let cells = rows[0].replacing("\"s,1\"", with: "S").split(
      separator: ",", omittingEmptySubsequences: false
    ).map(String.init)
    let row = Dictionary(uniqueKeysWithValues: zip(columns, cells))
    #expect(
      cells.count == columns.count && row["frame"] == "45" && row["face_id"] == "2"
        && row["timestamp"] == "1.5")
    #expect(row["pose_Ry"] == "3.141593" && row["pose_Rx"] == "-1.570796" && row["pose_Rz"] == "")
    #expect(
      row["risk"] == "0.25" && row["spoof"] == "" && row["confidence"] == "0.5" && row["session"] == "S")
    #expect(row["verdict"] == "'=fake")
    #expect(rows[1].split(separator: ",", omittingEmptySubsequences: false).count == columns.count + 1)
    #expect(LogExport.rows(of: .object(["kind": "verdict"])) == [] && LogExport.rows(of: .null) == [])
  }

  // MARK: Time

  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000000Z"), (951_782_400_000_000_000, "2000-02-29T00:00:00.000000Z"),
      (1_709_251_199_999_999_999, "2024-02-29T23:59:59.999999Z"),
      (4_102_444_800_000_000_000, "2100-01-01T00:00:00.000000Z"),
      (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000000Z"), (-1_000, "1969-12-31T23:59:59.999999Z"),
      (.max, "2262-04-11T23:47:16.854775Z"),
    ] as [(Int64, String)]) func wallTimesAreRFC3339(nanoseconds: Int64, text: String)
  {
    let reading = ClockReading(monotonic: MonotonicInstant(nanoseconds: 0), wallNanoseconds: nanoseconds)
    #expect(reading.wallText == text)
  }

  /// Texts sort as the times they stand for.
  @Test func wallTimesSort() {
    var random = SeededNumbers(3339)
    let times = (0..<500).map { _ in Int64.random(in: 0...4_000_000_000_000_000_000, using: &random) }
      .sorted()
    let texts = times.map {
      ClockReading(monotonic: MonotonicInstant(nanoseconds: 0), wallNanoseconds: $0).wallText
    }
    #expect(texts == texts.sorted() && texts.allSatisfy { $0.utf8.count == 27 })
  }

  // MARK: Drift

  /// Siddiqi's index by hand: ten bins of equal share, one share moved from one bin to another.
  @Test func theIndexIsItsFormula() {
    let baseline = (0..<1000).map { Double($0) }
    #expect(StabilityIndex.of(baseline, baseline) == 0)
    // The first tenth goes to where the last tenth is: shares 0.0005 and 0.2 against 0.1 and 0.1.
    let moved = baseline.map { $0 < 100 ? $0 + 900 : $0 }
    let expected = (0.0005 - 0.1) * log(0.0005 / 0.1) + (0.2 - 0.1) * log(0.2 / 0.1)
    #expect(abs(StabilityIndex.of(baseline, moved) - expected) < 1e-9)
    // The order of numbers does not matter, and the index is never below 0.
    #expect(StabilityIndex.of(baseline.reversed(), moved.shuffled()) == StabilityIndex.of(baseline, moved))
  }

  @Test func errorsSayWhatWhereAndWhatToDo() {
    let errors: [(LogError, String)] = [
      (
        .diskFull(path: "/l", committed: 7),
        "/l: the disk is full; 7 records are kept; free some space and start a new session"
      ),
      (
        .diskFull(path: "/l", committed: nil),
        "/l: the disk is full; what the log has is kept; free some space and start a new session"
      ),
      (
        .writeFailed(path: "/l", committed: 7, reason: "r"),
        "/l: the log cannot be written (r); 7 records are kept"
      ),
      (.inUse(path: "/l"), "/l: another process is writing this log; stop it or give another --log"),
      (
        .futureVersion(path: "/l", found: 9, known: 3),
        "/l: log version 9 is newer than this program knows (3); use a newer vigil"
      ),
      (.closed, "the session log is closed"), (.notFound("session x"), "there is no session x"),
    ]
    for (error, text) in errors { #expect("\(error)" == text) }
  }
}
