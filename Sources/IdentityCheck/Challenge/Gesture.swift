public import Quantities

/// What a person is asked to do. The raw value is the word used in JSON; never renamed. Left and right are the subject's.
public enum Gesture: String, Sendable, Codable, CaseIterable {
  /// Close both eyes and open them again.
  case blink
  /// Open the mouth and close it again.
  case mouthOpen = "mouth_open"
  /// Turn the head to the own left.
  case turnLeft = "turn_left"
  /// Turn the head to the own right.
  case turnRight = "turn_right"
  /// Lower the chin and lift it again.
  case nod
  /// Lift the chin and lower it again.
  case lookUp = "look_up"
  /// Lean the head to the own left shoulder.
  case tiltLeft = "tilt_left"
  /// Lean the head to the own right shoulder.
  case tiltRight = "tilt_right"
  /// Come closer to the camera.
  case closer
  /// Turn to the own left with the mouth open.
  case turnLeftMouth = "turn_left_mouth_open"
  /// Turn to the own right with the mouth open.
  case turnRightMouth = "turn_right_mouth_open"
  /// Lean to the own left with the mouth open.
  case tiltLeftMouth = "tilt_left_mouth_open"
  /// Lean to the own right with the mouth open.
  case tiltRightMouth = "tilt_right_mouth_open"

  /// How often it may be asked for in one step; the count is drawn at random.
  var counts: ClosedRange<Int> {
    switch self {
    case .blink, .mouthOpen: 1...2
    default: 1...1
    }
  }

  /// The gestures done at once in this one; empty for one that stands alone.
  public var parts: [Gesture] {
    switch self {
    case .turnLeftMouth: [.turnLeft, .mouthOpen]
    case .turnRightMouth: [.turnRight, .mouthOpen]
    case .tiltLeftMouth: [.tiltLeft, .mouthOpen]
    case .tiltRightMouth: [.tiltRight, .mouthOpen]
    default: []
    }
  }

  /// What may be seen on the way back from this gesture without being a wrong one: its parts, and a chin that swings.
  var wake: [Gesture] {
    switch self {
    case .nod: [.lookUp]
    case .lookUp: [.nod]
    default: parts
    }
  }

  /// The gesture that looks the same in a mirrored picture.
  var mirrored: Gesture {
    switch self {
    case .turnLeft: .turnRight
    case .turnRight: .turnLeft
    case .tiltLeft: .tiltRight
    case .tiltRight: .tiltLeft
    case .turnLeftMouth: .turnRightMouth
    case .turnRightMouth: .turnLeftMouth
    case .tiltLeftMouth: .tiltRightMouth
    case .tiltRightMouth: .tiltLeftMouth
    default: self
    }
  }

  /// Whether `seen` is this gesture, or a part of it, to the other side.
  func isOpposite(of seen: Gesture) -> Bool {
    mirrored != self && (seen == mirrored || mirrored.parts.contains(seen))
  }
}

/// A gesture that was seen.
public struct GestureEvent: Sendable, Equatable {
  /// What was done.
  public let gesture: Gesture
  /// When it began.
  public let start: MonotonicInstant
  /// When it was complete.
  public let end: MonotonicInstant

  /// A gesture seen from `start` to `end`.
  public init(_ gesture: Gesture, start: MonotonicInstant, end: MonotonicInstant) {
    (self.gesture, self.start, self.end) = (gesture, start, end)
  }
}
