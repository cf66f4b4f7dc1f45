/// What is measured of how well a face can be seen. The raw value is the word used in JSON; never renamed.
public enum VisibilityMeasure: String, Sendable, Codable, CaseIterable {
  /// Distance between the eyes, in frame pixels.
  case interocular = "interocular_px"
  /// Largest turn of the head, sideways or up and down, in degrees.
  case turn = "turn_deg"
  /// Certainty of the landmark network that this is a face.
  case presence
  /// How surely a part of the face is covered.
  case covered
  /// Mean luma of the face.
  case luminance
  /// Part of the face that is burnt out.
  case burntOut = "burnt_out"
  /// Detail in proportion to contrast.
  case focus
  /// Colors that the format can hold.
  case colors
  /// Crops that a network has scored.
  case scores
}

/// Why a face cannot be judged as it is seen in a frame: the measure that lies beyond its limit.
public struct VisibilityObstacle: Sendable, Equatable {
  /// In one word.
  public let reason: UnavailableReason
  /// What was measured.
  public let measure: VisibilityMeasure
  /// The measured value.
  public let value: Double
  /// The limit that it is beyond.
  public let limit: Double

  /// An obstacle by its parts.
  public init(_ reason: UnavailableReason, _ measure: VisibilityMeasure, value: Double, limit: Double) {
    (self.reason, self.measure, self.value, self.limit) = (reason, measure, value, limit)
  }
}

/// What a person may do so that a face can be judged. The raw value is the word used in JSON; never renamed.
public enum VisibilityAdvice: String, Sendable, Codable, CaseIterable {
  /// More light on the face.
  case moreLight = "more_light"
  /// Less light, or none from behind or straight into the camera.
  case lessLight = "less_light"
  /// Focus the camera, or clean its lens.
  case focus
  /// Come closer.
  case comeCloser = "come_closer"
  /// Take off what covers the face.
  case uncover
  /// Look at the camera.
  case lookStraight = "look_straight"
  /// Stay longer in front of the camera.
  case stay
}

extension UnavailableReason {
  /// What a person may do about it; nil when nothing in front of the camera helps.
  public var advice: VisibilityAdvice? {
    switch self {
    case .tooDark, .lowLight: .moreLight
    case .tooBright: .lessLight
    case .outOfFocus, .blurred: .focus
    case .tooSmall: .comeCloser
    case .covered, .occluded: .uncover
    case .pose: .lookStraight
    case .tooFewFrames, .stale, .motion: .stay
    case .noModel, .noFace, .frameRate, .stillPicture, .fault, .damaged, .fewColors, .switchedOff,
      .notValidated, .overloaded, .noSound:
      nil
    }
  }
}
