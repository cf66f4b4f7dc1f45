/// A point on the monotonic clock (CLOCK_MONOTONIC for live sources, presentation time for files).
///
/// Nanoseconds since an unspecified origin; only differences mean something. Never mixed with wall-clock time,
/// which exists in records only.
public struct MonotonicInstant: Comparable, Hashable, Sendable, Codable {
  /// Nanoseconds since the clock's origin.
  public let nanoseconds: Int64

  /// Makes an instant from nanoseconds of the monotonic clock.
  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Makes an instant from seconds; meant for a file's presentation times and for tests.
  public init(seconds: Double) { self.nanoseconds = Int64((seconds * 1e9).rounded()) }

  /// Seconds since the clock's origin.
  public var seconds: Double { Double(nanoseconds) / 1e9 }

  /// Whether `left` is earlier than `right`.
  public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

  /// The time from `right` to `left`; negative when `left` is earlier.
  public static func - (left: Self, right: Self) -> Duration {
    .nanoseconds(left.nanoseconds - right.nanoseconds)
  }

  /// The instant `right` later than `left`.
  public static func + (left: Self, right: Duration) -> Self {
    Self(nanoseconds: left.nanoseconds + right.wholeNanoseconds)
  }

  /// The instant `right` earlier than `left`.
  public static func - (left: Self, right: Duration) -> Self {
    Self(nanoseconds: left.nanoseconds - right.wholeNanoseconds)
  }
}

extension Duration {
  /// The duration in whole nanoseconds, fractions cut off.
  public var wholeNanoseconds: Int64 {
    components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
  }

  /// The duration in seconds, for arithmetic and display.
  public var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }

  /// The duration in milliseconds, for display.
  public var inMilliseconds: Double { inSeconds * 1e3 }
}
