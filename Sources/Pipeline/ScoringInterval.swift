package import Quantities

/// How far two runs of the slow networks on one face lie apart, at least.
///
/// Written as `333ms` or `0.5s` (time of the source, the same for a camera of any rate) or as a whole number of frames.
public enum ScoringInterval: Sendable, Equatable, CustomStringConvertible {
  /// So much time of the source's clock. A source with fewer frames is scored in every frame.
  case time(Duration)
  /// So many frames, whatever the rate.
  case frames(Int)

  /// A third of a second: ten frames at 30 a second, as the limits were fitted.
  public static let standard = ScoringInterval.time(.milliseconds(333))

  /// What ``init(_:)`` takes, in words for a person.
  public static let expected = "1 to 300 frames (10), or a time from 20ms to 10s (333ms, 0.5s)"

  /// Reads `333ms`, `0.5s` or `10`; nil for anything else and out of range.
  public init?(_ text: String) {
    if let frames = Int(text) {
      guard (1...300).contains(frames) else { return nil }
      self = .frames(frames)
      return
    }
    let (digits, unit) = text.hasSuffix("ms") ? (text.dropLast(2), 1.0) : (text.dropLast(1), 1000.0)
    guard text.hasSuffix("s"), digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
      let number = Double(digits), (20...10_000).contains(number * unit)
    else { return nil }
    self = .time(.microseconds(Int64((number * unit * 1000).rounded())))
  }

  /// The form that ``init(_:)`` reads.
  public var description: String {
    switch self {
    case .frames(let count): String(count)
    case .time(let time):
      time.inMilliseconds == time.inMilliseconds.rounded()
        ? "\(Int(time.inMilliseconds))ms" : "\(time.inMilliseconds)ms"
    }
  }

  /// Whether the frame `now` may be scored after the frame `last` was.
  package func hasPassed(
    from last: (frame: UInt64, at: MonotonicInstant), to now: (frame: UInt64, at: MonotonicInstant)
  ) -> Bool {
    switch self {
    case .frames(let count): now.frame >= last.frame + UInt64(max(count, 1))
    case .time(let time): now.at - last.at >= time
    }
  }
}
