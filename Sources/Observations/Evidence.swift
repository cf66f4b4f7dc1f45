public import Quantities

/// Something a stage tries to measure: not enough seen yet, impossible to say, or a value.
///
/// There is no "unknown" number: a missing value says why.
public enum Evidence<Value> {
  /// More has to be seen: `observed` of `required` (frames or seconds, as the cue documents), 0 <= observed < required.
  case pending(observed: Double, required: Double)
  /// It cannot be said at present, and why.
  case unavailable(UnavailableReason)
  /// Measured, from what was seen up to `at`.
  case measured(Value, at: MonotonicInstant)

  /// The value if there is one.
  public var value: Value? {
    if case .measured(let value, _) = self { value } else { nil }
  }

  /// The same evidence with another form of value.
  public func map<Other>(_ transform: (Value) -> Other) -> Evidence<Other> {
    switch self {
    case .pending(let observed, let required): .pending(observed: observed, required: required)
    case .unavailable(let reason): .unavailable(reason)
    case .measured(let value, let at): .measured(transform(value), at: at)
    }
  }
}

extension Evidence: Sendable where Value: Sendable {}
extension Evidence: Equatable where Value: Equatable {}

/// Why something cannot be said. The raw value is the word used in JSON and logs; never renamed.
public enum UnavailableReason: String, Sendable, Codable, CaseIterable {
  /// No network for this question is installed.
  case noModel = "no_model"
  /// The newest score is too old to speak about this frame.
  case stale
  /// No face is seen.
  case noFace = "no_face"
  /// The face is turned too far away from the camera.
  case pose
  /// The face is too few pixels wide.
  case tooSmall = "too_small"
  /// Too dark for the pulse of the skin.
  case lowLight = "low_light"
  /// The face is too dark for the networks.
  case tooDark = "too_dark"
  /// The face is too bright, or burnt out.
  case tooBright = "too_bright"
  /// The face is out of focus.
  case outOfFocus = "out_of_focus"
  /// Something covers a part of the face.
  case covered
  /// The face was seen in too few frames that could be judged.
  case tooFewFrames = "too_few_frames"
  /// The picture is too blurred to measure.
  case blurred
  /// The head or camera moves too much.
  case motion
  /// Too few frames a second.
  case frameRate = "frame_rate"
  /// The face is hidden at present.
  case occluded
  /// The source is a still picture; what needs time cannot be measured.
  case stillPicture = "still_picture"
  /// The stage or its network failed; the log says how.
  case fault
  /// The picture is damaged: part of it could not be decoded.
  case damaged
  /// The picture has 256 colors at most: dots stand for those between, and the networks take them for a screen's grid.
  case fewColors = "few_colors"
  /// The user switched it off.
  case switchedOff = "switched_off"
  /// This cue does not separate live from attack across sources and is off by default.
  case notValidated = "not_validated"
  /// The machine is too slow to score this often.
  case overloaded
  /// No sound comes with the picture, or it is not listened to.
  case noSound = "no_sound"
}

/// The identity of a network: what a verdict was made with.
public struct ModelIdentity: Hashable, Sendable, Codable {
  /// Short name, as in `Models/<name>` or the file's name.
  public let name: String
  /// SHA-256 of the network's file, 64 lower-case hexadecimal digits.
  public let sha256: String

  /// A network's name and file hash.
  public init(name: String, sha256: String) {
    self.name = name
    self.sha256 = sha256
  }

  /// `name@sha256:hash`, the form used in JSON.
  public var description: String { "\(name)@sha256:\(sha256)" }
}
