import Foundation
import Quantities

extension TriangleMesh {
  /// Points on an arc that starts `from` quarter turns after the x axis, clockwise on the screen. A full circle
  /// does not repeat its first point.
  static func arc(_ center: SIMD2<Float>, _ radius: Float, from: Float, quarters: Float, steps: Int)
    -> [PixelPoint]
  {
    let last = quarters == 4 ? steps - 1 : steps
    return (0...last).map { step in
      let angle = (from + quarters * Float(step) / Float(steps)) * .pi / 2
      return PixelPoint(center + radius * SIMD2(cos(angle), sin(angle)))
    }
  }
}

extension Float {
  /// A radius from outside that is safe to turn into a count of corners.
  var clampedRadius: Float { isFinite ? Swift.min(Swift.max(self, 0), 64) : 0 }
}
