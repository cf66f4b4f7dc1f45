public import Units

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
  /// Come closer to the camera.
  case closer

  /// How often it may be asked for in one step; the count is drawn at random.
  var counts: ClosedRange<Int> {
    switch self {
    case .blink, .mouthOpen: 1...2
    case .turnLeft, .turnRight, .nod, .closer: 1...1
    }
  }

  /// The gesture that looks the same in a mirrored picture.
  var mirrored: Gesture {
    switch self {
    case .turnLeft: .turnRight
    case .turnRight: .turnLeft
    default: self
    }
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
