public import Observations
import Quantities

/// What of a mouth goes with a voice: distances between landmarks in parts of the distance between the eyes, so that
/// neither size nor tilt of the head counts.
public enum MouthShape {
  /// Numbers of one shape.
  public static let count = 8
  /// Place of the inner lips' opening.
  static let opening = 0

  /// Opening of the inner and of the outer lips, width of both, jaw below the nose's root, upper lip below the nose's tip,
  /// lower lip above the chin, lower lip below the eyes; nil when the eyes lie on each other.
  public static func numbers(of landmarks: Landmarks68) -> [Double]? {
    let points = landmarks.points.map { SIMD2(Double($0.x), Double($0.y)) }
    func middle(_ range: Range<Int>) -> SIMD2<Double> {
      points[range].reduce(.zero, +) / Double(range.count)
    }
    let (right, left) = (middle(36..<42), middle(42..<48))
    let between = left - right
    let size = (between * between).sum().squareRoot()
    guard size > 1e-3, size.isFinite else { return nil }
    let along = between / size
    /// How far a point lies below the eyes, along the head's own axis.
    func depth(_ point: Int) -> Double {
      let offset = points[point] - (right + left) / 2
      return (offset.y * along.x - offset.x * along.y) / size
    }
    func distance(_ one: Int, _ other: Int) -> Double {
      let gap = points[one] - points[other]
      return (gap * gap).sum().squareRoot() / size
    }
    return [
      (distance(61, 67) + distance(62, 66) + distance(63, 65)) / 3,
      (distance(50, 58) + distance(51, 57) + distance(52, 56)) / 3,
      distance(48, 54), distance(60, 64), depth(8) - depth(27), depth(51) - depth(33), depth(57) - depth(8),
      depth(57),
    ]
  }
}
