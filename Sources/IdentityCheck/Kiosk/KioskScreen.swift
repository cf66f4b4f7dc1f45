public import Overlay
public import Quantities
import Wording

/// Draws the kiosk's screen: the person's picture whole, one sentence, a moving figure, the steps; at the end one word
/// and advice.
///
/// Pure: the same view gives the same list. Every state has a word and a shape besides its colour.
public struct KioskScreen {
  private let metrics: any TextMetrics
  private let look: KioskLook
  private let words: KioskWords

  /// A screen that looks so, measured with `metrics`.
  public init(metrics: any TextMetrics, look: KioskLook) {
    (self.metrics, self.look, words) = (metrics, look, KioskWords(look.language))
  }

  /// What to draw, and where the camera's picture lies on it (the list's viewport).
  public func compose(_ view: KioskView, on viewport: Viewport) -> DrawList {
    let palette = KioskPalette(isHighContrast: look.isHighContrast)
    let layout = KioskLayout(viewport, look, announcesLight: view.announcesLight)
    var pen = KioskPen(
      list: DrawList(viewport: viewport.placed(inside: layout.picture), background: palette.ground),
      metrics: metrics, look: look, palette: palette)
    if let locked = view.locked {
      pen.ending(.undecided, words.locked(seconds: locked), nil)
    } else if case .light(let screen) = view.prompt {
      pen.light(screen.zones, words.sentence(view.prompt), done: view.lightDone ?? 0)
    } else if case .finished(let result) = view.prompt {
      pen.ending(result.decision, words.decision(result.decision), words.advice(result.advice))
    } else {
      running(view, layout, &pen)
    }
    return pen.list
  }

  /// Where a touch refuses the light, in canvas pixels; nil while there is nothing to refuse.
  public func refusal(_ view: KioskView, on viewport: Viewport) -> PixelRect? {
    view.announcesLight ? KioskLayout(viewport, look, announcesLight: true).button : nil
  }

  private func running(_ view: KioskView, _ layout: KioskLayout, _ pen: inout KioskPen) {
    pen.roundCorners()
    var (gesture, count): (Gesture?, String?) = (nil, nil)
    if case .perform(let wanted, let times, let done) = view.prompt {
      gesture = wanted
      count = times > 1 ? words.times(done, of: times) : nil
    }
    if let target = pen.target(view) { pen.guide(target, filled: view.nearness) }
    pen.steps(
      view.progress, words.step(min(view.progress.done + 1, view.progress.of), of: view.progress.of), count,
      layout.status)
    pen.list.items += GestureFigure(in: layout.figure, pen.palette).items(gesture, at: view.seconds)
    let largest =
      min(layout.sentence.width * 0.12, layout.sentence.height * 0.5) * (look.isLargeText ? 1.5 : 1)
    pen.words(
      words.sentence(view.prompt), in: layout.sentence, largest: largest, bold: true, pen.palette.text)
    if let left = view.timeLeft { pen.time(left, layout.time) }
    if view.announcesLight { pen.button(words.refuseLight, layout.button) }
    // Not at once: first one thing to read.
    if view.announcesLight, gesture == nil {
      pen.words(
        words.lightNotice, in: layout.hint, largest: largest * 0.5, bold: false, pen.palette.quiet,
        mostLines: 3)
    } else if gesture != nil, view.seconds > 2 {
      pen.words(
        words.otherWay, in: layout.hint, largest: largest * 0.55, bold: false, pen.palette.quiet, mostLines: 2
      )
    }
  }
}

extension KioskPen {
  /// Where the face belongs, on the canvas: in the middle until it is there, then where it is; nil when the person
  /// needs no guide.
  func target(_ view: KioskView) -> PixelRect? {
    let isClosing = if case .perform(.closer, _, _) = view.prompt { true } else { false }
    let isFraming = if case .lookStraight = view.prompt { true } else { false }
    guard isFraming || isClosing else { return nil }
    let area = list.viewport.frameArea
    if case .lookStraight(.none) = view.prompt, let face = view.face { return around(face) }
    // Room for the face to come closer by a quarter later on.
    let height = area.height * (isClosing ? 0.7 : 0.56)
    let width = min(height * 0.76, area.width * 0.7)
    return PixelRect(
      x: area.center.x - width / 2, y: area.center.y - height / 2, width: width, height: height)
  }

  /// The oval around a face's box (brows to chin), in the picture as it is shown.
  private func around(_ face: PixelRect) -> PixelRect {
    let box = list.viewport.place(face)
    let area = list.viewport.frameArea
    let height = box.height * 1.3
    let width = max(box.width * 1.12, height * 0.7)
    let middle = look.mirrors ? area.x + area.maxX - box.center.x : box.center.x
    return PixelRect(
      x: middle - width / 2, y: box.center.y - height * 0.54, width: width, height: height)
  }

  /// The oval; it fills from below on both sides as the face comes to its place.
  mutating func guide(_ oval: PixelRect, filled: Float) {
    let (half, tall) = (oval.width / 2, oval.height / 2)
    let line = stroke(4)
    ring(oval.center, half, tall, line: line + stroke(3), palette.ground.opacity(0.6))
    ring(oval.center, half, tall, line: line, palette.text)
    let share = min(max(filled, 0), 1)
    guard share > 0.01 else { return }
    let points = Shape.arc(
      oval.center, half, tall, from: 0.25 - share / 2, to: 0.25 + share / 2, steps: 64)
    self.line(points, line * 1.8, palette.accent)
  }

