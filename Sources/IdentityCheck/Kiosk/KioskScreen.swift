public import Overlay
import Quantities
public import Wording

/// What the kiosk's screen shows at one moment.
public struct KioskView: Sendable {
  /// What the person is asked for.
  public var prompt: CheckPrompt
  /// Steps done, and steps in all.
  public var progress: (done: Int, of: Int)
  /// Seconds since this prompt is shown; moves the figure.
  public var seconds: Double
  /// Seconds for which the kiosk is locked; nil when it is not.
  public var locked: Double?

  /// A view of a running check.
  public init(prompt: CheckPrompt, progress: (done: Int, of: Int), seconds: Double, locked: Double? = nil) {
    (self.prompt, self.progress, self.seconds, self.locked) = (prompt, progress, seconds, locked)
  }
}

/// Draws the kiosk's screen: one sentence, a moving figure, the steps; at the end one word and advice.
///
/// Pure: the same view gives the same list. High contrast: white on nearly black, at least 12 to 1, and every state has
/// a word and a shape besides its colour.
public struct KioskScreen {
  package static let panel = DrawColor(0x05070A, opacity: 0.94)
  package static let text = DrawColor(0xFFFFFF)
  package static let accent = DrawColor(0xFFD84A)
  private let metrics: any TextMetrics
  private let language: Language
  private let words: KioskWords

  /// A screen in a language, measured with `metrics`.
  public init(metrics: any TextMetrics, language: Language) {
    (self.metrics, self.language, words) = (metrics, language, KioskWords(language))
  }

  /// What to draw over the camera's picture (or over nothing, at the end).
  public func compose(_ view: KioskView, on viewport: Viewport) -> DrawList {
    var list = DrawList(viewport: viewport, background: DrawColor(0x05070A))
    if let locked = view.locked {
      ending(.undecided, words.locked(seconds: locked), nil, &list)
    } else if case .finished(let result) = view.prompt {
      ending(result.decision, words.decision(result.decision), words.advice(result.advice), &list)
    } else {
      running(view, &list)
    }
    return list
  }

  private func running(_ view: KioskView, _ list: inout DrawList) {
    let canvas = size(list)
    let height = canvas.height * 0.4
    let area = PixelRect(x: 0, y: canvas.height - height, width: canvas.width, height: height)
    list.items.append(.panel(area, radius: 0, color: Self.panel))
    if case .lookStraight = view.prompt { guide(&list) }
    var gesture: Gesture?
    var count: String?
    if case .perform(let wanted, let times, let done) = view.prompt {
      gesture = wanted
      count = times > 1 ? words.times(done, of: times) : nil
    }
    let radius = height * 0.3
    let middle = PixelPoint(
      language.isRightToLeft ? canvas.width - height * 0.62 : height * 0.62, area.y + height * 0.46)
    let figure = GestureFigure(
      center: middle, radius: radius, face: DrawColor(0xFFFFFF), features: DrawColor(0x05070A))
    list.items += figure.items(gesture, at: view.seconds)
    let left = language.isRightToLeft ? height * 0.1 : height * 1.25
    let column = PixelRect(
      x: left, y: area.y, width: canvas.width - height * 1.35, height: height)
    line(words.sentence(view.prompt), 60, bold: true, Self.text, column, at: 0.42, &list)
    let number = min(view.progress.done + 1, view.progress.of)
    let status = [words.step(number, of: view.progress.of), count].compactMap { $0 }.joined(separator: "   ")
    line(status, 30, bold: false, Self.accent, column, at: 0.16, &list)
    if case .perform = view.prompt, view.seconds > 2 {
      line(words.otherWay, 26, bold: false, Self.text, column, at: 0.66, &list)
    }
    dots(view.progress, column, &list)
  }

  /// One dot a step: full when done, a ring when not.
  private func dots(_ progress: (done: Int, of: Int), _ column: PixelRect, _ list: inout DrawList) {
    let step = units(34, list)
    for index in 0..<progress.of {
      let along = step * (Float(index) + 0.5)
      let point = PixelPoint(
        language.isRightToLeft ? column.maxX - along : column.x + along, column.y + column.height * 0.85)
      let isDone = index < progress.done
      let ring = GestureFigure.ellipse(point, units(11, list), units(11, list))
      list.items.append(
        isDone
          ? .polygon(points: ring, color: Self.accent)
          : .line(points: ring, closed: true, width: units(3, list), color: Self.text))
    }
  }

