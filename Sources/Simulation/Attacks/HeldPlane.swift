import Foundation
package import Quantities

/// A flat thing held in front of a camera: which place of it each pixel of the camera sees.
package struct HeldPlane: Sendable {
  /// Unit vectors along its width and height, and its middle, in pixels of the camera at the distance of sharpness.
  private let across, down, normal, middle: SIMD3<Float>
  private let center: SIMD2<Float>
  private let focal: Float
  private let half: SIMD2<Float>

  /// A plane `width` x `height` camera pixels large at rest, held with `posture`'s angles, size and shift (a shift of
  /// 1 is a tenth of the width), before a camera with pictures of `size`.
  package init(_ size: PixelSize, width: Float, height: Float, _ posture: FacePosture) {
    focal = Float(size.width) * 1.2
    center = SIMD2(Float(size.width), Float(size.height)) / 2
    half = SIMD2(width, height) / 2
    func turn(_ degrees: Double) -> (Float, Float) {
      (Float(cos(degrees * .pi / 180)), Float(sin(degrees * .pi / 180)))
    }
    let (yaw, pitch, roll) = (turn(posture.yaw), turn(posture.pitch), turn(posture.roll))
    func turned(_ v: SIMD3<Float>) -> SIMD3<Float> {
      let a = SIMD3(roll.0 * v.x - roll.1 * v.y, roll.1 * v.x + roll.0 * v.y, v.z)
      let b = SIMD3(yaw.0 * a.x - yaw.1 * a.z, a.y, yaw.1 * a.x + yaw.0 * a.z)
      return SIMD3(b.x, pitch.0 * b.y + pitch.1 * b.z, -pitch.1 * b.y + pitch.0 * b.z)
    }
    (across, down, normal) = (turned(SIMD3(1, 0, 0)), turned(SIMD3(0, 1, 0)), turned(SIMD3(0, 0, 1)))
    let shift = SIMD2(Float(posture.shift.x), Float(posture.shift.y)) * width * 0.1
    middle = SIMD3(shift.x, shift.y, focal / Float(max(posture.scale, 0.1)))
  }

  /// The place that a pixel sees: -1...1 across and down inside the plane; nil beside a plane seen from its edge.
  package func place(_ pixel: SIMD2<Float>) -> SIMD2<Float>? {
    let ray = SIMD3((pixel.x - center.x) / focal, (pixel.y - center.y) / focal, 1)
    let facing = (ray * normal).sum()
    guard abs(facing) > 1e-3 else { return nil }
    let hit = ray * ((middle * normal).sum() / facing) - middle
    return SIMD2((hit * across).sum(), (hit * down).sum()) / half
  }
}
