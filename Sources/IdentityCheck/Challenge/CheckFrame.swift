public import Observations
public import Quantities

/// One face of a frame, as the check sees it.
public struct CheckFace: Sendable {
  /// The track's number.
  public let track: TrackID
  /// The face itself.
  public let face: Face
  /// What the liveness stage knows of it.
  public let liveness: LivenessState
  /// What `Decision` says of it from the passive cues.
  public let label: VerdictLabel
  /// Whether every installed network has answered; without one nothing is waited for.
  public let isSettled: Bool
  /// Why the networks are not shown this face; nil when they are.
  public let obstacle: UnavailableReason?
  /// The light on it; measured only while the screen lights it.
  public let light: LightSample?

  /// A face of one frame.
  public init(
    track: TrackID, face: Face, liveness: LivenessState, label: VerdictLabel, isSettled: Bool = true,
    obstacle: UnavailableReason? = nil, light: LightSample? = nil
  ) {
    (self.track, self.face, self.liveness, self.label) = (track, face, liveness, label)
    (self.isSettled, self.obstacle, self.light) = (isSettled, obstacle, light)
  }
}

/// What happens to a check from outside.
public enum CheckEvent: Sendable {
  /// A frame with all faces that are really seen in it (none that are only remembered).
  case frame(at: MonotonicInstant, faces: [CheckFace])
  /// No frame came for a while.
  case waiting(at: MonotonicInstant)
  /// The screen began to show this light.
  case lightShown(LightZones, at: MonotonicInstant)
  /// The person does not want to be lit; counts until the light has begun.
  case lightRefused
  /// The camera was lost.
  case cameraLost(at: MonotonicInstant)
}

/// What the person is shown.
public enum CheckPrompt: Sendable, Equatable {
  /// Look straight at the camera; and what is in the way of starting, if anything.
  case lookStraight(CheckAdvice)
  /// Wait.
  case wait
  /// Do this gesture so often; `done` of them are seen already.
  case perform(Gesture, count: Int, done: Int)
  /// Back to looking straight ahead.
  case comeBack
  /// Keep still: the screen lights the face.
  case light(LightScreen)
  /// It is over.
  case finished(CheckResult)
}
