package import Quantities

/// Puts a stream's presentation times on this machine's clock.
///
/// A picture's capture time is its arrival, so sound with the same presentation time was captured when such pictures
/// arrived: the median over the newest pictures, because single ones arrive late. The error is the jitter of the pictures'
/// arrival, which is in the pictures' own times too.
package final class StreamClock {
  private static let newest = 31
  private var offsets: [Double] = []

  /// A clock that nothing is known of.
  package init() {}

  /// A picture with the presentation time `seconds` arrived at `arrival`.
  package func saw(_ seconds: Double, at arrival: MonotonicInstant) {
    guard seconds.isFinite, abs(seconds) < 1e9 else { return }
    offsets.append(arrival.seconds - seconds)
    if offsets.count > Self.newest { offsets.removeFirst() }
  }

  /// When pictures with the presentation time `seconds` arrive; nil before the first picture.
  package func instant(of seconds: Double) -> MonotonicInstant? {
    guard !offsets.isEmpty else { return nil }
    return MonotonicInstant(seconds: offsets.sorted()[offsets.count / 2] + seconds)
  }
}