  /// Where the face should be.
  private func guide(_ list: inout DrawList) {
    let canvas = size(list)
    let oval = GestureFigure.ellipse(
      PixelPoint(canvas.width / 2, canvas.height * 0.3), canvas.height * 0.19, canvas.height * 0.26)
    list.items.append(.line(points: oval, closed: true, width: units(9, list), color: DrawColor(0x05070A)))
    list.items.append(.line(points: oval, closed: true, width: units(4, list), color: Self.text))
  }

  private func ending(
    _ decision: CheckDecision, _ title: String, _ advice: String?, _ list: inout DrawList
  ) {
    let canvas = size(list)
    let whole = PixelRect(x: 0, y: 0, width: canvas.width, height: canvas.height)
    list.items.append(.panel(whole, radius: 0, color: DrawColor(0x05070A)))
    sign(decision, PixelPoint(canvas.width / 2, canvas.height * 0.32), canvas.height * 0.17, &list)
    let column = PixelRect(
      x: canvas.width * 0.05, y: 0, width: canvas.width * 0.9, height: canvas.height)
    line(title, 64, bold: true, Self.text, column, at: 0.68, centered: true, &list)
    if let advice { line(advice, 38, bold: false, Self.accent, column, at: 0.82, centered: true, &list) }
  }

  /// A tick, a cross or a bar in a ring: shapes that differ without their colours.
  private func sign(
    _ decision: CheckDecision, _ center: PixelPoint, _ radius: Float, _ list: inout DrawList
  ) {
    func point(_ x: Float, _ y: Float) -> PixelPoint {
      PixelPoint(center.x + x * radius, center.y + y * radius)
    }
    let (color, strokes): (DrawColor, [[PixelPoint]]) =
      switch decision {
      case .pass: (DrawColor(0x5BE08C), [[point(-0.45, 0.02), point(-0.12, 0.36), point(0.48, -0.34)]])
      case .fail:
        (
          DrawColor(0xFF9A9A),
          [[point(-0.36, -0.36), point(0.36, 0.36)], [point(0.36, -0.36), point(-0.36, 0.36)]]
        )
      case .undecided: (DrawColor(0xFFD84A), [[point(-0.45, 0), point(0.45, 0)]])
      }
    let ring = GestureFigure.ellipse(center, radius, radius)
    list.items.append(.line(points: ring, closed: true, width: radius * 0.09, color: color))
    for stroke in strokes {
      list.items.append(.line(points: stroke, closed: false, width: radius * 0.16, color: color))
    }
  }

  private func size(_ list: DrawList) -> (width: Float, height: Float) {
    (Float(list.viewport.canvas.width), Float(list.viewport.canvas.height))
  }

  private func units(_ length: Float, _ list: DrawList) -> Float { length * list.viewport.unit }

  /// A line of text in a column, made smaller until it fits.
  private func line(
    _ text: String, _ wanted: Float, bold: Bool, _ color: DrawColor, _ column: PixelRect, at height: Float,
    centered: Bool = false, _ list: inout DrawList
  ) {
    let rightToLeft = language.isRightToLeft
    var style = TextStyle(size: Int(units(wanted, list)), bold: bold)
    let width = metrics.width(of: text, style: style, rightToLeft: rightToLeft)
    if width > column.width {
      style = TextStyle(size: Int(Float(style.size) * column.width / width), bold: bold)
    }
    let x = centered ? column.center.x : rightToLeft ? column.maxX : column.x
    list.items.append(
      .text(
        TextRun(
          text: text,
          origin: PixelPoint(
            x.rounded(), (column.y + column.height * height + Float(style.size) * 0.35).rounded()),
          anchor: centered ? .center : rightToLeft ? .right : .left, style: style, color: color,
          rightToLeft: rightToLeft)))
  }
}
