public import Foundation

/// All numbers that were fitted or chosen for judging faces, and where they come from.
///
/// Read from a JSON file with the sections `origin`, `liveness`, `signs`, `motion`, `pulse`, `decision` and `risk`; every
/// field is required, checked against its range, and unknown fields are refused.
public struct Calibration: Sendable, Equatable {
  /// Where the numbers come from.
  public struct Origin: Sendable, Equatable {
    /// Short identity, written into every verdict.
    public let id: String
    /// Day of the fit.
    public let date: String
    /// The data it was fitted on.
    public let data: String
    /// What was made best.
    public let metric: String
    /// The tool that wrote the file.
    public let tool: String
  }

  /// Where the numbers come from.
  public let origin: Origin
  /// Numbers of the liveness stage.
  public let liveness: LivenessLimits
  /// Numbers of the decision.
  public let decision: DecisionLimits
  /// How the networks' scores are joined and judged; nil when that was not fitted. A file of its own.
  public var scores: ScoreRules?
  /// How well a face must be seen to be judged; nil when every face is. A file of its own.
  public var visibility: VisibilityLimits?
  /// How lips are compared with voices; nil when nobody listens. A file of its own.
  public var lips: LipRules?

  /// Identity of all the numbers in use, written into every verdict.
  public var id: String {
    ([origin.id] + [scores?.origin.id, visibility?.id, lips?.origin.id].compactMap { $0 }).joined(
      separator: "+")
  }

  /// Reads the file at `path`.
  public init(path: String) throws(CalibrationError) {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw CalibrationError(
        file: path, field: "file", found: "missing or unreadable", expected: "a calibration file")
    }
    try self.init(data: data, file: path)
  }

  /// Reads `data`; `file` is named in errors.
  public init(data: Data, file: String) throws(CalibrationError) {
    guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      throw CalibrationError(
        file: file, field: "file", found: "not a JSON object", expected: "a calibration file")
    }
    let known = ["origin", "liveness", "signs", "motion", "pulse", "decision", "risk"]
    if let unknown = object.keys.sorted().first(where: { !known.contains($0) }) {
      throw CalibrationError(
        file: file, field: unknown, found: "unknown", expected: "one of \(known.joined(separator: ", "))")
    }
    origin = try Self.origin(object, file)
    liveness = try LivenessLimits(
      CalibrationSection(file: file, name: "liveness", object),
      signs: SignLimits(CalibrationSection(file: file, name: "signs", object)),
      motion: MotionLimits(CalibrationSection(file: file, name: "motion", object)),
      pulse: PulseLimits(CalibrationSection(file: file, name: "pulse", object)))
    decision = try DecisionLimits(
      CalibrationSection(file: file, name: "decision", object),
      risk: RiskLimits(CalibrationSection(file: file, name: "risk", object)))
  }

  static func origin(_ object: [String: Any], _ file: String) throws(CalibrationError) -> Origin {
    let origin = object["origin"] as? [String: Any] ?? [:]
    func text(_ key: String) throws(CalibrationError) -> String {
      guard let text = origin[key] as? String, !text.isEmpty, text.count <= 500 else {
        throw CalibrationError(
          file: file, field: "origin.\(key)", found: "missing or not text", expected: "text")
      }
      return text
    }
    return Origin(
      id: try text("id"), date: try text("date"), data: try text("data"), metric: try text("metric"),
      tool: try text("tool"))
  }
}

