package import Quantities

/// Triangles over a set of points: Delaunay's, by adding one point after the other (Bowyer 1981, Watson 1981).
package struct Triangulation: Sendable {
  /// Three indices of points each.
  package let triangles: [SIMD3<Int>]

  /// The triangulation of `points`; none for fewer than three. Cost: the square of their number, for some hundred.
  package init(_ points: [PixelPoint]) {
    guard points.count >= 3, let box = PixelRect(around: points) else {
      triangles = []
      return
    }
    let count = points.count
    let reach = max(box.width, box.height, 1) * 20
    // A triangle around everything; its corners are taken away at the end.
    let all =
      points.map { SIMD2(Double($0.x), Double($0.y)) }
      + [
        SIMD2(Double(box.center.x - reach), Double(box.center.y - reach)),
        SIMD2(Double(box.center.x + reach), Double(box.center.y - reach)),
        SIMD2(Double(box.center.x), Double(box.center.y + reach)),
      ]
    var found = [SIMD3(count, count + 1, count + 2)]
    for index in 0..<count {
      let bad = found.filter { Self.circle(of: $0, all, holds: all[index]) }
      let edges = bad.flatMap { [[$0.x, $0.y], [$0.y, $0.z], [$0.z, $0.x]] }
      // Edges of only one of the bad triangles bound the hole.
      let rim = edges.filter { edge in
        edges.filter { Set($0) == Set(edge) }.count == 1
      }
      found.removeAll { bad.contains($0) }
      found += rim.map { SIMD3($0[0], $0[1], index) }
    }
    triangles = found.filter { $0.x < count && $0.y < count && $0.z < count }
  }

  private static func circle(of t: SIMD3<Int>, _ p: [SIMD2<Double>], holds point: SIMD2<Double>) -> Bool {
    let (a, b, c) = (p[t.x] - point, p[t.y] - point, p[t.z] - point)
    let (la, lb, lc) = ((a * a).sum(), (b * b).sum(), (c * c).sum())
    let inside =
      a.x * (b.y * lc - c.y * lb) - a.y * (b.x * lc - c.x * lb) + la * (b.x * c.y - c.x * b.y)
    let turn = (p[t.y].x - p[t.x].x) * (p[t.z].y - p[t.x].y) - (p[t.y].y - p[t.x].y) * (p[t.z].x - p[t.x].x)
    return turn > 0 ? inside > 0 : inside < 0
  }
}
