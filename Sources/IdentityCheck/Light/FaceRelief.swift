import Observations
package import Quantities

/// Places on the mesh where light is measured, which way they face, and how much of each part of the screen they see.
package enum FaceRelief {
  /// Mesh points around each place of the face (MediaPipe's numbering: canonical_face_model_uv_visualization.png).
  static let points: [LightRegion: [Int]] = [
    .forehead: [151, 10, 9, 108, 337, 69, 299], .rightCheek: [50, 205, 117, 187, 36],
    .leftCheek: [280, 425, 346, 411, 266], .rightNose: [198, 131, 134, 51, 45],
    .leftNose: [420, 360, 363, 281, 275], .chin: [199, 200, 175, 201, 421],
  ]

  /// Middle of the place and the direction it faces: x to the frame's right, y down, z away from the camera, length 1.
  package static func patch(_ region: LightRegion, _ mesh: [MeshPoint]) -> (
    middle: SIMD3<Float>, normal: SIMD3<Float>
  )? {
    guard let indices = points[region], mesh.count >= 468 else { return nil }
    let places = indices.map { SIMD3(mesh[$0].x, mesh[$0].y, mesh[$0].z) }
    let middle = places.reduce(.zero, +) / Float(places.count)
    // The plane through the points by least squares: z as a function of x and y.
    var (xx, xy, yy, xz, yz) = (Float(0), Float(0), Float(0), Float(0), Float(0))
    for place in places {
      let d = place - middle
      (xx, xy, yy) = (xx + d.x * d.x, xy + d.x * d.y, yy + d.y * d.y)
      (xz, yz) = (xz + d.x * d.z, yz + d.y * d.z)
    }
    let determinant = xx * yy - xy * xy
    guard determinant > 1e-4 * (xx + yy) * (xx + yy) else { return nil }
    let (a, b) = ((xz * yy - yz * xy) / determinant, (yz * xx - xz * xy) / determinant)
    let normal = SIMD3(a, b, -1)
    return (middle, normal / (normal * normal).sum().squareRoot())
  }

  /// Shares of the screen's parts (top, left, right) in the light that falls on a place, for a screen in front of the
  /// face; nil when the place faces away from it.
  ///
  /// Lambert's law, each part as four patches. `place` is in distances between the eyes from the middle of the face,
  /// `mirrored` when the frame shows a mirror image.
  static func weights(
    _ place: SIMD3<Float>, _ normal: SIMD3<Float>, mirrored: Bool, screen: ScreenPlace = .usual
  ) -> SIMD3<Double>? {
    var light = SIMD3<Double>.zero
    for zone in 0..<3 { light[zone] = screen.light(zone, place, normal, mirrored: mirrored) }
    let sum = light.sum()
    guard sum > 1e-6 else { return nil }
    return light / sum
  }
}

/// Where the screen stands before the face; lengths in distances between the eyes (63 mm).
package struct ScreenPlace: Sendable {
  /// Width and height of the screen.
  package let width, height: Float
  /// Its distance from the face.
  package let distance: Float
  /// Four patches of each part (top, left, right) in the directions of a frame that is not mirrored.
  private let patches: [SIMD3<Float>]

  /// A screen of a size at a distance.
  package init(width: Float, height: Float, distance: Float) {
    (self.width, self.height, self.distance) = (width, height, distance)
    let (top, rest) = (-height / 2, height / 3 - height / 2)
    patches = (0..<12).map { index in
      let along = (Float(index % 2) + 0.5) / 2
      let down = (Float(index / 2 % 2) + 0.5) / 2
      return switch index / 4 {
      case 0: SIMD3((along - 0.5) * width, top + down * height / 3, -distance)
      // The person's left is on the right of such a frame.
      case 1: SIMD3(along * width / 2, rest + down * height * 2 / 3, -distance)
      default: SIMD3(-along * width / 2, rest + down * height * 2 / 3, -distance)
      }
    }
  }

  /// A screen of 24 inches at 55 cm: what the answer's shape is compared with. Others give nearly the same shape.
  static let usual = ScreenPlace(width: 8.4, height: 4.7, distance: 8.7)

  /// Light of a part (0 top, 1 left, 2 right) at full white on a place that faces `normal`: its solid angle weighted by
  /// both cosines, in steradians. The parts have one area.
  package func light(
    _ zone: Int, _ place: SIMD3<Float>, _ normal: SIMD3<Float>, mirrored: Bool
  ) -> Double {
    let area = width * height / 3 / 4
    var sum: Float = 0
    for index in zone * 4..<zone * 4 + 4 {
      var way = patches[index]
      if mirrored { way.x = -way.x }
      way -= place
      let square = (way * way).sum()
      // Both cosines over the square of the distance.
      sum += max(0, (way * normal).sum()) * max(0, -way.z) / (square * square)
    }
    return Double(sum * area)
  }
}
