public import Calibration
public import JSON
public import Observations
import Quantities

/// Whether a source is a moving or a still picture.
public enum RecordingKind: String, Sendable {
  /// Frames with times.
  case video
  /// One frame.
  case image
}

/// Gathers the reports of one recording into the object of the analysis schema (`"schema": 1`).
///
/// Memory grows with the number of tracks, not of frames.
public struct RecordingSummary: Sendable {
  /// Version of the fields; grows only when a field is renamed or changes its meaning.
  public static let schema: Int64 = 1

  /// The path as it was given.
  public let path: String
  /// Moving or still.
  public let kind: RecordingKind
  /// What is wrong with the file, in words; nil when it is whole.
  public var damage: String?
  /// Whether more of its frames were damaged than not.
  public var isMostlyDamaged = false
  /// Frames seen.
  public private(set) var frames = 0
  private var first: MonotonicInstant?
  private var last: MonotonicInstant?
  private var tracks: [TrackID: RecordedTrack] = [:]
  private var timings = StageTimings()

  private let limits: VisibilityLimits.Deciding?

  /// An empty summary of the recording at `path`; `deciding` says which tracks may decide for it, nil: all.
  public init(path: String, kind: RecordingKind, deciding limits: VisibilityLimits.Deciding? = nil) {
    (self.path, self.kind, self.limits) = (path, kind, limits)
  }

  /// Adds the next frame's report.
  public mutating func add(_ report: FrameReport) {
    frames += 1
    first = first ?? report.captured
    last = report.captured
    timings.add(report.timings)
    for track in report.tracks {
      tracks[track.track.id, default: RecordedTrack(track, frame: report.frame, at: report.captured)]
        .add(track, frame: report.frame, at: report.captured)
    }
  }

  /// Frames a second from the presentation times; nil with fewer than two frames.
  public var framesPerSecond: Double? {
    guard let first, let last, frames > 1, last > first else { return nil }
    return Double(frames - 1) / (last - first).inSeconds
  }

  /// Length in seconds, the last frame's time included; 0 when there is none.
  public var duration: Double {
    guard let first, let last else { return 0 }
    return (last - first).inSeconds + (framesPerSecond.map { 1 / $0 } ?? 0)
  }

  /// The tracks worth telling: the confirmed ones, and in a still picture all.
  public var reported: [RecordedTrack] {
    tracks.values.filter { $0.confirmed || kind == .image }.sorted { $0.id < $1.id }
  }

  /// The track that decides for the recording: a fake one, else a suspect one, else the one of which most was seen.
  ///
  /// Of several the one of which most was seen (``TrackSight/weight``); a track's number never matters. A face that was
  /// mostly hidden, seen for a moment, far smaller than another or doubted by the landmark network decides nothing.
  public var deciding: RecordedTrack? {
    let tracks = reported
    guard let main = Self.most(tracks) else { return nil }
    let fit = tracks.filter { $0.id == main.id || mayDecide($0, beside: main) }
    for label in [VerdictLabel.fake, .suspect] {
      if let worst = Self.most(fit.filter { $0.verdict.label == label }) { return worst }
    }
    return main
  }

  /// The track of which most was seen; of two that were seen alike the one that is more suspicious.
  private static func most(_ tracks: [RecordedTrack]) -> RecordedTrack? {
    func risk(_ track: RecordedTrack) -> Double { track.verdict.risk.value?.value ?? 0 }
    return tracks.max { ($0.sight.weight, risk($0)) < ($1.sight.weight, risk($1)) }
  }

  private func mayDecide(_ track: RecordedTrack, beside main: RecordedTrack) -> Bool {
    guard let limits else { return true }
    let sight = track.sight
    return sight.seconds >= min(limits.seconds, main.sight.seconds / 2)
      && sight.side >= limits.size * main.sight.side && sight.presence >= limits.presence
      && sight.seenShare >= limits.seenShare
  }

  /// The word for the whole recording.
  public var label: VerdictLabel {
    isTooDamaged ? .undecided : deciding?.verdict.label ?? .undecided
  }

  /// Whether damage leaves nothing to be claimed: what a broken picture shows may be invented by the decoder. A
  /// recording's damaged frames are left out; it is judged by the others unless those are the fewer.
  var isTooDamaged: Bool { kind == .image && damage != nil || isMostlyDamaged }

  private var damaged: Evidence<Probability> { .unavailable(.damaged) }

  /// Time of the first frame, from which times in results count.
  var origin: MonotonicInstant { first ?? MonotonicInstant(nanoseconds: 0) }

  /// From the first frame to the end of the last, in seconds; 0 for a still picture.
  public var seconds: Double {
    last.map { ($0 - origin).inSeconds + (framesPerSecond.map { 1 / $0 } ?? 0) } ?? 0
  }

  /// The whole result. `timed` adds stage timings, which differ from run to run.
  public func json(provenance: Provenance, timed: Bool) -> OrderedJSON {
    let noFace = Reason(cue: .noFace, value: .unavailable(.noFace), limit: nil, against: false)
    let damagedReason = Reason(cue: .quality, value: .unavailable(.damaged), limit: nil, against: false)
    let reasons = (isTooDamaged ? [damagedReason] : []) + (deciding?.verdict.reasons ?? [noFace])
    let risk = isTooDamaged ? damaged : deciding?.verdict.risk ?? .unavailable(.noFace)
    return .object([
      ("schema", .integer(Self.schema)), ("path", .string(path)), ("kind", .string(kind.rawValue)),
      ("frames", .integer(Int64(frames))),
      ("fps", framesPerSecond.map { .number($0, decimals: 3) } ?? .unavailable(.stillPicture)),
      ("duration_s", .seconds(seconds)), ("verdict", .string(label.rawValue)),
      ("risk", risk.json(OrderedJSON.probability)),
      ("reasons", .array(reasons.map(OrderedJSON.reason))),
      ("advice", .array((deciding?.advice ?? []).map { .string($0.rawValue) })),
      ("deciding_track", deciding.map { .integer(Int64($0.id.value)) } ?? .unavailable(.noFace)),
      ("tracks", .array(reported.map { $0.json(from: origin) })),
      ("models", .array(provenance.models.map { .string($0.description) })),
      ("calibration", .string(provenance.calibration)), ("version", .string(provenance.version)),
      ("timings_ms", timed && frames > 0 ? timings.json(perFrames: frames) : .unavailable(.switchedOff)),
    ])
  }
}

/// What made a result: enough to make it again.
public struct Provenance: Sendable {
  /// Networks that were loaded.
  public let models: [ModelIdentity]
  /// Identity of the calibration.
  public let calibration: String
  /// Version of the program.
  public let version: String

  /// The networks, calibration and version in use.
  public init(models: [ModelIdentity], calibration: String, version: String) {
    (self.models, self.calibration, self.version) = (models, calibration, version)
  }
}

extension StageTimings {
  mutating func add(_ other: StageTimings) {
    decode += other.decode
    detection += other.detection
    landmarks += other.landmarks
    judgement += other.judgement
    scoring += other.scoring
  }

  /// Mean milliseconds a frame.
  func json(perFrames frames: Int) -> OrderedJSON {
    func mean(_ total: Duration) -> OrderedJSON {
      .number(total.inMilliseconds / Double(frames), decimals: 3)
    }
    return .object([
      ("decode", mean(decode)), ("detect", mean(detection)), ("landmarks", mean(landmarks)),
      ("judgement", mean(judgement)), ("scoring", mean(scoring)),
    ])
  }
}
