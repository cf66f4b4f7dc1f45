import Foundation
import Overlay
import Quantities

/// A drawn person who shows a gesture again and again, as a mirror would: the person's left is on the left.
struct GestureFigure {
  /// Middle of the head at rest, and half its height, in canvas pixels.
  let center: PixelPoint
  let radius: Float
  let palette: KioskPalette

  /// Seconds of one movement and the rest after it.
  static let period = 1.9

  /// The figure as large as it fits into `box`, with room for arrows.
  init(in box: PixelRect, _ palette: KioskPalette) {
    radius = min(box.height * 0.3, box.width * 0.24)
    center = PixelPoint(box.center.x, box.y + box.height * 0.44)
    self.palette = palette
  }

  /// How far the movement has gone at `time`, in 0...1: up, a short stay, back, rest.
  static func amount(at time: Double) -> Float {
    let phase = time.truncatingRemainder(dividingBy: period) / period / 0.8
    guard phase >= 0, phase < 1 else { return 0 }
    let ramp = min(1, min(phase, 1 - phase) / 0.35)
    return Float(0.5 - 0.5 * cos(.pi * ramp))
  }

  /// What to draw at `time`; no gesture: a person at rest who smiles.
  func items(_ gesture: Gesture?, at time: Double) -> [DrawItem] {
    let pose = Pose(gesture, Self.amount(at: time))
    return body(pose) + head(pose) + features(pose) + arrow(pose)
  }

  /// The gesture's amounts.
  private struct Pose {
    let amount: Float
    /// To the screen's right, as a share of the head's width.
    let turn: Float
    let lean: Float
    let nod: Float
    let scale: Float
    let openEyes: Float
    let openMouth: Float
    /// Where the arrow points.
    let side: Float
    let down: Float

    init(_ gesture: Gesture?, _ amount: Float) {
      let parts = gesture.map { [$0] + $0.parts } ?? []
      func has(_ part: Gesture) -> Float { parts.contains(part) ? 1 : 0 }
      let (turned, leant) = (has(.turnRight) - has(.turnLeft), has(.tiltRight) - has(.tiltLeft))
      self.amount = amount
      turn = turned * amount * 0.3
      lean = leant * amount * 0.34
      nod = (has(.nod) * 0.26 - has(.lookUp) * 0.24) * amount
      scale = has(.closer) > 0 ? 0.78 + 0.34 * amount : 1
      openEyes = 1 - has(.blink) * amount
      openMouth = has(.mouthOpen) * amount
      (side, down) = (turned + leant, has(.nod) - has(.lookUp))
    }
  }

  /// A point of the head in canvas pixels; the neck is the pivot of a leaning head.
  private func place(_ x: Float, _ y: Float, _ pose: Pose) -> PixelPoint {
    let pivot: Float = 0.95
    let (c, s) = (cos(pose.lean), sin(pose.lean))
    let (dx, dy) = (x, y - pivot)
    return PixelPoint(
      center.x + (c * dx - s * dy) * radius * pose.scale,
      center.y + (pivot + s * dx + c * dy) * radius * pose.scale)
  }

  private func oval(
    _ x: Float, _ y: Float, _ width: Float, _ height: Float, _ color: DrawColor, _ pose: Pose
  ) -> DrawItem {
    .polygon(
      points: Shape.ellipse(PixelPoint(x, y), width, height).map { place($0.x, $0.y, pose) }, color: color)
  }

  private func curve(
    _ x: Float, _ y: Float, _ width: Float, _ height: Float, from: Float, to: Float, thick: Float,
    _ color: DrawColor, _ pose: Pose
  ) -> DrawItem {
    let points = Shape.arc(PixelPoint(x, y), width, height, from: from, to: to, steps: 12)
    return .line(
      points: points.map { place($0.x, $0.y, pose) }, closed: false,
      width: max(1, thick * radius * pose.scale), color: color)
  }

  /// Shoulders and neck; they stay while the head moves.
  private func body(_ pose: Pose) -> [DrawItem] {
    func point(_ x: Float, _ y: Float) -> PixelPoint {
      PixelPoint(center.x + x * radius * pose.scale, center.y + y * radius * pose.scale)
    }
    let shoulders = Shape.arc(PixelPoint(0, 1.86), 1.12, 0.66, from: 0.5, to: 1).map { point($0.x, $0.y) }
    let neck = [point(-0.26, 0.6), point(0.26, 0.6), point(0.3, 1.28), point(-0.3, 1.28)]
    let collar = Shape.ellipse(PixelPoint(0, 1.25), 0.32, 0.13).map { point($0.x, $0.y) }
    return [
      .polygon(points: shoulders, color: palette.shirt), .polygon(points: neck, color: palette.shade),
      .polygon(points: collar, color: palette.shade),
    ]
  }

