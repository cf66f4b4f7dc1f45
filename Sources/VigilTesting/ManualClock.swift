public import Quantities

/// A clock that stands still until a test moves it.
public final class ManualClock {
  /// The time it shows.
  public private(set) var now: MonotonicInstant

  /// A clock that shows so many seconds.
  public init(seconds: Double = 0) { now = MonotonicInstant(seconds: seconds) }

  /// Moves it on.
  public func advance(by time: Duration) { now = now + time }
}
