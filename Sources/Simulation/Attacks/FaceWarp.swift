package import Imaging
package import Observations
package import Quantities

/// Pictures moved triangle by triangle over the 68 landmarks.
package enum FaceWarp {
  /// `target` with every triangle over `to` filled from `source` at the same triangle over `from`. Both have the same
  /// number of points. Returns which pixels were filled.
  package static func fill(
    _ target: inout RGBImage, from source: RGBImage, _ from: [PixelPoint], to: [PixelPoint],
    _ mesh: Triangulation
  ) -> [Bool] {
    var filled = [Bool](repeating: false, count: target.size.area)
    guard from.count == to.count else { return filled }
    for triangle in mesh.triangles {
      let corners = [to[triangle.x], to[triangle.y], to[triangle.z]].map(\.vector)
      let places = [from[triangle.x], from[triangle.y], from[triangle.z]].map(\.vector)
      let (a, b) = (corners[1] - corners[0], corners[2] - corners[0])
      let area = a.x * b.y - a.y * b.x
      guard abs(area) > 1e-3 else { continue }
      let low = pointwiseMin(pointwiseMin(corners[0], corners[1]), corners[2])
      let high = pointwiseMax(pointwiseMax(corners[0], corners[1]), corners[2])
      let columns = max(Int(low.x), 0)..<max(min(Int(high.x) + 1, target.size.width), max(Int(low.x), 0))
      let rows = max(Int(low.y), 0)..<max(min(Int(high.y) + 1, target.size.height), max(Int(low.y), 0))
      for y in rows {
        for x in columns {
          let d = SIMD2(Float(x) + 0.5, Float(y) + 0.5) - corners[0]
          let (s, t) = ((d.x * b.y - d.y * b.x) / area, (a.x * d.y - a.y * d.x) / area)
          guard s >= -1e-4, t >= -1e-4, s + t <= 1.0001 else { continue }
          let place = places[0] + (places[1] - places[0]) * s + (places[2] - places[0]) * t
          target.set(x, y, source.color(at: place))
          filled[y * target.size.width + x] = true
        }
      }
    }
    return filled
  }

  /// The corners and the middles of the sides of a picture: they hold it while the face in it moves.
  package static func frame(_ size: PixelSize) -> [PixelPoint] {
    let (w, h) = (Float(size.width), Float(size.height))
    return [(0, 0), (w / 2, 0), (w, 0), (w, h / 2), (w, h), (w / 2, h), (0, h), (0, h / 2)].map {
      PixelPoint($0.0, $0.1)
    }
  }
}

/// A portrait moved by another person's landmarks: an animated still.
package struct AnimatedPortrait: Sendable {
  private let portrait: RGBImage
  private let points: [PixelPoint]
  private let mesh: Triangulation
  private var first: Landmarks68?

  /// A portrait with its landmarks.
  package init(_ portrait: RGBImage, _ landmarks: Landmarks68) {
    self.portrait = portrait
    points = landmarks.points + FaceWarp.frame(portrait.size)
    mesh = Triangulation(points)
  }

  /// The portrait as the driver moves; the first call is the driver's rest.
  package mutating func picture(drivenBy landmarks: Landmarks68) -> RGBImage {
    let rest = first ?? landmarks
    first = rest
    let own = points.prefix(68)
    let scale = Self.span(Array(own)) / max(Self.span(rest.points), 1)
    var moved = zip(own, zip(landmarks.points, rest.points)).map { point, pair in
      PixelPoint(point.vector + (pair.0.vector - pair.1.vector) * scale)
    }
    moved += points.suffix(8)
    var picture = portrait
    _ = FaceWarp.fill(&picture, from: portrait, points, to: moved, mesh)
    return picture
  }

  private static func span(_ points: [PixelPoint]) -> Float { points[36].distance(to: points[45]) }
}
