/// A size in whole pixels.
public struct PixelSize: Hashable, Sendable, Codable {
  /// Number of columns.
  public let width: Int
  /// Number of rows.
  public let height: Int

  /// A size of `width` columns and `height` rows.
  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// Number of pixels.
  public var area: Int { width * height }
}

/// A point in frame pixels: origin top left, x right, y down, pixel centres at +0.5.
public struct PixelPoint: Hashable, Sendable, Codable {
  /// Distance from the left edge, in pixels.
  public var x: Float
  /// Distance from the top edge, in pixels.
  public var y: Float

  /// The point (`x`, `y`).
  public init(_ x: Float, _ y: Float) {
    self.x = x
    self.y = y
  }

  /// The point given by a vector (x, y).
  public init(_ vector: SIMD2<Float>) { self.init(vector.x, vector.y) }

  /// The point as a vector (x, y).
  public var vector: SIMD2<Float> { SIMD2(x, y) }

  /// The distance to `other`, in pixels.
  public func distance(to other: PixelPoint) -> Float {
    let d = vector - other.vector
    return (d * d).sum().squareRoot()
  }

  /// The point half way to `other`.
  public func midpoint(_ other: PixelPoint) -> PixelPoint { PixelPoint((vector + other.vector) / 2) }
}

/// A point of a dense mesh: x and y in frame pixels, z in the same scale, smaller z is nearer to the camera.
public struct MeshPoint: Hashable, Sendable, Codable {
  /// Distance from the frame's left edge, in pixels.
  public var x: Float
  /// Distance from the frame's top edge, in pixels.
  public var y: Float
  /// Depth relative to the face's centre, in pixels; smaller is nearer.
  public var z: Float

  /// The point (`x`, `y`, `z`).
  public init(_ x: Float, _ y: Float, _ z: Float) {
    self.x = x
    self.y = y
    self.z = z
  }

  /// The point without its depth.
  public var pixel: PixelPoint { PixelPoint(x, y) }
}

/// A rectangle in frame pixels, sides parallel to the frame's; may reach outside the frame.
public struct PixelRect: Hashable, Sendable, Codable {
  /// Left edge.
  public var x: Float
  /// Top edge.
  public var y: Float
  /// Width, not negative.
  public var width: Float
  /// Height, not negative.
  public var height: Float

  /// A rectangle from its top left corner and size.
  public init(x: Float, y: Float, width: Float, height: Float) {
    self.x = x
    self.y = y
    self.width = max(0, width)
    self.height = max(0, height)
  }

  /// The smallest rectangle that holds all `points`; nil when there are none.
  public init?(around points: some Sequence<PixelPoint>) {
    var low = SIMD2<Float>(repeating: .infinity)
    var high = SIMD2<Float>(repeating: -.infinity)
    for point in points {
      low = pointwiseMin(low, point.vector)
      high = pointwiseMax(high, point.vector)
    }
    guard low.x <= high.x else { return nil }
    self.init(x: low.x, y: low.y, width: high.x - low.x, height: high.y - low.y)
  }

  /// Right edge.
  public var maxX: Float { x + width }
  /// Bottom edge.
  public var maxY: Float { y + height }
  /// Centre point.
  public var center: PixelPoint { PixelPoint(x + width / 2, y + height / 2) }
  /// Area in square pixels.
  public var area: Float { width * height }

  /// The common part; an empty rectangle when there is none.
  public func intersection(_ other: PixelRect) -> PixelRect {
    let left = max(x, other.x)
    let top = max(y, other.y)
    return PixelRect(
      x: left, y: top, width: min(maxX, other.maxX) - left, height: min(maxY, other.maxY) - top)
  }

  /// Intersection over union, in 0...1.
  public func overlap(_ other: PixelRect) -> Float {
    let common = intersection(other).area
    let all = area + other.area - common
    return all > 0 ? common / all : 0
  }

  /// The rectangle grown about its centre by `factor`.
  public func scaled(by factor: Float) -> PixelRect {
    PixelRect(
      x: center.x - width * factor / 2, y: center.y - height * factor / 2, width: width * factor,
      height: height * factor)
  }

  /// Whether `point` lies inside or on the left or top edge.
  public func contains(_ point: PixelPoint) -> Bool {
    point.x >= x && point.x < maxX && point.y >= y && point.y < maxY
  }
}