  /// Covers the picture's square corners with round ones.
  mutating func roundCorners() {
    let area = list.viewport.frameArea
    let radius = min(area.width, area.height) * 0.04
    let corners: [(PixelPoint, SIMD2<Float>, Float)] = [
      (PixelPoint(area.x, area.y), SIMD2(1, 1), 0.5), (PixelPoint(area.maxX, area.y), SIMD2(-1, 1), 0.75),
      (PixelPoint(area.maxX, area.maxY), SIMD2(-1, -1), 0),
      (PixelPoint(area.x, area.maxY), SIMD2(1, -1), 0.25),
    ]
    for (corner, inward, start) in corners {
      let middle = PixelPoint(corner.vector + inward * radius)
      // Half a pixel further out, so that nothing of the picture shines through at the edge.
      let outer = PixelPoint(corner.vector - inward)
      let arc = Shape.arc(middle, radius, radius, from: start, to: start + 0.25, steps: 10)
      for (first, second) in zip(arc, arc.dropFirst()) {
        list.items.append(.polygon(points: [outer, first, second], color: palette.ground))
      }
    }
  }

  /// The step in words and a dot for each: full when done, a ring when not.
  mutating func steps(_ progress: (done: Int, of: Int), _ step: String, _ count: String?, _ row: PixelRect) {
    let text = [step, count].compactMap { $0 }.joined(separator: "  ·  ")
    let upper = PixelRect(x: row.x, y: row.y, width: row.width, height: row.height * 0.62)
    words(text, in: upper, largest: row.height * 0.42, bold: false, palette.quiet, mostLines: 1)
    let radius = min(row.height * 0.13, row.width / Float(max(progress.of, 1)) * 0.2)
    let gap = radius * 3.4
    for index in 0..<progress.of {
      let along = (Float(index) - Float(progress.of - 1) / 2) * gap
      let point = PixelPoint(row.center.x + (isRightToLeft ? -along : along), row.y + row.height * 0.82)
      if index < progress.done {
        list.items.append(.dots(centers: [point], radius: radius, color: palette.accent))
      } else {
        ring(point, radius * 0.86, radius * 0.86, line: max(1.5, radius * 0.28), palette.quiet)
      }
    }
  }

  /// A bar that grows shorter without hurry: no number, no alarm.
  mutating func time(_ left: Double, _ row: PixelRect) {
    let height = max(4, min(row.height, stroke(6)))
    let width = row.width * 0.7
    let bar = PixelRect(
      x: row.center.x - width / 2, y: row.center.y - height / 2, width: width, height: height)
    list.items.append(.panel(bar, radius: height / 2, color: palette.track))
    let share = width * Float(min(max(left, 0), 1))
    guard share > height else { return }
    let x = isRightToLeft ? bar.maxX - share : bar.x
    list.items.append(
      .panel(
        PixelRect(x: x, y: bar.y, width: share, height: height), radius: height / 2, color: palette.calm))
  }

  /// The end: a sign, a word, and what to do.
  mutating func ending(_ decision: CheckDecision, _ title: String, _ advice: String?) {
    let (w, h) = canvas
    list.items.append(.panel(PixelRect(x: 0, y: 0, width: w, height: h), radius: 0, color: palette.ground))
    let radius = min(w * 0.2, h * 0.17)
    sign(decision, PixelPoint(w / 2, h * 0.32), radius)
    let large: Float = look.isLargeText ? 1.3 : 1
    let size = min(w * 0.07, h * 0.09) * large
    let column = PixelRect(x: w * 0.06, y: h * 0.54, width: w * 0.88, height: h * 0.2)
    words(title, in: column, largest: size, bold: true, palette.text, mostLines: 3)
    guard let advice else { return }
    let below = PixelRect(x: w * 0.06, y: h * 0.74, width: w * 0.88, height: h * 0.2)
    words(advice, in: below, largest: size * 0.68, bold: false, palette.quiet, mostLines: 3)
  }

  /// A tick, a cross or a bar in a ring: shapes that differ without their colours.
  private mutating func sign(_ decision: CheckDecision, _ center: PixelPoint, _ radius: Float) {
    func point(_ x: Float, _ y: Float) -> PixelPoint {
      PixelPoint(center.x + x * radius, center.y + y * radius)
    }
    let (color, strokes): (DrawColor, [[PixelPoint]]) =
      switch decision {
      case .pass: (palette.pass, [[point(-0.45, 0.02), point(-0.12, 0.36), point(0.48, -0.34)]])
      case .fail:
        (
          palette.fail,
          [[point(-0.34, -0.34), point(0.34, 0.34)], [point(0.34, -0.34), point(-0.34, 0.34)]]
        )
      case .undecided: (palette.undecided, [[point(-0.45, 0), point(0.45, 0)]])
      }
    ring(center, radius, radius, line: radius * 0.09, color)
    for stroke in strokes { line(stroke, radius * 0.15, color) }
  }
}
