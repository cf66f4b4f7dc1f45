public import Calibration
public import Observations
public import Quantities

/// What the eyes did, as ``BlinkDetector`` reports it.
public enum EyeEvent: Sendable, Equatable {
  /// Both eyes closed and opened again.
  case blink(EventInterval)
  /// One eye closed and opened again while the other stayed open.
  case wink(EventInterval)
  /// Both eyes were closed for longer than a blink.
  case closedLong(EventInterval)
}

/// Finds blinks as short rises of the eyes' closure above what it just was, in the source's own time.
///
/// Closure joins two measures: how far the aspect ratio fell below the person's open level, and the expression
/// network's score. A rise is held against the most open moment of the last half second, not against the level alone:
/// a turning head, a look down or tired lids move the level slowly, a blink is fast. It begins when closure has risen
/// by `blinkOnset`, ends when half of the rise is gone, and counts when the rise reached `blinkRise`, both measures
/// took part, and both eyes. Memory: the samples of the reference time. Cost: below a microsecond a frame.
public struct BlinkDetector: Sendable, Equatable {
  /// One frame's view of the eyes.
  public struct Sample: Sendable, Equatable {
    /// Openness of the right eye; 1 is the person's open level.
    public let right: Float
    /// Openness of the left eye.
    public let left: Float
    /// Closure scores of the expression network, right and left, in 0...1; nil without the network.
    public let scores: SIMD2<Float>?

    /// A sample.
    public init(right: Float, left: Float, scores: SIMD2<Float>?) {
      (self.right, self.left, self.scores) = (right, left, scores)
    }
  }

  /// Both eyes' closure, right and left, by both measures.
  private struct Reading: Sendable, Equatable {
    let at: MonotonicInstant
    let fall: SIMD2<Float>
    let scores: SIMD2<Float>?
    let closure: SIMD2<Float>
    var mean: Float { closure.sum() / 2 }
  }

  private struct Rise: Sendable, Equatable {
    let from: Reading
    let start: MonotonicInstant
    var highest: SIMD2<Float>
    var highestMean: Float
    var deepestFall: Float
    var highestScore: Float
  }

  private let limits: LivenessLimits
  private var recent: [Reading] = []
  private var previous: Reading?
  private var rise: Rise?
  private var lastEnd: MonotonicInstant?
  /// More samples than this are not kept, whatever the frame rate.
  private static let mostSamples = 128

  /// A detector with the calibration's numbers.
  public init(_ limits: LivenessLimits) { self.limits = limits }

  /// Whether both eyes are closed in the newest sample.
  public private(set) var eyesClosed = false

  /// Takes the next sample; gives what has just ended.
  public mutating func observe(_ sample: Sample, at now: MonotonicInstant) -> EyeEvent? {
    eyesClosed = max(sample.right, sample.left) < Float(limits.closedShare)
    let reading = reading(sample, now)
    defer { previous = reading }
    guard rise != nil else {
      begin(reading)
      return nil
    }
    return follow(reading)
  }

  /// The eyes cannot be seen: what was going on is forgotten, not guessed.
  public mutating func miss() {
    (rise, previous, eyesClosed) = (nil, nil, false)
    recent = []
  }

  private func reading(_ sample: Sample, _ now: MonotonicInstant) -> Reading {
    let fall = 1 - SIMD2(sample.right, sample.left)
    let weight = Float(limits.scoreWeight)
    let closure = sample.scores.map { fall * (1 - weight) + $0 * weight } ?? fall
    return Reading(at: now, fall: fall, scores: sample.scores, closure: closure)
  }

  /// Nothing is going on: does closure leave the most open moment of the last while?
  private mutating func begin(_ reading: Reading) {
    recent.removeAll { (reading.at - $0.at).inSeconds > limits.referenceSeconds }
    let onset = Float(limits.blinkOnset)
    if let open = recent.min(by: { $0.mean < $1.mean }), reading.mean > open.mean + onset {
      rise = Rise(
        from: open, start: crossing(open.mean + onset / 2, reading), highest: reading.closure,
        highestMean: reading.mean, deepestFall: reading.fall.sum() / 2,
        highestScore: (reading.scores?.sum() ?? 0) / 2)
    }
    if recent.count == Self.mostSamples { recent.removeFirst() }
    recent.append(reading)
  }

  /// A rise is going on: has it gone back, or lasted so long that it is the new state of things?
  private mutating func follow(_ reading: Reading) -> EyeEvent? {
    guard var rise else { return nil }
    rise.highest = pointwiseMax(rise.highest, reading.closure)
    rise.highestMean = max(rise.highestMean, reading.mean)
    rise.deepestFall = max(rise.deepestFall, reading.fall.sum() / 2)
    rise.highestScore = max(rise.highestScore, (reading.scores?.sum() ?? 0) / 2)
    self.rise = rise
    let size = rise.highestMean - rise.from.mean
    let half = rise.from.mean + max(size / 2, Float(limits.blinkOnset) * Float(limits.blinkHalfOnsetShare))
    if reading.mean <= half {
      (self.rise, recent) = (nil, [reading])
      return finish(rise, end: crossing(rise.from.mean + size / 2, reading))
    }
    let lasted = (reading.at - rise.start).inSeconds
    // Lids that stay low without being shut: a look down. What comes now is measured against it.
    if lasted > limits.blinkSeconds.upperBound + limits.blinkPatienceSeconds, !eyesClosed {
      (self.rise, recent) = (nil, [reading])
    }
    return nil
  }

  /// When closure crossed `level` between the previous sample and this one, by straight line.
  private func crossing(_ level: Float, _ reading: Reading) -> MonotonicInstant {
    guard let previous, abs(reading.mean - previous.mean) > 1e-6, reading.at > previous.at else {
      return reading.at
    }
    let share = Double((level - previous.mean) / (reading.mean - previous.mean))
    let span = Double((reading.at - previous.at).wholeNanoseconds)
    return previous.at + .nanoseconds(Int64(min(max(share, 0), 1) * span))
  }

  private mutating func finish(_ rise: Rise, end: MonotonicInstant) -> EyeEvent? {
    let interval = EventInterval(start: rise.start, end: end)
    let seconds = (end - rise.start).inSeconds
    let eyes = rise.highest - rise.from.closure
    let needed = rise.from.scores == nil ? 1 - Float(limits.closedShare) : Float(limits.blinkRise)
    if let lastEnd, (rise.start - lastEnd).inSeconds < limits.refractorySeconds { return nil }
    // One eye moves half the mean: a wink is a full closure of one eye.
    guard eyes.max() >= needed, seconds >= limits.blinkSeconds.lowerBound, agrees(rise) else { return nil }
    if eyes.min() < eyes.max() * Float(limits.winkShare) {
      lastEnd = end
      return .wink(interval)
    }
    guard rise.highestMean - rise.from.mean >= needed else { return nil }
    lastEnd = end
    return seconds <= limits.blinkSeconds.upperBound ? .blink(interval) : .closedLong(interval)
  }

  /// Whether both measures took part; the aspect ratio alone decides without the network.
  private func agrees(_ rise: Rise) -> Bool {
    guard let scores = rise.from.scores else { return true }
    return rise.highestScore - scores.sum() / 2 >= Float(limits.leastScoreRise)
      && rise.deepestFall - rise.from.fall.sum() / 2 >= Float(limits.leastFall)
  }
}
