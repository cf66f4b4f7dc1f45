package import Calibration

/// What a face answered to the screen's light: numbers, to be judged by ``LightLimits``.
public struct LightAnswer: Sendable, Equatable {
  /// Frames in which the face was measured.
  public var frames = 0
  /// Agreement in colour of what was shown and what came back, in -1...1, at the best delay.
  public var correlation = 0.0
  /// Seconds from showing to coming back: screen, camera, and whatever lies between.
  public var delay = 0.0
  /// Light of a white screen against all other light on the face, by the camera's colours.
  public var gain = 0.0
  /// How the face's colour changed over time, as a root mean square of its logarithm.
  public var activity = 0.0
  /// The differences between left and right, above and below, against those that a head of the mesh's shape gives: 1 is
  /// that head, 0 an even answer; nil where it could not be measured.
  public var relief: Double?
  /// Standard error of `relief`.
  public var reliefError: Double?
  /// Answer of the background against the face's; nil when there is none to be seen.
  public var background: Double?
  /// Answer of the neck against the face's; nil when it cannot be seen. Reported, not judged: collars hide necks.
  public var neck: Double?

  /// An answer without anything in it.
  public init() {}
}

/// How a light challenge ended. The raw value is the word used in JSON; never renamed.
public enum LightOutcome: String, Sendable, Codable, CaseIterable {
  /// The face answered as a head in front of the screen does.
  case passed
  /// It did not.
  case failed
  /// It cannot be said.
  case unavailable
  /// The person did not want it.
  case refused
}

/// Why a light challenge did not pass. The raw value is the word used in JSON; never renamed.
public enum LightReason: String, Sendable, Codable, CaseIterable {
  /// The face's colour changed, and not as the screen did.
  case doesNotFollow = "does_not_follow"
  /// It followed, and too late.
  case late
  /// It answered evenly, as a flat picture does.
  case flat
  /// What lies behind answered as strongly.
  case everywhere
  /// Too little came back to judge: strong other light, a dim or distant screen, or nothing there that answers.
  case weak
  /// The shape of the answer drowned in noise.
  case unclear
  /// Too few frames with the face in them.
  case fewFrames = "few_frames"
  /// There was no screen to show it on.
  case noScreen = "no_screen"
}

/// The end of a light challenge.
public struct LightResult: Sendable, Equatable {
  /// How it ended.
  public let outcome: LightOutcome
  /// Why, unless it passed or was refused.
  public let reason: LightReason?
  /// What was measured; nil when nothing was.
  public let answer: LightAnswer?
  /// What was shown, picture by picture.
  public let shown: [String]

  package init(
    _ outcome: LightOutcome, _ reason: LightReason? = nil, answer: LightAnswer? = nil, shown: [String] = []
  ) {
    (self.outcome, self.reason, self.answer, self.shown) = (outcome, reason, answer, shown)
  }

  /// No screen, no light.
  public static let withoutScreen = LightResult(.unavailable, .noScreen)
}

extension LightAnswer {
  /// The judgement of these numbers.
  package func judged(by limits: LightLimits) -> (outcome: LightOutcome, reason: LightReason?) {
    guard frames >= limits.frames else { return (.unavailable, .fewFrames) }
    guard correlation >= limits.correlation else {
      // What hardly changes may be a face in the sun; what changes otherwise is no face before this screen.
      return activity >= limits.activity ? (.failed, .doesNotFollow) : (.unavailable, .weak)
    }
    guard gain >= limits.gain else { return (.unavailable, .weak) }
    guard limits.delay.contains(delay) else { return (.failed, delay < 0 ? .doesNotFollow : .late) }
    guard let relief, let reliefError, reliefError <= limits.reliefError else {
      return (.unavailable, .unclear)
    }
    guard relief >= limits.relief else { return (.failed, .flat) }
    if let background, background > limits.background { return (.failed, .everywhere) }
    return (.passed, nil)
  }
}
