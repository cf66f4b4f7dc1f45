public import Calibration
public import Observations
public import Units

/// What the eyes did, as told by ``BlinkDetector``.
public enum EyeEvent: Sendable, Equatable {
  /// Both eyes closed and opened again.
  case blink(EventInterval)
  /// One eye closed and opened again while the other stayed open.
  case wink(EventInterval)
  /// Both eyes were closed for longer than a blink.
  case closedLong(EventInterval)
}

/// Finds blinks in the eyes' openness, in the source's own time.
///
/// Openness is an eye's aspect ratio over the person's open level. A blink begins when an eye falls
/// below `closingShare`, counts when both eyes fell below `closedShare` and the expression score (if
/// there is one) rose above `blinkScore`, and ends when both are back above `closingShare`.
public struct BlinkDetector: Sendable, Equatable {
  /// One frame's view of the eyes.
  public struct Sample: Sendable, Equatable {
    /// Openness of the right and left eye; 1 is the person's open level.
    public let right: Float
    /// See `right`.
    public let left: Float
    /// The smaller of both eyes' closure scores from the expression network.
    public let score: Float?

    /// A sample.
    public init(right: Float, left: Float, score: Float?) {
      (self.right, self.left, self.score) = (right, left, score)
    }
  }

  private struct Closure: Sendable, Equatable {
    let start: MonotonicInstant
    var lowestRight: Float
    var lowestLeft: Float
    var highestScore: Float?
  }

  private let limits: LivenessLimits
  private var closure: Closure?
  private var lastEnd: MonotonicInstant?
  private var previous: (at: MonotonicInstant, openness: Float)?

  /// A detector with the calibration's numbers.
  public init(_ limits: LivenessLimits) { self.limits = limits }

  /// Whether both eyes are closed in the newest sample.
  public private(set) var eyesClosed = false

  /// Takes the next sample; gives what has just ended.
  public mutating func observe(_ sample: Sample, at now: MonotonicInstant) -> EyeEvent? {
    let lower = min(sample.right, sample.left)
    eyesClosed = max(sample.right, sample.left) < Float(limits.closedShare)
    defer { previous = (now, lower) }
    let edge = Float(limits.closingShare)
    if var closure {
      closure.lowestRight = min(closure.lowestRight, sample.right)
      closure.lowestLeft = min(closure.lowestLeft, sample.left)
      if let score = sample.score { closure.highestScore = max(closure.highestScore ?? 0, score) }
      self.closure = closure
      guard lower >= edge else { return nil }
      self.closure = nil
      return finish(closure, end: crossing(edge, lower, now))
    }
    guard lower < edge else { return nil }
    closure = Closure(
      start: crossing(edge, lower, now), lowestRight: sample.right, lowestLeft: sample.left,
      highestScore: sample.score)
    return nil
  }

  /// The eyes cannot be seen: what was going on is forgotten, not guessed.
  public mutating func miss() {
    (closure, previous, eyesClosed) = (nil, nil, false)
  }

  /// When openness crossed `edge` between the previous sample and this one, by straight line.
  private func crossing(_ edge: Float, _ openness: Float, _ now: MonotonicInstant) -> MonotonicInstant {
    guard let previous, abs(openness - previous.openness) > 1e-6, now > previous.at else { return now }
    let share = Double((edge - previous.openness) / (openness - previous.openness))
    let span = Double((now - previous.at).wholeNanoseconds)
    return previous.at + .nanoseconds(Int64(min(max(share, 0), 1) * span))
  }

  private mutating func finish(_ closure: Closure, end: MonotonicInstant) -> EyeEvent? {
    let interval = EventInterval(start: closure.start, end: end)
    let seconds = (end - closure.start).inSeconds
    let closed = Float(limits.closedShare)
    let (right, left) = (closure.lowestRight < closed, closure.lowestLeft < closed)
    if let lastEnd, (closure.start - lastEnd).inSeconds < limits.refractorySeconds { return nil }
    guard right || left, seconds >= limits.blinkSeconds.lowerBound else { return nil }
    lastEnd = end
    guard right && left else { return .wink(interval) }
    if let score = closure.highestScore, score < Float(limits.blinkScore) { return nil }
    return seconds <= limits.blinkSeconds.upperBound ? .blink(interval) : .closedLong(interval)
  }

  /// Two detectors in the same state with the same limits.
  public static func == (a: Self, b: Self) -> Bool {
    a.limits == b.limits && a.closure == b.closure && a.lastEnd == b.lastEnd && a.eyesClosed == b.eyesClosed
      && a.previous?.at == b.previous?.at && a.previous?.openness == b.previous?.openness
  }
}
