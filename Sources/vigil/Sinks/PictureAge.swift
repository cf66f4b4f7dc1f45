package import Quantities

/// How old a live picture is when it is shown, and for how long it may be shown as current.
///
/// Pure: times go in. A picture that stays on the screen while none follows grows old; what was seen in it is then no
/// longer said of now. Cost: nothing to speak of; the newest 8,192 ages are kept.
package struct PictureAge: Sendable {
  /// What many ages come to.
  package struct Summary: Sendable, Equatable {
    /// Pictures shown.
    package let count: Int
    /// Half of them were younger.
    package let median: Duration
    /// Nineteen of twenty were younger.
    package let late: Duration
    /// The oldest.
    package let worst: Duration
    /// How old a picture became while it was on the screen as one of now.
    package let oldestCurrent: Duration
  }

  private static let memory = 8192
  /// Age from which a picture is not current.
  package let limit: Duration
  private var shown: (captured: MonotonicInstant, at: MonotonicInstant)?
  private var isMarkedOld = false
  /// Time between the last two pictures, as slow analysis stretches it.
  private var interval = Duration.zero
  private var oldestCurrent = Duration.zero
  private var ages: [Duration] = []
  private var count = 0

  /// Ages of a source's pictures. The limit is 80 ms, which leaves 20 to notice and to draw, so that no picture is
  /// shown as current for more than 100; for sources slower than 25 frames a second two periods, or the picture would
  /// be old before the next one could come.
  package init(framesPerSecond: Double?) {
    let rate = framesPerSecond.flatMap { $0 >= 0.5 ? $0 : nil } ?? 30
    limit = max(.milliseconds(80), .seconds(2 / rate))
  }

  /// A picture that was captured at `captured` is on the screen at `now`.
  package mutating func shown(_ captured: MonotonicInstant, at now: MonotonicInstant) {
    noteEnd(at: now)
    if let shown { interval = min(max(now - shown.at, .zero), .milliseconds(500)) }
    shown = (captured, now)
    isMarkedOld = false
    let age = max(now - captured, .zero)
    if ages.count < Self.memory { ages.append(age) } else { ages[count % Self.memory] = age }
    count += 1
  }

  /// Whoever looks has been told, at `now`, that the picture on the screen is old.
  package mutating func markedOld(at now: MonotonicInstant) {
    noteEnd(at: now)
    isMarkedOld = true
  }

  /// The picture on the screen was current until `now`; one that came late was called late from the first moment.
  private mutating func noteEnd(at now: MonotonicInstant) {
    guard let shown, !isMarkedOld, shown.at - shown.captured <= limit else { return }
    oldestCurrent = max(oldestCurrent, now - shown.captured)
  }

  /// Whether the picture on the screen may pass for what is there now; false before the first.
  package func isCurrent(at now: MonotonicInstant) -> Bool {
    shown.map { now - $0.captured <= limit } ?? false
  }

  /// Whether no picture follows. One that came late, behind slow analysis, and was
  /// called late, gets its time on the screen all the same.
  package func isFrozen(at now: MonotonicInstant) -> Bool {
    guard let shown else { return false }
    let cameInTime = shown.at - shown.captured <= limit
    return cameInTime ? now - shown.captured > limit : now - shown.at > max(limit, interval * 2)
  }

  /// Age at the moment of showing, over the newest pictures; nil before the first.
  package var summary: Summary? {
    guard !ages.isEmpty else { return nil }
    let sorted = ages.sorted()
    return Summary(
      count: count, median: sorted[sorted.count / 2], late: sorted[(sorted.count - 1) * 95 / 100],
      worst: sorted[sorted.count - 1], oldestCurrent: oldestCurrent)
  }
}
