import Challenge
import Foundation
import Geometry
import Overlay

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
    let side: Float = gesture == .turnLeft ? -1 : gesture == .turnRight ? 1 : 0
    let scale = gesture == .closer ? 0.8 + 0.35 * amount : 1
    let turn = side * amount * 0.24
    let nod = gesture == .nod ? amount * 0.28 : 0
    let eye = gesture == .blink ? max(0.015, 0.11 * (1 - amount)) : 0.11
    let mouth = gesture == .mouthOpen ? 0.035 + 0.16 * amount : 0.035
    let unit = radius * scale
    func place(_ x: Float, _ y: Float) -> PixelPoint {
      PixelPoint(center.x + x * unit, center.y + y * unit)
    }
    func oval(_ x: Float, _ y: Float, _ width: Float, _ height: Float, _ color: DrawColor) -> DrawItem {
      .polygon(points: Self.ellipse(place(x, y), width * unit, height * unit), color: color)
    }
    // Turning narrows the head and moves what lies in front of its axis; the nose lies farthest in front.
    let width = 0.74 - abs(turn) * 0.25
    var items = [oval(0, 0, width, 1 - nod * 0.12, face)]
    for x in [-0.3, 0.3] as [Float] { items.append(oval(x + turn, -0.16 + nod, 0.13, eye, features)) }
    items.append(oval(turn * 1.5, 0.14 + nod * 1.4, 0.06, 0.13, features))
    items.append(oval(turn, 0.48 + nod, 0.22, mouth, features))
    if let arrow = arrow(gesture, amount, side) { items.append(arrow) }
    return items
  }

  /// Where to: beside the head for a turn, below it for a nod.
  private func arrow(_ gesture: Gesture?, _ amount: Float, _ side: Float) -> DrawItem? {
    let (tip, reach) = (radius * (1.25 + 0.12 * amount), radius * 0.2)
    if side != 0 {
      let x = center.x + side * tip
      return .polygon(
        points: [
          PixelPoint(x, center.y), PixelPoint(x - side * reach, center.y - reach),
          PixelPoint(x - side * reach, center.y + reach),
        ], color: face)
    }
    guard gesture == .nod else { return nil }
    let y = center.y + tip * 0.98
    return .polygon(
      points: [
        PixelPoint(center.x, y), PixelPoint(center.x - reach, y - reach * 0.8),
        PixelPoint(center.x + reach, y - reach * 0.8),
      ], color: face)
  }

  static func ellipse(_ center: PixelPoint, _ halfWidth: Float, _ halfHeight: Float) -> [PixelPoint] {
    (0..<40).map { step in
      let angle = Float(step) / 40 * 2 * .pi
      return PixelPoint(center.x + cos(angle) * halfWidth, center.y + sin(angle) * halfHeight)
    }
  }
}
