public import JSON
public import Observations
public import Quantities

/// What a whole recording showed of one track.
///
/// The verdict is the last one, unless "fake" stood for ``fakeHold`` in all: an attack in the middle of a session
/// must not be forgotten because it ended.
public struct RecordedTrack: Sendable {
  /// How long "fake" has to stand, in all, to be a recording's verdict on the track.
  public static let fakeHold = Duration.seconds(1)

  /// The track.
  public let id: TrackID
  /// Index of the first frame with the track.
  public let firstFrame: UInt64
  /// Index of the last frame with the track.
  public private(set) var lastFrame: UInt64
  /// How the face was seen.
  public private(set) var sight = TrackSight()
  /// Frames in which the face was really seen.
  public var framesSeen: Int { sight.frames }
  /// Whether the track was ever confirmed.
  public private(set) var confirmed = false
  private(set) var history = RiskCurve()
  /// How often the verdict "fake" began.
  public private(set) var alarms = 0
  /// How often "suspect" or "fake" began where neither stood before.
  public private(set) var warnings = 0
  private var newest: TrackReport
  private var fakeReport: TrackReport?
  private var fakeTime = Duration.zero
  private var lastInstant: MonotonicInstant
  private var yaw = DegreeRange()
  private var pitch = DegreeRange()
  private var roll = DegreeRange()

  /// A track that begins with `report`, which is still to be added.
  init(_ report: TrackReport, frame: UInt64, at: MonotonicInstant) {
    (id, firstFrame, lastFrame, newest, lastInstant) = (report.track.id, frame, frame, report, at)
    if report.verdict.label == .fake { alarms = 1 }
    if Self.warns(report) { warnings = 1 }
  }

  mutating func add(_ report: TrackReport, frame: UInt64, at: MonotonicInstant) {
    if newest.verdict.label == .fake { fakeTime = fakeTime + (at - lastInstant) }
    if report.verdict.label == .fake {
      if newest.verdict.label != .fake { alarms += 1 }
      fakeReport = report
    }
    if Self.warns(report), !Self.warns(newest) { warnings += 1 }
    sight.add(report, step: at - lastInstant)
    (newest, lastFrame, lastInstant) = (report, frame, at)
    history.add(report, at: at)
    confirmed = confirmed || report.track.phase == .confirmed
    guard report.track.phase != .coasting else { return }
    if let pose = report.track.face.pose {
      yaw.add(pose.yaw)
      pitch.add(pose.pitch)
      roll.add(pose.roll)
    }
  }

  private static func warns(_ report: TrackReport) -> Bool {
    [.suspect, .fake].contains(report.verdict.label)
  }

  /// The report that speaks for the whole track.
  public var deciding: TrackReport {
    if let fakeReport, fakeTime >= Self.fakeHold { fakeReport } else { newest }
  }

  /// The track's verdict.
  public var verdict: Verdict { deciding.verdict }

  /// What kept the track from being judged, the most frequent first: in single frames, and at last too few of them.
  public var hindrances: [TrackSight.Hindrance] {
    let waiting = [deciding.scores.forgery, deciding.scores.spoof].compactMap {
      score -> VisibilityObstacle? in
      if case .pending(let observed, let required) = score {
        VisibilityObstacle(.tooFewFrames, .scores, value: observed, limit: required)
      } else {
        nil
      }
    }
    return sight.hindrances + waiting.prefix(1).map { TrackSight.Hindrance(obstacle: $0, frames: framesSeen) }
  }

  /// What a person may do so that the track can be judged, the most helpful first; empty when it was.
  public var advice: [VisibilityAdvice] {
    guard verdict.label == .undecided else { return [] }
    return hindrances.compactMap(\.obstacle.reason.advice).reduce(into: []) { list, advice in
      if !list.contains(advice) { list.append(advice) }
    }
  }

  /// Blinks, mouth events and pulse as they stood at the track's end.
  public var liveness: LivenessState { newest.liveness }

  /// The track as an object of the analysis schema; times count from `origin`.
  public func json(from origin: MonotonicInstant) -> OrderedJSON {
    let report = deciding
    return .object([
      ("id", .integer(Int64(id.value))), ("first_frame", .integer(Int64(firstFrame))),
      ("last_frame", .integer(Int64(lastFrame))), ("frames", .integer(Int64(framesSeen))),
      ("seen_s", .seconds(sight.seconds)), ("verdict", .string(report.verdict.label.rawValue)),
      ("judged_share", .number(sight.judgedShare, decimals: 3)),
      ("not_judged", .array(hindrances.map(Self.hindrance))), ("alarms", .integer(Int64(alarms))),
      ("warnings", .integer(Int64(warnings))),
      ("risk", report.verdict.risk.json(OrderedJSON.probability)),
      ("reasons", .array(report.verdict.reasons.map(OrderedJSON.reason))),
      ("forgery", .score(report.scores.forgery, map: report.scores.forgeryMap)),
      ("spoof", .score(report.scores.spoof, map: report.scores.spoofMap)),
      ("liveness", liveness(newest.liveness, from: origin)),
      (
        "pose_range_deg",
        .object([("yaw", yaw.json), ("pitch", pitch.json), ("roll", roll.json)])
      ),
    ])
  }

  private static func hindrance(_ hindrance: TrackSight.Hindrance) -> OrderedJSON {
    let obstacle = hindrance.obstacle
    return .object([
      ("reason", .string(obstacle.reason.rawValue)), ("measure", .string(obstacle.measure.rawValue)),
      ("value", .number(obstacle.value, decimals: 4)), ("limit", .number(obstacle.limit, decimals: 4)),
      ("frames", .integer(Int64(hindrance.frames))),
    ])
  }

  private func liveness(_ state: LivenessState, from origin: MonotonicInstant) -> OrderedJSON {
    // Without sound nothing is said of it.
    let lips: [(String, OrderedJSON)] =
      if case .unavailable(.noSound) = state.lips { [] } else { [("lips", .lips(state.lips))] }
    return .object(
      [
        ("probability", state.probability.json(OrderedJSON.probability)),
        ("blinks", .array(state.blinks.map { .interval($0, from: origin) })),
        ("unblinking_s", .number(state.unblinkingSeconds, decimals: 2)),
        ("mouth_events", .array(state.mouthEvents.map { .interval($0, from: origin) })),
        ("pulse", .pulse(state)),
      ] + lips)
  }
}

/// Smallest and largest of some angles.
struct DegreeRange: Sendable {
  private var limits: ClosedRange<Float>?

  mutating func add(_ angle: Radians) {
    let degrees = angle.degrees
    guard let old = limits else {
      limits = degrees...degrees
      return
    }
    limits = min(old.lowerBound, degrees)...max(old.upperBound, degrees)
  }

  var json: OrderedJSON {
    guard let limits else { return .unavailable(.pose) }
    return .array([
      .number(Double(limits.lowerBound), decimals: 1), .number(Double(limits.upperBound), decimals: 1),
    ])
  }
}