/// Numbers of the liveness stage. Ratios of eye aspect are to the person's own open-eye level.
public struct LivenessLimits: Sendable, Equatable {
  /// Seconds of open eyes needed to know the person's level.
  public let baselineSeconds: Double
  /// Below this share an eye is closed.
  public let closedShare: Double
  /// Weight of the expression network's score in an eye's closure; the rest is the aspect ratio's.
  public let scoreWeight: Double
  /// Rise of closure above the recent most open moment that begins a blink.
  public let blinkOnset: Double
  /// Rise of closure that makes it one.
  public let blinkRise: Double
  /// Least part of the expression score in such a rise, and of the aspect ratio's fall.
  public let leastScoreRise: Double
  /// See `leastScoreRise`.
  public let leastFall: Double
  /// Seconds in which the most open moment is looked for.
  public let referenceSeconds: Double
  /// Shortest and longest blink, in seconds; longer is "closed", not a blink.
  public let blinkSeconds: ClosedRange<Double>
  /// Seconds after a blink in which no other can begin (Soukupová and Čech 2016).
  public let refractorySeconds: Double
  /// Least half of a rise of closure, as a part of ``blinkOnset``: below it the eye is open again.
  public let blinkHalfOnsetShare: Double
  /// Seconds beyond the longest blink after which a rise that did not close the eyes is forgotten.
  public let blinkPatienceSeconds: Double
  /// Part of the other eye's closure below which one eye alone was shut.
  public let winkShare: Double
  /// Inner-lip aspect ratio above which the mouth is open, and below which it is closed again.
  public let mouthOpen: Double
  /// See `mouthOpen`.
  public let mouthClosed: Double
  /// Shortest mouth event, in seconds.
  public let mouthSeconds: Double
  /// Largest head turn, up or down, sideways, at which eyes are measured, in degrees.
  public let eyePoseDegrees: Double
  /// Smallest distance between the eyes, in pixels, at which eyes are measured.
  public let interocularPixels: Double
  /// Fewest frames a second at which blinks are measured.
  public let framesPerSecond: Double
  /// Non-rigid motion, in interocular distances, that counts as half convincing.
  public let motionHalf: Double
  /// Seconds of observation before a probability is given.
  public let observeSeconds: Double
  /// How signs of life become a probability.
  public let signs: SignLimits
  /// Numbers of the cues that come from movement.
  public let motion: MotionLimits
  /// Numbers of the pulse.
  public let pulse: PulseLimits

  init(
    _ section: CalibrationSection, signs: SignLimits, motion: MotionLimits, pulse: PulseLimits
  ) throws(CalibrationError) {
    (self.signs, self.motion, self.pulse) = (signs, motion, pulse)
    var section = section
    baselineSeconds = try section.number("baseline_seconds", 0.2...10)
    closedShare = try section.number("closed_share", 0.1...0.95)
    scoreWeight = try section.number("score_weight", 0...1)
    blinkOnset = try section.number("blink_onset", 0.02...0.5)
    blinkRise = try section.number("blink_rise", 0.05...1)
    leastScoreRise = try section.number("least_score_rise", 0...1)
    leastFall = try section.number("least_fall", 0...1)
    referenceSeconds = try section.number("reference_seconds", 0.1...3)
    let shortest = try section.number("blink_shortest_seconds", 0...0.3)
    blinkSeconds = shortest...(try section.number("blink_longest_seconds", 0.3...2))
    refractorySeconds = try section.number("refractory_seconds", 0...1)
    blinkHalfOnsetShare = try section.number("blink_half_onset_share", 0...1)
    blinkPatienceSeconds = try section.number("blink_patience_seconds", 0...5)
    winkShare = try section.number("wink_share", 0...1)
    mouthOpen = try section.number("mouth_open", 0.05...1)
    mouthClosed = try section.number("mouth_closed", 0.02...1)
    mouthSeconds = try section.number("mouth_shortest_seconds", 0...2)
    eyePoseDegrees = try section.number("eye_pose_degrees", 5...60)
    interocularPixels = try section.number("interocular_pixels", 8...200)
    framesPerSecond = try section.number("frames_per_second", 5...60)
    motionHalf = try section.number("motion_half", 0.0005...0.2)
    observeSeconds = try section.number("observe_seconds", 0.5...30)
    try section.finish()
  }
}

/// Numbers of the decision.
public struct DecisionLimits: Sendable, Equatable {
  /// Liveness probability from which a face is live, by policy low, standard, high.
  public let live: [Double]
  /// Seconds after which a face without signs of life is suspect.
  public let patienceSeconds: Double
  /// Liveness probability below which it is.
  public let lifeless: Double
  /// Probability of forgery or attack from which a face is suspect.
  public let suspect: Double
  /// Probability of forgery or attack from which a face is fake.
  public let fake: Double
  /// Seconds a new label has to hold before it replaces the old one.
  public let holdSeconds: Double
  /// How what is known of a face becomes one risk.
  public let risk: RiskLimits

  init(_ section: CalibrationSection, risk: RiskLimits) throws(CalibrationError) {
    self.risk = risk
    var section = section
    live = [
      try section.number("live_low", 0...1), try section.number("live_standard", 0...1),
      try section.number("live_high", 0...1),
    ]
    patienceSeconds = try section.number("patience_seconds", 1...120)
    lifeless = try section.number("lifeless", 0...1)
    suspect = try section.number("suspect", 0...1)
    fake = try section.number("fake", 0...1)
    holdSeconds = try section.number("hold_seconds", 0...10)
    try section.finish()
  }
}
