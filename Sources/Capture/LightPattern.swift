package import Observations
package import Quantities

/// Tells the dark frames of a camera whose light goes on and off from a dark room: a pure state machine.
///
/// Cameras for face login light every second or third frame with infrared light; the frames between are nearly black.
/// A frame counts as *unlit* when it is nearly black, far darker than the last lit one, and so shortly behind it that
/// nobody could have put out the light for good. When the dark lasts, it is a dark room: its frames are given on, and
/// what judges them says that they are too dark. A cut to a dark scene is nearly never as dark; if it is, it loses a
/// quarter of a second.
package struct LightPattern {
  /// Nearly black: mean luma below this, in 0...1 between the codes of black and white. Chosen, not fitted: infrared
  /// cameras' dark frames measure below 0.1, faces in lit ones above 0.2.
  static let darkest = 0.12
  /// Far darker: below this part of the lit frames' level.
  static let contrast = 0.4
  /// The longest dark between lit frames: a quarter of a second, or two and a half frames of a slow camera.
  static let patience = Duration.milliseconds(250)
  /// So many lit frames behind dark ones in ``memory`` make a flicker.
  static let turns = 3
  /// How long a turn counts.
  static let memory = Duration.seconds(3)

  /// How the source is lit, so far.
  package private(set) var illumination = Illumination.steady
  private var lit: (level: Double, at: MonotonicInstant)?
  private var isInDark = false
  private var last: MonotonicInstant?
  private var period = Duration.milliseconds(33)
  private var returns: [MonotonicInstant] = []

  /// Nothing seen yet.
  package init() {}

  /// Takes the next frame's mean luma (0...1); whether the frame is to be looked at.
  package mutating func isLit(_ level: Double, at instant: MonotonicInstant) -> Bool {
    note(instant)
    returns.removeAll { instant - $0 > Self.memory }
    guard level < Self.darkest else {
      if isInDark { returns.append(instant) }
      isInDark = false
      lit = (lit.map { $0.level + 0.3 * (level - $0.level) } ?? level, instant)
      illumination = returns.count >= Self.turns ? .flickering : .steady
      return true
    }
    let wait = max(Self.patience, min(period * 5 / 2, .seconds(2)))
    guard let lit, level < Self.contrast * lit.level, instant - lit.at <= wait, instant >= lit.at else {
      // Dark for long, or from the start: a dark room.
      (self.lit, isInDark) = (nil, false)
      returns = []
      illumination = .dark
      return true
    }
    isInDark = true
    return false
  }

  private mutating func note(_ instant: MonotonicInstant) {
    if let last, instant > last {
      let interval = min(instant - last, .seconds(2))
      period = period + (interval - period) / 5
    }
    last = instant
  }
}
