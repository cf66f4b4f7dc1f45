public import Calibration
import Foundation
public import Quantities

/// What the screen shows of a light challenge.
public enum LightScreen: Sendable, Hashable {
  /// Grey, and the words that say what comes.
  case announced
  /// The pattern.
  case zones(LightZones)

  /// The screen's light.
  public var zones: LightZones {
    switch self {
    case .announced: .rest
    case .zones(let zones): zones
    }
  }
}

/// The screen lights the face in a pattern that nobody could foresee; what comes back is compared with it.
///
/// Pure: events in, what to show out. It starts with grey, so that the camera settles, then shows the pattern, then
/// judges. The frames' clock and the clock of what was shown must be one.
public struct LightChallenge: Sendable {
  /// The pattern.
  public let sequence: LightSequence
  private let limits: LightLimits
  private let start: MonotonicInstant
  private var now: MonotonicInstant
  private var timeline = LightTimeline()
  private var samples: [LightSample] = []
  /// The end, once there is one.
  public private(set) var result: LightResult?

  /// Seconds of grey before the pattern.
  public static let lead = 0.7
  /// Seconds after it in which its last colours still come back.
  public static let tail = 0.12

  /// A challenge that begins at `start`.
  public init(_ sequence: LightSequence, _ limits: LightLimits, at start: MonotonicInstant) {
    (self.sequence, self.limits, self.start, now) = (sequence, limits, start, start)
  }

  /// Seconds from beginning to end.
  public var seconds: Double { Self.lead + sequence.seconds + Self.tail }

  /// What to show now.
  public var screen: LightScreen {
    let time = (now - start).inSeconds - Self.lead
    return time < 0 ? .announced : .zones(sequence.zones(at: time))
  }

  /// The share of the challenge that is over, in 0...1.
  public var done: Double { min(max((now - start).inSeconds / seconds, 0), 1) }

  /// The screen began to show `zones` at `instant`.
  public mutating func shown(_ zones: LightZones, at instant: MonotonicInstant) {
    guard result == nil else { return }
    timeline.show(zones, at: instant)
  }

  /// A frame, or time that passes without one.
  public mutating func observe(_ sample: LightSample?, at instant: MonotonicInstant) {
    guard result == nil else { return }
    now = max(now, instant)
    // What was captured before the pattern tells nothing about it.
    if let sample, (sample.at - start).inSeconds >= Self.lead * 0.5 { samples.append(sample) }
    if (now - start).inSeconds >= seconds { judge() }
  }

  private mutating func judge() {
    let answer = LightMeasure.answer(timeline, samples)
    let (outcome, reason) = answer.judged(by: limits)
    result = LightResult(outcome, reason, answer: answer, shown: sequence.segments.map(\.zones.name))
  }
}
