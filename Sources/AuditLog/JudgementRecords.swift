import JSON
import LogProofs

/// One reason of a verdict as recorded.
public struct RecordedReason: Sendable, Equatable {
  /// The cue: a word of `Cue`.
  public var cue: String
  /// What it measured, in the cue's own unit.
  public var value: Reading
  /// What the value was held against.
  public var limit: Double?
  /// Whether it speaks against a live, genuine person.
  public var against: Bool

  /// A reason.
  public init(cue: String, value: Reading, limit: Double? = nil, against: Bool) {
    (self.cue, self.value, self.limit, self.against) = (cue, value, limit, against)
  }

  var json: JSONValue {
    .members([
      "cue": .string(cue), "value": value.json, "limit": limit.map { .rounded($0) },
      "against": .bool(against),
    ])
  }
}

/// A track's verdict changed.
public struct VerdictChange: Sendable, Equatable {
  /// The track.
  public var track: Int
  /// Index of the frame.
  public var frame: UInt64
  /// The word before; nil for a track's first verdict.
  public var from: String?
  /// The word now: a word of `VerdictLabel`.
  public var to: String
  /// The fused risk.
  public var risk: Reading
  /// Why, strongest first.
  public var reasons: [RecordedReason]
  /// The calibration used.
  public var calibration: String
  /// The networks that took part, as `name@sha256:hash`.
  public var models: [String]

  /// A change of verdict; its reasons and sources are set afterwards.
  public init(track: Int, frame: UInt64, from: String?, to: String, risk: Reading) {
    (self.track, self.frame, self.from, self.to, self.risk) = (track, frame, from, to, risk)
    (reasons, calibration, models) = ([], "", [])
  }

  var json: JSONValue {
    .members([
      "track": .integer(Int64(track)), "frame": .integer(Int64(clamping: frame)),
      "from": from.map { .string($0) }, "to": .string(to), "risk": risk.json,
      "reasons": .array(reasons.map(\.json)), "calibration": .string(calibration),
      "models": .array(models.map { .string($0) }),
    ])
  }
}

/// A blink or a mouth opening of one track, in the source's own clock.
public struct MotionEvent: Sendable, Equatable {
  /// `blink` or `mouth`.
  public var event: String
  /// The track.
  public var track: Int
  /// When it began, in seconds of the source's clock.
  public var start: Double
  /// When it ended, in seconds of the source's clock.
  public var end: Double

  /// A blink or a mouth opening.
  public init(event: String, track: Int, start: Double, end: Double) {
    (self.event, self.track, self.start, self.end) = (event, track, start, end)
  }

  var json: JSONValue {
    .object([
      "event": .string(event), "track": .integer(Int64(track)), "start_s": .rounded(start),
      "end_s": .rounded(end),
    ])
  }
}

/// A challenge of an identity check: when it is issued, and again with its outcome.
public struct ChallengeRecord: Sendable, Equatable {
  /// Its number in the session, from 1.
  public var number: Int
  /// What is asked, as a word or words of the challenge's own list.
  public var challenge: String
  /// `issued`, `passed`, `failed` or `timed_out`.
  public var outcome: String
  /// Seconds from issue to outcome; nil when issued.
  public var seconds: Double?
  /// What was measured against what, strongest first.
  public var reasons: [RecordedReason]

  /// A challenge issued or decided.
  public init(
    number: Int, challenge: String, outcome: String, seconds: Double? = nil, reasons: [RecordedReason] = []
  ) {
    (self.number, self.challenge, self.outcome) = (number, challenge, outcome)
    (self.seconds, self.reasons) = (seconds, reasons)
  }

  var json: JSONValue {
    .members([
      "number": .integer(Int64(number)), "challenge": .string(challenge), "outcome": .string(outcome),
      "seconds": seconds.map { .rounded($0) }, "reasons": .array(reasons.map(\.json)),
    ])
  }
}

/// One track in a per-second summary.
public struct TrackSummary: Sendable, Equatable {
  /// The track.
  public var track: Int
  /// The verdict's word.
  public var label: String
  /// Named numbers: `risk`, `liveness`, `forgery`, `spoof`, `confidence`, `interocular_px`, `sharpness`,
  /// `exposure`, `yaw_deg`, `pitch_deg`, `roll_deg`, `eye_left`, `eye_right`, `mouth`, `pulse_bpm`.
  public var readings: [String: Reading]

  /// A track as of one second.
  public init(track: Int, label: String, readings: [String: Reading]) {
    (self.track, self.label, self.readings) = (track, label, readings)
  }

  var json: JSONValue {
    .object([
      "track": .integer(Int64(track)), "label": .string(label),
      "readings": .object(readings.mapValues(\.json)),
    ])
  }
}

/// What one second of a session came to.
public struct SecondSummary: Sendable, Equatable {
  /// Index of the newest frame.
  public var frame: UInt64
  /// Frames judged in this second, per second.
  public var framesPerSecond: Double
  /// Counters of the session so far: delivered, lost, dropped and so on.
  public var counters: [String: Int64]
  /// One entry a track.
  public var tracks: [TrackSummary]

  /// A second of a session.
  public init(frame: UInt64, framesPerSecond: Double, counters: [String: Int64], tracks: [TrackSummary]) {
    (self.frame, self.framesPerSecond) = (frame, framesPerSecond)
    (self.counters, self.tracks) = (counters, tracks)
  }

  var json: JSONValue {
    .object([
      "frame": .integer(Int64(clamping: frame)), "fps": .rounded(framesPerSecond),
      "counters": .object(counters.mapValues { .integer($0) }), "tracks": .array(tracks.map(\.json)),
    ])
  }
}
