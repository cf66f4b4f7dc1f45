import Observations
import Quantities
import Wording

/// What every part of the overlay draws with: the list, the words, the colours, and lengths in units of the layout.
struct Pen {
  var list: DrawList
  let viewport: Viewport
  let theme: Theme
  let words: Words
  let metrics: any TextMetrics
  /// Whether the canvas has a bar at its top, which labels keep clear of.
  var hasBar = true
  /// Canvas areas that later labels keep clear of.
  var taken: [PixelRect] = []

  /// Where a text stands in its row, in reading direction.
  enum Side { case leading, trailing, center }

  var isRightToLeft: Bool { words.language.isRightToLeft }

  /// A length of the layout in canvas pixels.
  func units(_ length: Float) -> Float { length * viewport.unit }

  /// A text style whose size is given in units of the layout.
  func style(_ size: Float, bold: Bool = false) -> TextStyle {
    TextStyle(size: Int(units(size).rounded()), bold: bold)
  }

  func width(_ text: String, _ style: TextStyle) -> Float {
    metrics.width(of: text, style: style, rightToLeft: isRightToLeft)
  }

  /// `text` cut to `width` with an ellipsis at its end; empty when not even that fits.
  func fitted(_ text: String, _ style: TextStyle, width limit: Float) -> String {
    let clean = text.displayable
    if width(clean, style) <= limit { return clean }
    var (low, high) = (0, clean.count)
    while low < high {
      let middle = (low + high + 1) / 2
      if width(clean.prefix(middle) + "…", style) <= limit { low = middle } else { high = middle - 1 }
    }
    return low == 0 ? "" : clean.prefix(low) + "…"
  }

  /// Draws a line of text in the row `row`, vertically centred; cut when it is too long. Returns its width.
  @discardableResult
  mutating func text(
    _ text: String, in row: PixelRect, _ side: Side, _ style: TextStyle, _ color: DrawColor
  ) -> Float {
    let shown = fitted(text, style, width: row.width)
    guard !shown.isEmpty else { return 0 }
    let anchor: TextRun.Anchor =
      switch side {
      case .center: .center
      case .leading: isRightToLeft ? .right : .left
      case .trailing: isRightToLeft ? .left : .right
      }
    let x =
      switch anchor {
      case .left: row.x
      case .center: row.center.x
      case .right: row.maxX
      }
    // Capitals reach about 0.7 em above the base line, so 0.35 em below the middle centres them.
    let origin = PixelPoint(x.rounded(), (row.center.y + Float(style.size) * 0.35).rounded())
    list.items.append(
      .text(
        TextRun(
          text: shown, origin: origin, anchor: anchor, style: style, color: color, rightToLeft: isRightToLeft)
      ))
    return width(shown, style)
  }

  mutating func panel(_ rect: PixelRect, radius: Float = 8, color: DrawColor? = nil) {
    list.items.append(.panel(rect.rounded, radius: units(radius), color: color ?? theme.panel))
  }

  mutating func outline(_ rect: PixelRect, radius: Float, width: Float, color: DrawColor) {
    list.items.append(.outline(rect, radius: units(radius), width: units(width), color: color))
  }

  mutating func line(_ points: [PixelPoint], width: Float, color: DrawColor, closed: Bool = false) {
    guard points.count > 1 else { return }
    list.items.append(.line(points: points, closed: closed, width: units(width), color: color))
  }

  /// `rect` without `amount` canvas pixels at its leading (or trailing) end.
  func trimmed(_ rect: PixelRect, leading: Float = 0, trailing: Float = 0) -> PixelRect {
    let left = isRightToLeft ? trailing : leading
    return PixelRect(
      x: rect.x + left, y: rect.y, width: rect.width - leading - trailing, height: rect.height)
  }

  /// The part of `rect` of the given width at its leading end.
  func leadingPart(_ rect: PixelRect, width: Float) -> PixelRect {
    PixelRect(
      x: isRightToLeft ? rect.maxX - width : rect.x, y: rect.y, width: min(width, rect.width),
      height: rect.height)
  }
}

extension PixelRect {
  /// On whole pixels, so that straight edges are sharp.
  var rounded: PixelRect {
    let (left, top) = (x.rounded(), y.rounded())
    return PixelRect(x: left, y: top, width: maxX.rounded() - left, height: maxY.rounded() - top)
  }

  func inset(by amount: Float) -> PixelRect {
    PixelRect(x: x + amount, y: y + amount, width: width - 2 * amount, height: height - 2 * amount)
  }

  var isFinite: Bool { x.isFinite && y.isFinite && width.isFinite && height.isFinite }
}

extension String {
  /// Without control, format and line characters, which a camera's or file's name may carry; at most 200 letters.
  var displayable: String {
    let clean = unicodeScalars.filter { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
      default: true
      }
    }
    return String(String(String.UnicodeScalarView(clean)).prefix(200))
  }
}
