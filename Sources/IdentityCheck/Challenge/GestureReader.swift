import Observations
import Quantities

/// Recognizes gestures in a face's numbers against rest, all kinds at once, each once per movement.
struct GestureReader {
  /// One movement away from rest and back.
  private struct Excursion {
    let gesture: Gesture
    let enter: Float
    let leave: Float
    let hold: Double
    /// Whether it is complete only when back at rest.
    let completesOnReturn: Bool
    /// Seconds that a beginning may lie before leaving rest: a slow start tells little about when it was.
    private static let longestOnset = 0.3
    var start: MonotonicInstant?
    var reached: MonotonicInstant?
    var isReported = false

    mutating func observe(_ amount: Float, at now: MonotonicInstant) -> GestureEvent? {
      if amount > leave { start = start ?? now }
      if amount > enter { reached = reached ?? now }
      let isBack = amount <= leave
      defer { if isBack { (start, reached, isReported) = (nil, nil, false) } }
      guard let start, let reached, !isReported, (now - reached).inSeconds >= hold else { return nil }
      guard completesOnReturn ? isBack : amount > enter else { return nil }
      isReported = true
      return GestureEvent(gesture, start: onset(left: start, reached: reached), end: now)
    }

    /// When the movement began: the straight line through leaving rest and reaching the gesture, followed back to
    /// zero. Without it a movement made before its prompt could look like a quick reaction to it.
    private func onset(left: MonotonicInstant, reached: MonotonicInstant) -> MonotonicInstant {
      let rise = (reached - left).inSeconds * Double(leave / (enter - leave))
      return left - .nanoseconds(Int64(min(rise, Self.longestOnset) * 1e9))
    }
  }

  private let limits: CheckLimits
  private let rest: FaceNumbers
  private var excursions: [Excursion]
  private var lastBlink: MonotonicInstant?

  init(rest: FaceNumbers, limits: CheckLimits, since: MonotonicInstant) {
    (self.rest, self.limits, lastBlink) = (rest, limits, since)
    func excursion(
      _ gesture: Gesture, _ enter: Float, leave: Float, hold: Double, back: Bool = false
    ) -> Excursion {
      Excursion(gesture: gesture, enter: enter, leave: leave, hold: hold, completesOnReturn: back)
    }
    let (turn, nod, tilt, up) = (limits.turnDegrees, limits.nodDegrees, limits.tiltDegrees, limits.upDegrees)
    excursions = [
      excursion(.mouthOpen, limits.mouthRise, leave: limits.mouthRise * 0.5, hold: 0.08, back: true),
      excursion(.turnLeft, turn, leave: turn * 0.45, hold: 0.08),
      excursion(.turnRight, turn, leave: turn * 0.45, hold: 0.08),
      excursion(.nod, nod, leave: nod * 0.45, hold: 0.03, back: true),
      excursion(.lookUp, up, leave: up * 0.55, hold: 0.03, back: true),
      excursion(.tiltLeft, tilt, leave: tilt * 0.45, hold: 0.08),
      excursion(.tiltRight, tilt, leave: tilt * 0.45, hold: 0.08),
      excursion(.closer, limits.closerShare - 1, leave: (limits.closerShare - 1) * 0.5, hold: 0.1),
    ]
    // Both parts at once: the smaller of the two, each measured by its own limit.
    for gesture in Gesture.allCases where !gesture.parts.isEmpty {
      excursions.append(excursion(gesture, 1, leave: 0.5, hold: 0.08))
    }
  }

  /// Gestures completed in this frame.
  mutating func observe(_ numbers: FaceNumbers, _ state: LivenessState, at now: MonotonicInstant)
    -> [GestureEvent]
  {
    var events: [GestureEvent] = []
    for index in excursions.indices {
      let amount = amount(of: excursions[index].gesture, numbers)
      if let event = excursions[index].observe(amount, at: now) { events.append(event) }
    }
    for blink in state.blinks where lastBlink.map({ blink.end > $0 }) ?? true {
      lastBlink = blink.end
      events.append(GestureEvent(.blink, start: blink.start, end: blink.end))
    }
    return events
  }

  /// Whether the face is at rest in all that gestures move.
  func isResting(_ numbers: FaceNumbers) -> Bool {
    excursions.allSatisfy { amount(of: $0.gesture, numbers) <= $0.leave }
  }

  private func amount(of gesture: Gesture, _ numbers: FaceNumbers) -> Float {
    // An unmirrored picture shows the subject's left on its right side, where yaw is positive.
    let side: Float = limits.mirrored ? -1 : 1
    let (turn, tilt) = ((numbers.yaw - rest.yaw) * side, (numbers.roll - rest.roll) * side)
    let isAhead = abs(turn) < limits.turnDegrees * 0.6
    return switch gesture {
    case .blink: 0
    case .mouthOpen: numbers.mouth - rest.mouth
    case .turnLeft: turn
    case .turnRight: -turn
    case .nod: isAhead ? rest.pitch - numbers.pitch : 0
    case .lookUp: isAhead ? numbers.pitch - rest.pitch : 0
    case .tiltLeft: isAhead ? tilt : 0
    case .tiltRight: isAhead ? -tilt : 0
    case .closer: numbers.interocular / max(rest.interocular, 1) - 1
    case .turnLeftMouth, .turnRightMouth, .tiltLeftMouth, .tiltRightMouth:
      gesture.parts.map { amount(of: $0, numbers) / limit(of: $0) }.min() ?? 0
    }
  }

  /// The amount from which a part of a gesture counts.
  private func limit(of part: Gesture) -> Float {
    excursions.first { $0.gesture == part }?.enter ?? .infinity
  }
}
