import Foundation
package import Imaging
package import Observations
import Quantities

/// Mean colours of a face's bare skin: forehead, right cheek, left cheek (the order of `SkinRegion`).
///
/// Reads a patch of 96 x 96 points around the face, so that the cost does not depend on the frame's size (some tenths
/// of a millisecond; docs/measurements/liveness.md).
package enum SkinSampler {
  private static let side = 96

  /// Red, green and blue in 0...255; nil when a region lies outside the frame or is black or burnt out.
  package static func colors(of face: Face, in frame: Frame) -> [SIMD3<Double>]? {
    let points = face.landmarks.points
    let eyes = face.landmarks.interocularDistance
    guard eyes > 8 else { return nil }
    let across = (points[45].vector - points[36].vector) / max(points[36].distance(to: points[45]), 1)
    let down = SIMD2(-across.y, across.x)
    let nose = points[27].vector
    let square = RotatedSquare(
      center: PixelPoint(nose + down * eyes * 0.2), side: eyes * 3.2, rotation: atan2(across.y, across.x))
    let map = square.pictureToFrame(pixels: side)
    guard let back = map.inverse else { return nil }
    let brows = (points[19].vector + points[24].vector) / 2
    let regions: [(SIMD2<Float>, Float)] = [
      (brows - down * eyes * 0.35, 0.28),
      ((points[41].vector + points[31].vector + points[48].vector + points[3].vector) / 4, 0.2),
      ((points[46].vector + points[35].vector + points[54].vector + points[13].vector) / 4, 0.2),
    ]
    let size = PixelSize(width: side, height: side)
    let patch = frame.warpedImage(size: size, map: map)
    let unit = Float(side) / (eyes * 3.2)
    var colors: [SIMD3<Double>] = []
    for (center, radius) in regions {
      guard center.x > 0, center.y > 0, center.x < Float(frame.size.width),
        center.y < Float(frame.size.height),
        let color = mean(of: patch, around: back(PixelPoint(center)), radius * eyes * unit)
      else { return nil }
      colors.append(color)
    }
    return colors
  }

  private static func mean(of patch: RGBImage, around center: PixelPoint, _ radius: Float) -> SIMD3<Double>? {
    var (sum, count, seen) = (SIMD3<Int>.zero, 0, 0)
    let reach = Int(radius.rounded(.up))
    let (cx, cy) = (Int(center.x), Int(center.y))
    patch.bytes.withUnsafeBufferPointer { bytes in
      for y in max(cy - reach, 0)...max(min(cy + reach, side - 1), max(cy - reach, 0)) {
        for x in max(cx - reach, 0)...max(min(cx + reach, side - 1), max(cx - reach, 0)) {
          guard y < side, x < side, (x - cx) * (x - cx) + (y - cy) * (y - cy) <= reach * reach else {
            continue
          }
          let at = (y * side + x) * 3
          let color = SIMD3(Int(bytes[at]), Int(bytes[at + 1]), Int(bytes[at + 2]))
          seen += 1
          // Hair, shadow and glare say nothing of the blood.
          guard color.y > 20, color.max() < 250 else { continue }
          sum &+= color
          count += 1
        }
      }
    }
    guard count * 2 > seen, count >= 12 else { return nil }
    return SIMD3(Double(sum.x), Double(sum.y), Double(sum.z)) / Double(count)
  }
}
