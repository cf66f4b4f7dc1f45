/// How a check ended. The raw value is the word used in JSON; never renamed.
public enum CheckOutcome: String, Sendable, Codable, CaseIterable {
  /// All gestures by one uninterrupted face.
  case passed
  /// A gesture was not done in time.
  case late
  /// Another gesture than the one asked for, or more often.
  case wrongGesture = "wrong_gesture"
  /// A gesture before it was asked for.
  case early
  /// A turn to the other side: a person's slip, or a camera that mirrors.
  case oppositeTurn = "opposite_turn"
  /// No usable face came in time.
  case noFace = "no_face"
  /// A second face.
  case secondPerson = "second_person"
  /// The face left.
  case faceLeft = "face_left"
  /// Another face in the same place.
  case faceChanged = "face_changed"
  /// Too little light on the face.
  case tooDark = "too_dark"
  /// The face is too bright, or burnt out.
  case tooBright = "too_bright"
  /// The face is out of focus.
  case outOfFocus = "out_of_focus"
  /// Something covers a part of the face.
  case covered
  /// The face is too far away.
  case tooFar = "too_far"
  /// The camera was lost.
  case cameraLost = "camera_lost"
  /// Time jumped or ran backwards.
  case clockStepped = "clock_stepped"
  /// Too few frames a second.
  case tooSlow = "too_slow"
  /// The passive cues say attack or forgery.
  case attack
  /// The passive cues raise doubt.
  case doubt
  /// All gestures were done, and a network had not answered yet.
  case notJudged = "not_judged"
  /// The face did not answer to the screen's light as a head in front of it does.
  case lightFailed = "light_failed"
  /// The answer to the screen's light could not be measured, and had to be.
  case lightUnavailable = "light_unavailable"
  /// The person did not want the light, and it was required.
  case lightRefused = "light_refused"
}

/// What the person and the kiosk program are told: never a score.
public enum CheckDecision: String, Sendable, Codable {
  /// A live person, as far as the check goes.
  case pass
  /// Not accepted.
  case fail
  /// It could not be decided.
  case undecided
}

/// Advice in words, by name; the texts are the program's.
public enum CheckAdvice: String, Sendable, Codable, CaseIterable {
  /// Nothing to say.
  case none
  /// Look straight at the camera.
  case lookStraight = "look_straight"
  /// More light on the face.
  case moreLight = "more_light"
  /// Less light on the face.
  case lessLight = "less_light"
  /// The picture is not sharp: another distance, or a clean lens.
  case focus
  /// Take off what covers the face.
  case uncover
  /// Come closer.
  case comeCloser = "come_closer"
  /// One person only.
  case onePerson = "one_person"
  /// Wait for the prompt, then do exactly what it says.
  case followPrompt = "follow_prompt"
  /// Stay in front of the camera.
  case stay
  /// Check whether the camera mirrors its picture.
  case mirroredCamera = "mirrored_camera"
  /// The camera or the machine has a fault; call someone.
  case callStaff = "call_staff"
  /// Ask for another way to be checked.
  case otherWay = "other_way"
}

/// What a check comes to that was begun and not finished (too late, camera or face gone, too few frames): "failsafe"
/// and "faildeadly".
public enum TimeoutRule: String, Sendable, CaseIterable {
  /// It could not be decided.
  case undecided
  /// Not accepted.
  case fail
}

/// The end of a check.
public struct CheckResult: Sendable, Equatable {
  /// How it ended.
  public let outcome: CheckOutcome
  /// What follows from it.
  public let decision: CheckDecision
  /// What the person may do better.
  public let advice: CheckAdvice
  /// Steps completed.
  public let completed: Int
  /// Steps asked for.
  public let asked: Int
  /// Seconds from the first frame to the end.
  public let seconds: Double
  /// How it was made sure that the same face did everything.
  public let identityBy: String
  /// How the light challenge ended; nil when there was none.
  public let light: LightResult?

  package init(
    _ outcome: CheckOutcome, onTimeout: TimeoutRule, completed: Int, asked: Int, seconds: Double,
    light: LightResult? = nil
  ) {
    self.outcome = outcome
    decision = outcome.decision(onTimeout)
    advice = outcome.advice
    (self.completed, self.asked, self.seconds) = (completed, asked, seconds)
    identityBy = "landmark_geometry"
    self.light = light
  }
}

extension CheckOutcome {
  package func decision(_ onTimeout: TimeoutRule) -> CheckDecision {
    switch self {
    case .passed: .pass
    // Whoever can cover the camera, pull its plug or walk away must not get another try for nothing.
    case .late, .faceLeft, .cameraLost, .clockStepped, .tooSlow: onTimeout == .fail ? .fail : .undecided
    case .wrongGesture, .early, .oppositeTurn, .secondPerson, .faceChanged, .attack, .lightFailed: .fail
    case .noFace, .tooDark, .tooBright, .outOfFocus, .covered, .tooFar, .doubt, .notJudged, .lightUnavailable,
      .lightRefused:
      .undecided
    }
  }

  package var advice: CheckAdvice {
    switch self {
    case .passed, .attack: .none
    case .late, .wrongGesture, .early: .followPrompt
    case .oppositeTurn: .mirroredCamera
    case .noFace, .lightFailed: .lookStraight
    case .secondPerson: .onePerson
    case .faceLeft, .faceChanged, .notJudged: .stay
    case .tooDark, .doubt: .moreLight
    case .tooBright, .lightUnavailable: .lessLight
    case .lightRefused: .otherWay
    case .outOfFocus: .focus
    case .covered: .uncover
    case .tooFar: .comeCloser
    case .cameraLost, .clockStepped, .tooSlow: .callStaff
    }
  }
}
