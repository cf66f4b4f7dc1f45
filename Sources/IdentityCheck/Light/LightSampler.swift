import Foundation
public import Imaging
public import Observations
package import Quantities

/// Reads the light on a face and beside it from a frame.
///
/// Looks at a patch of 80 x 80 points around the head, so that the cost does not depend on the frame's size; see
/// docs/measurements/light.md.
public enum LightSampler {
  private static let side = 80
  /// Width of the patch in distances between the eyes: the head and as much beside it.
  private static let reach: Float = 5.2

  /// What can be seen of the light in `frame`; `mirrored` when the camera shows a mirror image.
  public static func sample(_ face: Face, in frame: Frame, mirrored: Bool) -> LightSample? {
    let eyes = face.landmarks.interocularDistance
    guard eyes > 8, eyes.isFinite else { return nil }
    let corners = [28, 36, 45].map { face.landmarks.points[$0] }
    guard corners.allSatisfy({ abs($0.x) < 1e6 && abs($0.y) < 1e6 }) else { return nil }
    let places = places(face, mirrored: mirrored)
    let square = RotatedSquare(
      center: PixelPoint(face.landmarks.points[28].vector + places.down * eyes * 0.35), side: eyes * reach,
      rotation: atan2(places.across.y, places.across.x))
    let map = square.pictureToFrame(pixels: side)
    guard let back = map.inverse else { return nil }
    let patch = frame.warpedImage(size: PixelSize(width: side, height: side), map: map)
    let unit = Float(side) / (eyes * reach)
    let colors = LightRegion.allCases.map { region -> SIMD3<Double>? in
      guard let (center, radius) = places.discs[region], center.x > 0, center.y > 0,
        center.x < Float(frame.size.width), center.y < Float(frame.size.height)
      else { return nil }
      return mean(of: patch, around: back(center), radius * eyes * unit)
    }
    return LightSample(at: frame.captured, colors: colors, weights: places.weights)
  }

  /// Discs that are looked at, in frame pixels, their radius in distances between the eyes.
  package static func discs(_ face: Face, mirrored: Bool) -> [LightRegion: (
    center: PixelPoint, radius: Float
  )] {
    places(face, mirrored: mirrored).discs
  }

  private struct Places {
    let across, down: SIMD2<Float>
    var discs: [LightRegion: (center: PixelPoint, radius: Float)] = [:]
    var weights = [SIMD3<Double>?](repeating: nil, count: LightRegion.allCases.count)
  }

  private static let radii: [LightRegion: Float] = [
    .forehead: 0.22, .rightCheek: 0.19, .leftCheek: 0.19, .rightNose: 0.085, .leftNose: 0.085, .chin: 0.12,
  ]

  private static func places(_ face: Face, mirrored: Bool) -> Places {
    let points = face.landmarks.points
    let eyes = face.landmarks.interocularDistance
    let across = (points[45].vector - points[36].vector) / max(points[36].distance(to: points[45]), 1)
    let down = SIMD2(-across.y, across.x)
    var places = Places(across: across, down: down)
    let nose = points[28].vector
    let depth = face.mesh.count > 168 ? face.mesh[168].z : 0
    for region in LightRegion.face {
      guard let (middle, normal) = FaceRelief.patch(region, face.mesh) else { continue }
      places.discs[region] = (PixelPoint(middle.x, middle.y), radii[region] ?? 0.1)
      let place = (middle - SIMD3(nose.x, nose.y, depth)) / eyes
      places.weights[region.index] = FaceRelief.weights(place, normal, mirrored: mirrored)
    }
    places.discs[.neck] = (PixelPoint(points[8].vector + down * eyes * 0.42), 0.14)
    // The subject's right is on the left of a frame, whether it is mirrored or not: landmarks follow what is seen.
    places.discs[.rightBackground] = (PixelPoint(nose - across * eyes * 2.15), 0.3)
    places.discs[.leftBackground] = (PixelPoint(nose + across * eyes * 2.15), 0.3)
    return places
  }

  /// Mean linear colour of a disc; nil when most of it is black or burnt out.
  private static func mean(of patch: RGBImage, around center: PixelPoint, _ radius: Float) -> SIMD3<Double>? {
    var (sum, count, seen) = (SIMD3<Float>.zero, 0, 0)
    let reach = max(1, Int(radius.rounded(.up)))
    let (cx, cy) = (Int(center.x), Int(center.y))
    let square = max(radius * radius, 1.5)
    patch.bytes.withUnsafeBufferPointer { bytes in
      for y in (cy - reach)...(cy + reach) where y >= 0 && y < side {
        for x in (cx - reach)...(cx + reach) where x >= 0 && x < side {
          let (dx, dy) = (Float(x - cx), Float(y - cy))
          guard dx * dx + dy * dy <= square else { continue }
          let at = (y * side + x) * 3
          let codes = (bytes[at], bytes[at + 1], bytes[at + 2])
          seen += 1
          guard max(codes.0, codes.1, codes.2) < 250, max(codes.0, codes.1, codes.2) > 8 else { continue }
          sum += SIMD3(linear[Int(codes.0)], linear[Int(codes.1)], linear[Int(codes.2)])
          count += 1
        }
      }
    }
    guard count * 2 > seen, count >= 4 else { return nil }
    return SIMD3(Double(sum.x), Double(sum.y), Double(sum.z)) / Double(count)
  }

  /// Linear light of each sRGB code (IEC 61966-2-1).
  private static let linear: [Float] = (0..<256).map { code in
    let c = Float(code) / 255
    return c <= 0.04045 ? c / 12.92 : powf((c + 0.055) / 1.055, 2.4)
  }
}
