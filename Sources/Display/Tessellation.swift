package import Overlay
import Quantities

/// A corner of a triangle in canvas pixels.
package struct DrawVertex {
  package var x, y: Float
  package var color: DrawColor
}

/// Triangles with smooth edges: every shape has a rim one pixel wide on which its opacity falls to 0, so that
/// window and written picture look the same on any graphics driver, without multisampling.
///
/// The idea of the rim is that of Dear ImGui's draw lists (https://github.com/ocornut/imgui, imgui_draw.cpp).
package struct TriangleMesh {
  package private(set) var vertices: [DrawVertex] = []
  /// Three a triangle.
  package private(set) var indices: [Int32] = []

  package init() {}

  package mutating func removeAll() {
    vertices.removeAll(keepingCapacity: true)
    indices.removeAll(keepingCapacity: true)
  }

  /// Adds a shape; texts and patches are none. Shapes with a coordinate that is not finite are left out.
  package mutating func add(_ item: DrawItem) {
    switch item {
    case .line(let points, let closed, let width, let color):
      stroke(points, closed: closed, width: width, color)
    case .polygon(let points, let color): fill(points, color)
    case .panel(let rect, let radius, let color): fill(Self.roundRect(rect, radius), color)
    case .outline(let rect, let radius, let width, let color):
      stroke(Self.roundRect(rect, radius), closed: true, width: width, color)
    case .dots(let centers, let radius, let color):
      let circle = Self.circle(radius)
      for center in centers { fill(circle.map { PixelPoint($0.vector + center.vector) }, color) }
    case .text, .patch: break
    }
  }

  /// A convex polygon: a fan inside, a rim around.
  private mutating func fill(_ points: [PixelPoint], _ color: DrawColor) {
    guard points.count > 2, Self.isDrawable(points) else { return }
    let first = Int32(vertices.count)
    let count = Int32(points.count)
    let clear = color.opacity(0)
    let turn: Float = Self.signedArea(points) < 0 ? -0.5 : 0.5
    for (point, normal) in zip(points, Self.normals(points, closed: true)) {
      let offset = normal * turn
      vertices.append(DrawVertex(x: point.x + offset.x, y: point.y + offset.y, color: clear))
      vertices.append(DrawVertex(x: point.x - offset.x, y: point.y - offset.y, color: color))
    }
    for i in 1..<count - 1 { triangle(first + 1, first + 2 * i + 1, first + 2 * i + 3) }
    for i in 0..<count { quad(first + 2 * i, first + 2 * ((i + 1) % count)) }
  }

  /// A line with mitred corners: a core and a rim on each side.
  private mutating func stroke(_ points: [PixelPoint], closed: Bool, width: Float, _ color: DrawColor) {
    var points = points
    points = points.enumerated().filter { $0.offset == 0 || $0.element != points[$0.offset - 1] }.map(
      \.element)
    guard points.count > 1, width > 0, Self.isDrawable(points) else { return }
    // A line thinner than a pixel is a pixel wide and fainter.
    let color = width < 1 ? color.opacity(Double(width) * Double(color.alpha) / 255) : color
    let core = max(0, (max(width, 1) - 1) / 2)
    let clear = color.opacity(0)
    let first = Int32(vertices.count)
    for (point, normal) in zip(points, Self.normals(points, closed: closed)) {
      for (distance, color) in [(core + 1, clear), (core, color), (-core, color), (-core - 1, clear)] {
        vertices.append(
          DrawVertex(x: point.x + normal.x * distance, y: point.y + normal.y * distance, color: color))
      }
    }
    let count = Int32(points.count)
    for i in 0..<(closed ? count : count - 1) {
      let (a, b) = (first + 4 * i, first + 4 * ((i + 1) % count))
      for lane: Int32 in 0..<3 where lane != 1 || core > 0 { quad(a + lane, b + lane) }
    }
  }

  private mutating func triangle(_ a: Int32, _ b: Int32, _ c: Int32) {
    indices.append(a)
    indices.append(b)
    indices.append(c)
  }

  /// The strip between two neighbouring pairs of vertices.
  private mutating func quad(_ a: Int32, _ b: Int32) {
    triangle(a, a + 1, b + 1)
    triangle(a, b + 1, b)
  }

  /// Unit normals at each point, lengthened at corners so that the offset edges stay parallel (at most twice).
  private static func normals(_ points: [PixelPoint], closed: Bool) -> [SIMD2<Float>] {
    let count = points.count
    func edge(_ i: Int) -> SIMD2<Float> {
      let d = points[(i + 1) % count].vector - points[i].vector
      let length = (d * d).sum().squareRoot()
      return length > 0 ? SIMD2(d.y, -d.x) / length : .zero
    }
    return (0..<count).map { i in
      let after = closed || i < count - 1 ? edge(i) : edge(i - 1)
      let before = closed || i > 0 ? edge((i + count - 1) % count) : after
      let middle = (before + after) / 2
      let square = (middle * middle).sum()
      return square > 1e-6 ? middle / max(square, 0.25) : after
    }
  }

  private static func signedArea(_ points: [PixelPoint]) -> Float {
    points.indices.reduce(0) { sum, i in
      let (p, q) = (points[i], points[(i + 1) % points.count])
      return sum + p.x * q.y - q.x * p.y
    }
  }

  /// Coordinates beyond 16 bits are outside any canvas and would overflow the rasterizer's numbers.
  private static func isDrawable(_ points: [PixelPoint]) -> Bool {
    points.allSatisfy { abs($0.x) < 32_768 && abs($0.y) < 32_768 }
  }

  /// A circle about 0 with a corner every two pixels or so.
  private static func circle(_ radius: Float) -> [PixelPoint] {
    arc(.zero, radius, from: 0, quarters: 4, steps: max(8, Int(radius.clampedRadius * 3)))
  }

  private static func roundRect(_ rect: PixelRect, _ radius: Float) -> [PixelPoint] {
    let radius = min(radius, min(rect.width, rect.height) / 2)
    guard radius > 0.5 else {
      return [
        PixelPoint(rect.x, rect.y), PixelPoint(rect.maxX, rect.y), PixelPoint(rect.maxX, rect.maxY),
        PixelPoint(rect.x, rect.maxY),
      ]
    }
    let steps = max(3, Int(radius.clampedRadius * 0.7))
    let corners: [(SIMD2<Float>, Float)] = [
      (SIMD2(rect.x + radius, rect.y + radius), 2), (SIMD2(rect.maxX - radius, rect.y + radius), 3),
      (SIMD2(rect.maxX - radius, rect.maxY - radius), 0), (SIMD2(rect.x + radius, rect.maxY - radius), 1),
    ]
    return corners.flatMap { arc($0.0, radius, from: $0.1, quarters: 1, steps: steps) }
  }
}
