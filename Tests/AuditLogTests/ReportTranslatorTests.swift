import AuditLog
import LogProofs
import Observations
import Quantities
import Testing
import VigilTesting

@Suite struct ReportTranslatorTests {
  private let size = PixelSize(width: 640, height: 480)

  private func report(
    _ frame: UInt64, at seconds: Double, _ tracks: [TrackReport] = [],
    counters change: (inout FrameCounters) -> Void = { _ in }
  ) -> FrameReport {
    var counters = FrameCounters()
    counters.delivered = frame + 1
    change(&counters)
    return FrameReport(
      FrameArrival(
        index: frame, captured: MonotonicInstant(seconds: seconds), size: size, camera: "test",
        counters: counters), tracks: tracks)
  }

  private func track(
    _ number: Int = 1, _ label: VerdictLabel = .undecided, blinks: [(Double, Double)] = []
  ) throws -> TrackReport {
    let box = PixelRect(x: 100, y: 80, width: 200, height: 240)
    let plain = try #require(SyntheticReports.track(number, in: box, label: label, risk: 0.2))
    var liveness = plain.liveness
    liveness.blinks = blinks.map {
      EventInterval(start: MonotonicInstant(seconds: $0.0), end: MonotonicInstant(seconds: $0.1))
    }
    return TrackReport(track: plain.track, liveness: liveness, scores: plain.scores, verdict: plain.verdict)
  }

  private func kinds(_ records: [LogRecord]) -> [String] { records.map(\.kind) }

  @Test func aVerdictIsRecordedWhenItChangesAndOnlyThen() throws {
    var translator = ReportTranslator(isLive: true)
    let first = translator.records(for: report(0, at: 5, [try track()]))
    guard case .verdict(let born) = first.first else { throw Unexpected(first) }
    #expect(born.from == nil && born.to == "undecided" && born.frame == 0 && first.count == 1)
    #expect(translator.records(for: report(1, at: 5.1, [try track()])).isEmpty)
    let second = translator.records(for: report(2, at: 5.2, [try track(1, .fake)]))
    guard case .verdict(let change) = second.first else { throw Unexpected(second) }
    #expect(change.from == "undecided" && change.to == "fake" && change.calibration == "test")
    #expect(change.reasons.map(\.cue) == ["forgery", "spoof", "blink"])
    #expect(change.reasons[1].value == .unavailable("no_model") && change.risk == .value(0.2))
    _ = translator.records(for: report(3, at: 5.3, [try track(1, .live)]))
    #expect(translator.gravest == .fake && translator.totals["verdict_changes"] == 3)
  }

  @Test func eachBlinkIsRecordedOnceEvenWhenOldOnesAreForgotten() throws {
    var translator = ReportTranslator(isLive: false)
    _ = translator.records(for: report(0, at: 100, [try track()]))
    let one = (100.2, 100.35)
    let two = (100.5, 100.625)
    let three = (100.7, 100.8)
    var seen: [MotionEvent] = []
    for (step, blinks) in [[one], [one, two], [two, three], [three], []].enumerated() {
      let time = 100.4 + Double(step) * 0.01
      for case .motion(let event) in translator.records(
        for: report(UInt64(step + 1), at: time, [try track(blinks: blinks)]))
      {
        seen.append(event)
      }
    }
    #expect(seen.map(\.event) == ["blink", "blink", "blink"])
    #expect(zip(seen.map(\.start), [0.2, 0.5, 0.7]).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(translator.totals["blinks"] == 3 && translator.totals["tracks"] == 1)
  }

  @Test func everySecondHasOneSummaryAndTheLastIsNotForgotten() throws {
    var translator = ReportTranslator(isLive: true)
    var records: [LogRecord] = []
    for frame in 0..<80 {
      records += translator.records(for: report(UInt64(frame), at: 3 + Double(frame) / 30, [try track()]))
    }
    records += translator.finish()
    #expect(translator.finish().isEmpty)
    var summaries: [SecondSummary] = []
    for case .summary(let summary) in records { summaries.append(summary) }
    #expect(summaries.map(\.frame) == [29, 59, 79])
    #expect(summaries.allSatisfy { abs($0.framesPerSecond - 30) < 0.01 })
    let readings = try #require(summaries[0].tracks.first?.readings)
    #expect(readings["liveness"] == .value(0.8) && readings["spoof"] == .unavailable("no_model"))
    #expect(readings["forgery"] == .pending(observed: 1, required: 3))
    #expect(abs((readings["yaw_deg"]?.number ?? 0) - 4) < 1e-3)
    #expect(summaries[2].counters["delivered"] == 80 && translator.totals["judged"] == 80)
  }

  @Test func lostFramesAreOneGapASecond() throws {
    var translator = ReportTranslator(isLive: true)
    var records: [LogRecord] = []
    for (frame, lost) in [(0, 0), (1, 0), (5, 3), (6, 3), (9, 5), (31, 5)] {
      records += translator.records(
        for: report(UInt64(frame), at: Double(frame) / 30) { $0.lost = UInt64(lost) })
    }
    #expect(kinds(records) == ["gap", "summary"])
    guard case .gap(let gap) = records.first else { throw Unexpected(records) }
    #expect(gap.cause == "frames_lost" && gap.framesLost == 5 && abs(gap.seconds - 7.0 / 30) < 1e-6)
  }

  @Test(arguments: [
    (live: true, away: false, dropped: UInt64(0), cause: String?.some("no_frames")),
    (true, false, 40, "overloaded"), (true, true, 0, nil), (false, false, 0, nil),
  ])
  func silenceOfALiveSourceIsAGap(live: Bool, away: Bool, dropped: UInt64, cause: String?) throws {
    var translator = ReportTranslator(isLive: live)
    _ = translator.records(for: report(0, at: 0))
    if away { translator.sourceWasAway() }
    let records = translator.records(for: report(1, at: 4.5) { $0.dropped = dropped })
    var causes: [String] = []
    for case .gap(let gap) in records {
      causes.append(gap.cause)
      #expect(gap.seconds == 4.5)
    }
    #expect(causes == (cause.map { [$0] } ?? []))
  }

  @Test func aTrackThatIsGoneAndComesBackIsNew() throws {
    var translator = ReportTranslator(isLive: true)
    _ = translator.records(for: report(0, at: 0, [try track(1), try track(2)]))
    _ = translator.records(for: report(1, at: 0.1, [try track(2)]))
    let back = translator.records(for: report(2, at: 0.2, [try track(2), try track(3)]))
    #expect(kinds(back) == ["verdict"] && translator.totals["tracks"] == 3)
  }
}

/// Records that a test did not expect, shown when it fails.
struct Unexpected: Error {
  let records: [LogRecord]
  init(_ records: [LogRecord]) { self.records = records }
}
