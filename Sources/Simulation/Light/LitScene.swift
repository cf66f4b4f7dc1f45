import Foundation
import IdentityCheck
package import Imaging
package import Observations
import Quantities

/// One picture of a real clip, ready to be lit anew: the skin's colours and the directions it faces.
///
/// Only the pixels that the light is measured on are kept, so that ten thousand sessions are cheap.
package struct LitScene: Sendable {
  struct Pixel: Sendable {
    let offset: Int
    /// Linear colour of the clip, 1 about the face's mean.
    let albedo: SIMD3<Float>
    /// In distances between the eyes from the bridge of the nose; z away from the camera.
    let place: SIMD3<Float>
    let normal: SIMD3<Float>
    let part: Part
  }

  enum Part: Sendable { case face, neck, background }

  let size: PixelSize
  let face: Face
  let pixels: [Pixel]

  /// A picture with its face in it; nil when the face has no mesh or no skin can be seen.
  package init?(_ picture: RGBImage, _ face: Face) {
    guard face.mesh.count >= 468 else { return nil }
    (size, self.face) = (picture.size, face)
    let normals = Self.normals(face.mesh)
    let eyes = max(face.landmarks.interocularDistance, 1)
    let nose = face.landmarks.points[28]
    let depth = face.mesh[168].z
    var pixels: [Pixel] = []
    var sum = Float(0)
    var count = Float(0)
    for (region, disc) in LightSampler.discs(face, mirrored: false) {
      let part: Part =
        LightRegion.background.contains(region) ? .background : region == .neck ? .neck : .face
      let radius = disc.radius * eyes * 1.2 + 3
      let rows =
        max(0, Int(disc.center.y - radius))...max(0, min(size.height - 1, Int(disc.center.y + radius)))
      let columns =
        max(0, Int(disc.center.x - radius))...max(0, min(size.width - 1, Int(disc.center.x + radius)))
      for y in rows {
        for x in columns {
          let point = PixelPoint(Float(x) + 0.5, Float(y) + 0.5)
          guard point.distance(to: disc.center) <= radius else { continue }
          let offset = (y * size.width + x) * 3
          let albedo = SIMD3(
            Self.linear[Int(picture.bytes[offset])], Self.linear[Int(picture.bytes[offset + 1])],
            Self.linear[Int(picture.bytes[offset + 2])])
          var (normal, z) = (SIMD3<Float>(0, 0, -1), Float(0))
          if part == .face { (normal, z) = Self.surface(point, face.mesh, normals) }
          let place = SIMD3(point.x - nose.x, point.y - nose.y, part == .face ? z - depth : 0) / eyes
          if part == .face {
            sum += (albedo.x + albedo.y + albedo.z) / 3
            count += 1
          }
          pixels.append(Pixel(offset: offset, albedo: albedo, place: place, normal: normal, part: part))
        }
      }
    }
    guard count > 20, sum > 0 else { return nil }
    let mean = sum / count
    self.pixels = pixels.map {
      Pixel(
        offset: $0.offset, albedo: $0.albedo / mean, place: $0.place, normal: $0.normal, part: $0.part)
    }
  }

  /// Direction of the skin at each mesh point: the plane through its nearest neighbours.
  private static func normals(_ mesh: [MeshPoint]) -> [SIMD3<Float>] {
    let points = mesh.prefix(468).map { SIMD3($0.x, $0.y, $0.z) }
    return points.map { center in
      let near = points.sorted { distance($0, center) < distance($1, center) }.prefix(9)
      let middle = near.reduce(.zero, +) / Float(near.count)
      var (xx, xy, yy, xz, yz) = (Float(1e-3), Float(0), Float(1e-3), Float(0), Float(0))
      for point in near {
        let d = point - middle
        (xx, xy, yy) = (xx + d.x * d.x, xy + d.x * d.y, yy + d.y * d.y)
        (xz, yz) = (xz + d.x * d.z, yz + d.y * d.z)
      }
      let determinant = xx * yy - xy * xy
      let (a, b) = ((xz * yy - yz * xy) / determinant, (yz * xx - xz * xy) / determinant)
      let normal = SIMD3(a, b, -1)
      return normal / (normal * normal).sum().squareRoot()
    }
  }

  private static func distance(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Float {
    let (x, y) = (a.x - b.x, a.y - b.y)
    return x * x + y * y
  }

  /// Direction and depth of the skin under a pixel: of the nearest mesh points, the nearer the more.
  private static func surface(
    _ point: PixelPoint, _ mesh: [MeshPoint], _ normals: [SIMD3<Float>]
  ) -> (SIMD3<Float>, Float) {
    var (normal, depth, weight) = (SIMD3<Float>.zero, Float(0), Float(0))
    var nearest: [(Float, Int)] = []
    for index in 0..<468 {
      let (x, y) = (mesh[index].x - point.x, mesh[index].y - point.y)
      let square = x * x + y * y
      if nearest.count < 5 || square < (nearest.last?.0 ?? 0) {
        nearest.append((square, index))
        nearest.sort { $0.0 < $1.0 }
        if nearest.count > 5 { nearest.removeLast() }
      }
    }
    for (square, index) in nearest {
      let share = 1 / (square + 1)
      normal += normals[index] * share
      depth += mesh[index].z * share
      weight += share
    }
    return (normal / max((normal * normal).sum().squareRoot(), 1e-6), depth / weight)
  }

  static let linear: [Float] = (0..<256).map { code in
    let c = Float(code) / 255
    return c <= 0.04045 ? c / 12.92 : powf((c + 0.055) / 1.055, 2.4)
  }
}
