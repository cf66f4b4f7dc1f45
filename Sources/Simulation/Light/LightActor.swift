/// Who answers the screen's light in a simulated challenge. The raw value is the word on the command line.
public enum LightActor: String, Sendable, CaseIterable {
  /// A person before a camera whose exposure and colours are held still.
  case person
  /// A person before a camera that cannot be told to hold them still.
  case personUnlocked = "person_unlocked"
  /// A photograph in the hand: skin's colours on a flat sheet.
  case print
  /// A recording of a person in ordinary light, fed in as a camera.
  case recording
  /// A recording of a person before another pattern, fed in as a camera.
  case otherPattern = "other_pattern"
  /// A still picture on a screen held before the camera: bright by itself, and glass that glares.
  case still
  /// A recording of a person before another pattern on such a screen.
  case replay
  /// A live swap whose face takes over the mean colour of the real one, so much later.
  case swap100 = "swap_100"
  /// See `swap100`.
  case swap200 = "swap_200"
  /// See `swap100`.
  case swap300 = "swap_300"
  /// A puppet that is lit by its own normals with what a camera saw of the screen, so much later.
  case relit100 = "relit_100"
  /// See `relit100`.
  case relit200 = "relit_200"
  /// See `relit100`.
  case relit300 = "relit_300"

  /// Seconds that the attacker's machine takes.
  var delay: Double {
    switch self {
    case .swap100, .relit100: 0.1
    case .swap200, .relit200: 0.2
    case .swap300, .relit300: 0.3
    default: 0
    }
  }

  enum Skin { case own, flat, mean, otherPattern, plain, glass }

  /// How the face is lit.
  var skin: Skin {
    switch self {
    case .person, .personUnlocked, .relit100, .relit200, .relit300: .own
    case .print: .flat
    case .recording: .plain
    case .otherPattern: .otherPattern
    case .still, .replay: .glass
    case .swap100, .swap200, .swap300: .mean
    }
  }
}
