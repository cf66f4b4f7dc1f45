import Foundation
import Overlay
import Quantities

/// A drawn head that shows a gesture again and again, as a mirror would: the person's left is on the left.
struct GestureFigure {
  /// Middle of the head at rest, and half its height, in canvas pixels.
  let center: PixelPoint
  let radius: Float
  let face: DrawColor
  let features: DrawColor

  /// Seconds of one movement and the rest after it.
  static let period = 1.7

  /// How far the movement has gone at `time`, in 0...1: up, a short stay, back, rest.
  static func amount(at time: Double) -> Float {
    let phase = time.truncatingRemainder(dividingBy: period) / period / 0.8
    guard phase >= 0, phase < 1 else { return 0 }
    let ramp = min(1, min(phase, 1 - phase) / 0.35)
    return Float(0.5 - 0.5 * cos(.pi * ramp))
  }

  /// What to draw at `time`; no gesture: a head at rest.
  func items(_ gesture: Gesture?, at time: Double) -> [DrawItem] {
    let amount = Self.amount(at: time)
    let parts = gesture.map { [$0] + $0.parts } ?? []
    func has(_ part: Gesture) -> Bool { parts.contains(part) }
    let side: Float = has(.turnLeft) ? -1 : has(.turnRight) ? 1 : 0
    let lean: Float = has(.tiltLeft) ? -1 : has(.tiltRight) ? 1 : 0
    let scale = has(.closer) ? 0.8 + 0.35 * amount : 1
    let turn = side * amount * 0.24
    let nod = has(.nod) ? amount * 0.28 : has(.lookUp) ? amount * -0.24 : 0
    let eye = has(.blink) ? max(0.015, 0.11 * (1 - amount)) : 0.11
    let mouth = has(.mouthOpen) ? 0.035 + 0.16 * amount : 0.035
    let unit = radius * scale
    // The neck is the pivot of a leaning head.
    let angle = lean * amount * 0.32
    let (c, s) = (cos(angle), sin(angle))
    func turned(_ point: PixelPoint) -> PixelPoint {
      let (x, y) = (point.x - center.x, point.y - center.y - unit)
      return PixelPoint(center.x + c * x - s * y, center.y + unit + s * x + c * y)
    }
    func oval(_ x: Float, _ y: Float, _ width: Float, _ height: Float, _ color: DrawColor) -> DrawItem {
      let middle = PixelPoint(center.x + x * unit, center.y + y * unit)
      return .polygon(
        points: Self.ellipse(middle, width * unit, height * unit).map(turned), color: color)
    }
    // Turning narrows the head and moves what lies in front of its axis; the nose lies farthest in front.
    let width = 0.74 - abs(turn) * 0.25
    var items = [oval(0, 0, width, 1 - nod * 0.12, face)]
    for x in [-0.3, 0.3] as [Float] { items.append(oval(x + turn, -0.16 + nod, 0.13, eye, features)) }
    items.append(oval(turn * 1.5, 0.14 + nod * 1.4, 0.06, 0.13, features))
    items.append(oval(turn, 0.48 + nod, 0.22, mouth, features))
    let down: Float = has(.nod) ? 1 : has(.lookUp) ? -1 : 0
    if let arrow = arrow(amount, side: side + lean, down: down) { items.append(arrow) }
    return items
  }

  /// Where to: beside the head for a turn or a lean, below it for a nod, above it for a look up.
  private func arrow(_ amount: Float, side: Float, down: Float) -> DrawItem? {
    let (tip, reach) = (radius * (1.25 + 0.12 * amount), radius * 0.2)
    if side != 0 {
      let x = center.x + side * tip
      return .polygon(
        points: [
          PixelPoint(x, center.y), PixelPoint(x - side * reach, center.y - reach),
          PixelPoint(x - side * reach, center.y + reach),
        ], color: face)
    }
    guard down != 0 else { return nil }
    let y = center.y + down * tip * 0.98
    return .polygon(
      points: [
        PixelPoint(center.x, y), PixelPoint(center.x - reach, y - down * reach * 0.8),
        PixelPoint(center.x + reach, y - down * reach * 0.8),
      ], color: face)
  }

  static func ellipse(_ center: PixelPoint, _ halfWidth: Float, _ halfHeight: Float) -> [PixelPoint] {
    (0..<40).map { step in
      let angle = Float(step) / 40 * 2 * .pi
      return PixelPoint(center.x + cos(angle) * halfWidth, center.y + sin(angle) * halfHeight)
    }
  }
}
