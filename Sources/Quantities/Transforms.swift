import Foundation

/// A planar affine map (x, y) -> (a x + b y + tx, c x + d y + ty).
///
/// For warps it maps a point of the destination picture to a point of the source frame, both with pixel centres
/// at +0.5.
public struct AffineTransform2D: Hashable, Sendable {
  /// Row 1: coefficients of x, y and the constant of the new x.
  public let a, b, tx: Float
  /// Row 2: coefficients of x, y and the constant of the new y.
  public let c, d, ty: Float

  /// The map with the rows (a b tx) and (c d ty).
  public init(a: Float, b: Float, tx: Float, c: Float, d: Float, ty: Float) {
    (self.a, self.b, self.tx) = (a, b, tx)
    (self.c, self.d, self.ty) = (c, d, ty)
  }

  /// The map that changes nothing.
  public static let identity = AffineTransform2D(a: 1, b: 0, tx: 0, c: 0, d: 1, ty: 0)

  /// Where `point` goes.
  public func callAsFunction(_ point: PixelPoint) -> PixelPoint {
    PixelPoint(a * point.x + b * point.y + tx, c * point.x + d * point.y + ty)
  }

  /// First `self`, then `next`.
  public func then(_ next: AffineTransform2D) -> AffineTransform2D {
    AffineTransform2D(
      a: next.a * a + next.b * c, b: next.a * b + next.b * d, tx: next.a * tx + next.b * ty + next.tx,
      c: next.c * a + next.d * c, d: next.c * b + next.d * d, ty: next.c * tx + next.d * ty + next.ty)
  }

  /// The map back; nil when the map flattens the plane.
  public var inverse: AffineTransform2D? {
    let determinant = a * d - b * c
    guard abs(determinant) > 1e-12 else { return nil }
    let (ia, ib, ic, id) = (d / determinant, -b / determinant, -c / determinant, a / determinant)
    return AffineTransform2D(
      a: ia, b: ib, tx: -(ia * tx + ib * ty), c: ic, d: id, ty: -(ic * tx + id * ty))
  }
}

/// A square region of the frame that may be rotated: what a network looks at.
public struct RotatedSquare: Hashable, Sendable {
  /// Centre in frame pixels.
  public var center: PixelPoint
  /// Side length in frame pixels.
  public var side: Float
  /// Clockwise rotation on the screen (y is down), from the frame's x axis to the square's.
  public var rotation: Float

  /// A square about `center`, turned by `rotation` radians.
  public init(center: PixelPoint, side: Float, rotation: Float) {
    self.center = center
    self.side = side
    self.rotation = rotation
  }

  /// The map from a picture of `pixels` x `pixels` to the frame that shows exactly this square.
  public func pictureToFrame(pixels: Int) -> AffineTransform2D {
    let scale = side / Float(pixels)
    let (cosine, sine) = (cos(rotation) * scale, sin(rotation) * scale)
    let half = Float(pixels) / 2
    return AffineTransform2D(
      a: cosine, b: -sine, tx: center.x - cosine * half + sine * half,
      c: sine, d: cosine, ty: center.y - sine * half - cosine * half)
  }
}

/// A rotation, uniform scale and translation of the plane.
public struct SimilarityTransform: Hashable, Sendable {
  /// Scale times cosine of the rotation.
  public let real: Float
  /// Scale times sine of the rotation.
  public let imaginary: Float
  /// Translation.
  public let tx, ty: Float

  /// z -> (real + i imaginary) z + (tx + i ty), the plane taken as complex numbers.
  public init(real: Float, imaginary: Float, tx: Float, ty: Float) {
    (self.real, self.imaginary, self.tx, self.ty) = (real, imaginary, tx, ty)
  }

  /// Least-squares map of `source` onto `target` (Umeyama 1991, two dimensions, without reflection).
  ///
  /// Nil when the counts differ or the source points all coincide. Cost: linear in the count.
  public static func fit(_ source: [PixelPoint], onto target: [PixelPoint]) -> SimilarityTransform? {
    guard source.count == target.count, source.count >= 2 else { return nil }
    let n = Float(source.count)
    let ms = source.reduce(SIMD2<Float>.zero) { $0 + $1.vector } / n
    let mt = target.reduce(SIMD2<Float>.zero) { $0 + $1.vector } / n
    var (dot, cross, norm): (Float, Float, Float) = (0, 0, 0)
    for (s, t) in zip(source, target) {
      let (p, q) = (s.vector - ms, t.vector - mt)
      dot += p.x * q.x + p.y * q.y
      cross += p.x * q.y - p.y * q.x
      norm += p.x * p.x + p.y * p.y
    }
    guard norm > 1e-12 else { return nil }
    let (re, im) = (dot / norm, cross / norm)
    return SimilarityTransform(
      real: re, imaginary: im, tx: mt.x - re * ms.x + im * ms.y, ty: mt.y - im * ms.x - re * ms.y)
  }

  /// Where `point` goes.
  public func callAsFunction(_ point: PixelPoint) -> PixelPoint {
    PixelPoint(real * point.x - imaginary * point.y + tx, imaginary * point.x + real * point.y + ty)
  }

  /// The scale factor.
  public var scale: Float { (real * real + imaginary * imaginary).squareRoot() }

  /// The rotation.
  public var rotation: Float { atan2(imaginary, real) }

  /// The same map in general affine form.
  public var affine: AffineTransform2D {
    AffineTransform2D(a: real, b: -imaginary, tx: tx, c: imaginary, d: real, ty: ty)
  }
}
