import Quantities

/// Coordinates of a part of the face: u along a line between two of its points, v at right angles, downwards.
///
/// Both in pixels; the origin is the first point.
struct FaceAxes {
  let origin: SIMD2<Float>
  let along: SIMD2<Float>
  let length: Float

  /// Axes from `first` to `second`; `first` is the one further left in the picture.
  init(from first: PixelPoint, to second: PixelPoint) {
    let delta = second.vector - first.vector
    length = max((delta * delta).sum().squareRoot(), 1e-3)
    origin = first.vector
    along = delta / length
  }

  /// A point of the picture in these axes.
  func local(_ point: SIMD2<Float>) -> SIMD2<Float> {
    let d = point - origin
    return SIMD2(d.x * along.x + d.y * along.y, d.y * along.x - d.x * along.y)
  }

  /// A point of these axes in the picture.
  func picture(_ local: SIMD2<Float>) -> SIMD2<Float> {
    origin + SIMD2(local.x * along.x - local.y * along.y, local.x * along.y + local.y * along.x)
  }
}

/// A line v(u) through points with rising u, smooth (Catmull-Rom tangents), sampled once per half pixel.
struct FaceCurve {
  private let samples: [Float]
  private let start: Float
  private static let perPixel: Float = 2

  /// The line through `points`, which are sorted by u.
  init(_ points: [SIMD2<Float>]) {
    let knots = points.sorted { $0.x < $1.x }
    guard let first = knots.first, let last = knots.last, last.x > first.x else {
      (samples, start) = ([points.first?.y ?? 0], 0)
      return
    }
    start = first.x
    let count = Int((last.x - first.x) * Self.perPixel) + 2
    var segment = 0
    samples = (0..<count).map { index in
      let u = min(first.x + Float(index) / Self.perPixel, last.x)
      while segment + 2 < knots.count, u > knots[segment + 1].x { segment += 1 }
      return Self.interpolate(knots, segment, u)
    }
  }

  /// v at `u`; beyond the ends the end's value.
  func callAsFunction(_ u: Float) -> Float {
    let position = min(max((u - start) * Self.perPixel, 0), Float(samples.count - 1))
    let low = min(Int(position), samples.count - 1)
    let high = min(low + 1, samples.count - 1)
    return samples[low] + (position - Float(low)) * (samples[high] - samples[low])
  }

  private static func interpolate(_ knots: [SIMD2<Float>], _ segment: Int, _ u: Float) -> Float {
    func slope(_ index: Int) -> Float {
      let (before, after) = (knots[max(index - 1, 0)], knots[min(index + 1, knots.count - 1)])
      return (after.y - before.y) / max(after.x - before.x, 1e-3)
    }
    let (a, b) = (knots[segment], knots[segment + 1])
    let width = max(b.x - a.x, 1e-3)
    let t = (u - a.x) / width
    let (t2, t3) = (t * t, t * t * t)
    return (2 * t3 - 3 * t2 + 1) * a.y + (t3 - 2 * t2 + t) * width * slope(segment)
      + (3 * t2 - 2 * t3) * b.y + (t3 - t2) * width * slope(segment + 1)
  }
}
