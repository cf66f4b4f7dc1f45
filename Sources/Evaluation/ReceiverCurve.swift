/// The receiver operating characteristic: how many positives are found at which cost of false alarms.
///
/// Pure; sorting is the cost.
public struct ReceiverCurve: Sendable, Equatable {
  /// What a threshold does.
  public struct Point: Sendable, Equatable, Codable {
    /// A score at or above this is called positive; infinite at the curve's begin.
    public let threshold: Double
    /// Share of negatives called positive.
    public let falseAlarms: Double
    /// Share of positives called positive.
    public let found: Double
  }

  /// From (0, 0) to (1, 1); equal scores make one point.
  public let points: [Point]

  /// The curve of `scores`; nil when a class is missing or a score is not a number.
  public init?(_ scores: [(score: Double, positive: Bool)]) {
    let positives = scores.count { $0.positive }
    let negatives = scores.count - positives
    guard positives > 0, negatives > 0, !scores.contains(where: { $0.score.isNaN }) else { return nil }
    var points = [Point(threshold: .infinity, falseAlarms: 0, found: 0)]
    var (alarms, found) = (0, 0)
    let sorted = scores.sorted { $0.score > $1.score }
    for (index, sample) in sorted.enumerated() {
      if sample.positive { found += 1 } else { alarms += 1 }
      let last = index + 1 == sorted.count || sorted[index + 1].score != sample.score
      guard last else { continue }
      points.append(
        Point(
          threshold: sample.score, falseAlarms: Double(alarms) / Double(negatives),
          found: Double(found) / Double(positives)))
    }
    self.points = points
  }

  /// Area under the curve: the chance that a positive scores above a negative, equal scores counted half.
  public var area: Double {
    zip(points, points.dropFirst()).reduce(0) {
      $0 + ($1.1.falseAlarms - $1.0.falseAlarms) * ($1.1.found + $1.0.found) / 2
    }
  }

  /// The rate at which false alarms and misses are equal, between two points by a straight line.
  public var equalErrorRate: Double {
    for (before, after) in zip(points, points.dropFirst()) {
      let (low, high) = (before.falseAlarms - (1 - before.found), after.falseAlarms - (1 - after.found))
      guard high >= 0 else { continue }
      let share = high == low ? 0 : -low / (high - low)
      return before.falseAlarms + share * (after.falseAlarms - before.falseAlarms)
    }
    return 1
  }

  /// The lowest threshold with at most `share` of the negatives at or above it.
  public func threshold(atMostFalseAlarms share: Double) -> Double {
    points.last { $0.falseAlarms <= share }?.threshold ?? .infinity
  }
}
