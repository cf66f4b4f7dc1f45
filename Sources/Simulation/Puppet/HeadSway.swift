import Foundation
import Quantities

/// Moves the head a little in front of a still background: shift, roll, and a hint of a turn.
///
/// Within the head the motion is rigid; between head and background it fades smoothly, so that hair and collar bend
/// instead of tearing.
struct HeadSway {
  private let center: SIMD2<Float>
  /// Half sizes of the head, hair included.
  private let radii: SIMD2<Float>
  private let pivot: SIMD2<Float>
  private let faceWidth: Float
  private let nose: SIMD2<Float>
  /// The motion fades from this multiple of the radii to the next.
  private static let fade: (from: Float, to: Float) = (0.85, 1.75)

  init(_ mesh: [PixelPoint]) {
    let box = PixelRect(around: mesh) ?? PixelRect(x: 0, y: 0, width: 1, height: 1)
    faceWidth = box.width
    center = box.center.vector - SIMD2(0, 0.12 * box.height)
    radii = SIMD2(0.72 * box.width, 0.75 * box.height)
    pivot = SIMD2(box.center.x, box.maxY + 0.1 * box.height)
    nose = mesh[4].vector
  }

  /// All that can move.
  var bounds: PixelRect {
    let reach = radii * Self.fade.to
    return PixelRect(x: center.x - reach.x, y: center.y - reach.y, width: 2 * reach.x, height: 2 * reach.y)
  }

  /// Where the still head is looked up for a `point` of the moved one.
  func source(_ point: SIMD2<Float>, _ pose: PuppetPose) -> SIMD2<Float> {
    let d = (point - center) / radii
    let distance = (d * d).sum().squareRoot()
    let x = min(max((Self.fade.to - distance) / (Self.fade.to - Self.fade.from), 0), 1)
    guard x > 0 else { return point }
    let weight = x * x * (3 - 2 * x)
    let arm = point - pivot
    // Small angles: sin r = r, cos r = 1 - r r / 2.
    let r = pose.roll
    let turned = SIMD2(
      arm.y * r - arm.x * r * r / 2, -arm.x * r - arm.y * r * r / 2)
    let toNose = (point - nose) / (0.5 * faceWidth)
    let bump = max(1 - (toNose * toNose).sum() / 1.6, 0)
    let shift = SIMD2(pose.shiftX + pose.turn * bump * bump, pose.shiftY) * faceWidth
    return point + weight * (turned - shift)
  }
}