  private func head(_ pose: Pose) -> [DrawItem] {
    let narrow = 1 - abs(pose.turn) * 0.25
    let hairLine = -0.42 + pose.nod * 0.6
    // The cap of hair: what lies above a line of the ellipse around the head.
    let hair = Shape.ellipse(PixelPoint(-pose.turn * 0.25, -0.06), 0.8 * narrow, 0.98)
      .filter { $0.y < hairLine }
    var items = [
      oval(-0.74 * narrow - pose.turn * 0.6, 0.06 + pose.nod * 0.4, 0.12, 0.19, palette.shade, pose),
      oval(0.74 * narrow - pose.turn * 0.6, 0.06 + pose.nod * 0.4, 0.12, 0.19, palette.shade, pose),
      oval(0, 0, 0.74 * narrow, 0.94, palette.skin, pose),
    ]
    items.append(.polygon(points: hair.map { place($0.x, $0.y, pose) }, color: palette.hair))
    return items
  }

  private func features(_ pose: Pose) -> [DrawItem] {
    let (turn, nod) = (pose.turn, pose.nod)
    var items: [DrawItem] = []
    for x in [-0.29, 0.29] as [Float] {
      let eye = (x: x * (1 - abs(turn) * 0.3) + turn, y: -0.06 + nod)
      items.append(
        curve(eye.x, eye.y - 0.12, 0.15, 0.12, from: 0.6, to: 0.9, thick: 0.05, palette.hair, pose))
      if pose.openEyes > 0.3 {
        items.append(oval(eye.x, eye.y, 0.095, 0.125 * pose.openEyes, palette.eye, pose))
        items.append(
          oval(
            eye.x + 0.03, eye.y - 0.045 * pose.openEyes, 0.03, 0.035 * pose.openEyes, DrawColor(0xFFFFFF),
            pose))
      } else {
        items.append(curve(eye.x, eye.y, 0.13, 0.07, from: 0.05, to: 0.45, thick: 0.05, palette.eye, pose))
      }
    }
    items.append(
      curve(
        turn * 1.45, 0.16 + nod * 1.35, 0.08, 0.07, from: 0.02, to: 0.48, thick: 0.045, palette.shade, pose))
    if pose.openMouth > 0.08 {
      let open = 0.05 + 0.17 * pose.openMouth
      items.append(oval(turn * 1.1, 0.48 + nod, 0.2, open, palette.mouth, pose))
      items.append(oval(turn * 1.1, 0.48 + nod + open * 0.45, 0.12, open * 0.4, palette.tongue, pose))
    } else {
      items.append(
        curve(turn * 1.1, 0.38 + nod, 0.25, 0.17, from: 0.07, to: 0.43, thick: 0.06, palette.mouth, pose))
    }
    return items
  }

  /// Where to: beside the head for a turn or a lean, below it for a nod, above it for a look up.
  private func arrow(_ pose: Pose) -> [DrawItem] {
    guard pose.side != 0 || pose.down != 0 else { return [] }
    let reach = radius * 0.2
    let push = radius * 0.14 * pose.amount
    let tip: PixelPoint
    let along: SIMD2<Float>
    if pose.side != 0 {
      along = SIMD2(pose.side, 0)
      tip = PixelPoint(center.x + pose.side * (radius * 1.42 + push), center.y)
    } else {
      // Beside the head: above and below it there is hair and shirt.
      along = SIMD2(0, pose.down)
      tip = PixelPoint(center.x + radius * 1.3, center.y + pose.down * (radius * 0.25 + push))
    }
    let across = SIMD2(-along.y, along.x)
    func point(_ back: Float, _ side: Float) -> PixelPoint {
      PixelPoint(tip.vector - along * back * reach + across * side * reach)
    }
    return [
      .polygon(points: [point(0, 0), point(1, 0.9), point(1, -0.9)], color: palette.accent),
      .line(points: [point(1, 0), point(1.9, 0)], closed: false, width: reach * 0.55, color: palette.accent),
    ]
  }
}
