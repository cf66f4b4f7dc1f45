public import Quantities

/// What a decision was based on. The raw value is the word used in JSON and logs; never renamed.
public enum Cue: String, Sendable, Codable, CaseIterable {
  /// The forgery network.
  case forgery
  /// The presentation-attack network.
  case spoof
  /// The liveness probability as a whole.
  case liveness
  /// Blinks.
  case blink
  /// Mouth motion.
  case mouth
  /// Non-rigid motion of the face.
  case motion
  /// Parallax against a plane.
  case parallax
  /// A loop in the motion.
  case loop
  /// The small unrest of a live head.
  case unrest
  /// The skin's pulse.
  case pulse
  /// How alike the pulse is in the face's regions.
  case pulseAgreement = "pulse_agreement"
  /// How far the lips move with the voice that is heard.
  case lips
  /// How far the voice comes behind the lips, or before them.
  case lipDelay = "lip_delay"
  /// Part of the voice during which the lips rest.
  case lipRest = "lip_rest"
  /// Signs that the source is not a real camera.
  case injection
  /// How well the face can be seen.
  case quality
  /// No face was seen.
  case noFace = "no_face"
  /// The challenge of an identity check.
  case challenge
  /// Whether the same person stayed.
  case identity
}

/// One reason of a verdict: a cue, its value, the limit it was held against, and the side it speaks for.
public struct Reason: Sendable, Equatable {
  /// The cue.
  public let cue: Cue
  /// What the cue measured, in the cue's own unit; or why it could not, or that it needs more.
  public let value: Evidence<Double>
  /// The limit the value was held against; nil when there is none.
  public let limit: Double?
  /// Whether the cue speaks against a live, genuine person.
  public let against: Bool
  /// Whether it took part in the verdict; a cue that does not help across sources is measured and reported, not used.
  public let counts: Bool

  /// A reason of a verdict.
  public init(cue: Cue, value: Evidence<Double>, limit: Double?, against: Bool, counts: Bool = true) {
    (self.cue, self.value, self.limit, self.against) = (cue, value, limit, against)
    self.counts = counts
  }
}

/// The word of a verdict. The raw value is used in JSON and logs; never renamed.
public enum VerdictLabel: String, Sendable, Codable, CaseIterable {
  /// A live person in a genuine picture, as far as the cues say.
  case live
  /// Something speaks against it, not enough to say so.
  case suspect
  /// An attack or a forgery.
  case fake
  /// Not enough is known.
  case undecided
}

/// What Vigil says about one track as of one frame.
public struct Verdict: Sendable, Equatable {
  /// The track judged.
  public let track: TrackID
  /// Index of the frame the verdict is about.
  public let frame: UInt64
  /// The word.
  public let label: VerdictLabel
  /// Fused risk that this is not a live, genuine person; not measured until enough is known.
  public let risk: Evidence<Probability>
  /// Why, strongest first.
  public let reasons: [Reason]
  /// Identity of the calibration used.
  public let calibration: String
  /// Networks that took part.
  public let models: [ModelIdentity]

  /// A verdict with its reasons.
  public init(
    track: TrackID, frame: UInt64, label: VerdictLabel, risk: Evidence<Probability>, reasons: [Reason],
    calibration: String, models: [ModelIdentity]
  ) {
    (self.track, self.frame, self.label, self.risk) = (track, frame, label, risk)
    (self.reasons, self.calibration, self.models) = (reasons, calibration, models)
  }
}
