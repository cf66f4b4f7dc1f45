public import Observations
import Quantities

/// Turns the reports of a session into its records: what is new since the report before, and one summary a second.
///
/// Has no side effects. Seconds and the times of blinks count from the first report's frame, in the source's own
/// clock. Cost: some microseconds a report, and nothing is allocated while nothing changes.
public struct ReportTranslator: Sendable {
  private struct Known {
    var label: VerdictLabel?
    var blinkEnd: MonotonicInstant?
    var mouthEnd: MonotonicInstant?
  }

  /// A time without frames longer than this, in seconds, is a record of its own.
  private static let longestSilence = 1.0

  private let isLive: Bool
  private var known: [TrackID: Known] = [:]
  private var origin: MonotonicInstant?
  private var last: FrameReport?
  private var lastSummary: MonotonicInstant?
  private var second = 0
  private var framesInSecond = 0
  private var lossInSecond = (frames: UInt64(0), seconds: 0.0)
  private var wasAway = false
  private var counts: [String: Int64] = ["tracks": 0, "blinks": 0, "mouth_events": 0, "verdict_changes": 0]
  private var judged: Int64 = 0

  /// The gravest word that any track's verdict had: fake before suspect before live before undecided; nil before
  /// the first verdict.
  public private(set) var gravest: VerdictLabel?

  /// A translator at the start of a session. `isLive`: frames come when they come, so silence means something.
  public init(isLive: Bool) { self.isLive = isLive }

  /// Totals of the session so far, for its last record.
  public var totals: [String: Int64] {
    var totals = counts.merging(last.map { Self.counters($0.counters) } ?? [:]) { $1 }
    totals["judged"] = judged
    return totals
  }

  /// The source was away, and the record of that is made elsewhere: the silence before the next report is explained.
  public mutating func sourceWasAway() { wasAway = true }

  /// The records that `report` gives rise to, oldest first.
  public mutating func records(for report: FrameReport) -> [LogRecord] {
    let start = origin ?? report.captured
    origin = start
    var records: [LogRecord] = []
    let now = Int((report.captured - start).inSeconds)
    if now > second, let last { records += summary(last) }
    second = max(second, now)
    if let gap = silence(before: report) { records.append(gap) }
    for track in report.tracks { records += changes(of: track, report) }
    for id in known.keys where !report.tracks.contains(where: { $0.track.id == id }) { known[id] = nil }
    if let last, report.counters.lost > last.counters.lost {
      lossInSecond.frames += report.counters.lost - last.counters.lost
      lossInSecond.seconds += (report.captured - last.captured).inSeconds
    }
    last = report
    framesInSecond += 1
    judged += 1
    return records
  }

  /// The summary of the last second, when it was begun.
  public mutating func finish() -> [LogRecord] {
    guard let last, framesInSecond > 0 else { return [] }
    return summary(last)
  }

  // MARK: What changed

  private mutating func silence(before report: FrameReport) -> LogRecord? {
    defer { wasAway = false }
    guard isLive, !wasAway, let last, report.counters.lost == last.counters.lost else { return nil }
    let seconds = (report.captured - last.captured).inSeconds
    guard seconds > Self.longestSilence else { return nil }
    let isBusy = report.counters.dropped > last.counters.dropped
    return .gap(RecordedGap(cause: isBusy ? "overloaded" : "no_frames", seconds: seconds, framesLost: 0))
  }

  private mutating func changes(of track: TrackReport, _ report: FrameReport) -> [LogRecord] {
    let id = track.track.id
    if known[id] == nil { counts["tracks", default: 0] += 1 }
    var old = known[id] ?? Known()
    var records: [LogRecord] = []
    if old.label != track.verdict.label {
      records.append(.verdict(VerdictChange(track.verdict, from: old.label, frame: report.frame)))
      counts["verdict_changes", default: 0] += 1
      note(track.verdict.label)
      old.label = track.verdict.label
    }
    // By time and not by number: the liveness stage keeps the newest events only.
    for blink in track.liveness.blinks where old.blinkEnd.map({ blink.end > $0 }) ?? true {
      records.append(motion("blink", id, blink))
      counts["blinks", default: 0] += 1
      old.blinkEnd = blink.end
    }
    for mouth in track.liveness.mouthEvents where old.mouthEnd.map({ mouth.end > $0 }) ?? true {
      records.append(motion("mouth", id, mouth))
      counts["mouth_events", default: 0] += 1
      old.mouthEnd = mouth.end
    }
    known[id] = old
    return records
  }

  private func motion(_ event: String, _ id: TrackID, _ interval: EventInterval) -> LogRecord {
    let start = origin ?? interval.start
    return .motion(
      MotionEvent(
        event: event, track: id.value, start: (interval.start - start).inSeconds,
        end: (interval.end - start).inSeconds))
  }

  private mutating func note(_ label: VerdictLabel) {
    let order: [VerdictLabel] = [.undecided, .live, .suspect, .fake]
    guard let gravest else { return gravest = label }
    if (order.firstIndex(of: label) ?? 0) > (order.firstIndex(of: gravest) ?? 0) { self.gravest = label }
  }

  // MARK: One second

  private mutating func summary(_ report: FrameReport) -> [LogRecord] {
    var records: [LogRecord] = []
    if lossInSecond.frames > 0 {
      records.append(
        .gap(
          RecordedGap(
            cause: "frames_lost", seconds: lossInSecond.seconds,
            framesLost: Int64(clamping: lossInSecond.frames))))
    }
    let elapsed = (report.captured - (lastSummary ?? origin ?? report.captured)).inSeconds
    // The first second's first frame only begins the time that is counted.
    let frames = lastSummary == nil ? framesInSecond - 1 : framesInSecond
    records.append(
      .summary(
        SecondSummary(
          frame: report.frame, framesPerSecond: elapsed > 0 ? Double(frames) / elapsed : 0,
          counters: Self.counters(report.counters), tracks: report.tracks.map { TrackSummary($0) })))
    (framesInSecond, lossInSecond, lastSummary) = (0, (0, 0), report.captured)
    return records
  }

  private static func counters(_ counters: FrameCounters) -> [String: Int64] {
    let unlit: [String: Int64] = counters.unlit > 0 ? ["unlit": Int64(clamping: counters.unlit)] : [:]
    return [
      "delivered": Int64(clamping: counters.delivered), "lost": Int64(clamping: counters.lost),
      "dropped": Int64(clamping: counters.dropped), "damaged": Int64(clamping: counters.damaged),
      "undecodable": Int64(clamping: counters.undecodable),
      "pool_exhausted": Int64(clamping: counters.poolExhausted),
    ].merging(unlit) { $1 }
  }
}
