import Foundation
import Overlay
import Quantities
import Wording

/// Draws words and shapes of the kiosk's screen into a list.
struct KioskPen {
  var list: DrawList
  let metrics: any TextMetrics
  let look: KioskLook
  let palette: KioskPalette

  var isRightToLeft: Bool { look.language.isRightToLeft }
  var canvas: (width: Float, height: Float) {
    (Float(list.viewport.canvas.width), Float(list.viewport.canvas.height))
  }
  /// Thickness of a line, in canvas pixels.
  func stroke(_ width: Float) -> Float { width * min(canvas.width, canvas.height) / 480 * palette.weight }

  /// Words in a box, broken into lines, as large as they fit and at most `largest` canvas pixels.
  mutating func words(
    _ text: String, in box: PixelRect, largest: Float, bold: Bool, _ color: DrawColor, centered: Bool = true,
    mostLines: Int = 4
  ) {
    guard !text.isEmpty, box.width > 8, box.height > 8 else { return }
    var size = max(8, Int(largest.rounded()))
    var lines = broken(text, TextStyle(size: size, bold: bold), box.width)
    while size > 8, !fits(lines, TextStyle(size: size, bold: bold), box, mostLines) {
      size = max(8, min(size - 1, size * 19 / 20))
      lines = broken(text, TextStyle(size: size, bold: bold), box.width)
    }
    let style = TextStyle(size: size, bold: bold)
    let step = Float(size) * Self.leading
    let top = box.center.y - step * Float(lines.count) / 2
    let x = centered ? box.center.x : isRightToLeft ? box.maxX : box.x
    for (index, line) in lines.enumerated() {
      let base = top + step * (Float(index) + 0.5) + Float(size) * 0.35
      list.items.append(
        .text(
          TextRun(
            text: line, origin: PixelPoint(x.rounded(), base.rounded()),
            anchor: centered ? .center : isRightToLeft ? .right : .left, style: style, color: color,
            rightToLeft: isRightToLeft)))
    }
  }

  /// Height of a line against the letters' size; Arabic needs more than Latin.
  private static let leading: Float = 1.3

  private func fits(_ lines: [String], _ style: TextStyle, _ box: PixelRect, _ mostLines: Int) -> Bool {
    lines.count <= mostLines && Float(lines.count * style.size) * Self.leading <= box.height
      && lines.allSatisfy { width($0, style) <= box.width }
  }

  /// The words of `text` in lines no wider than `width`, of nearly equal length; a word is never broken.
  private func broken(_ text: String, _ style: TextStyle, _ limit: Float) -> [String] {
    let words = text.split(separator: " ").map(String.init)
    func lines(_ limit: Float) -> [String] {
      var lines: [String] = []
      for word in words {
        guard let last = lines.last, width(last + " " + word, style) <= limit else {
          lines.append(word)
          continue
        }
        lines[lines.count - 1] = last + " " + word
      }
      return lines
    }
    let widest = lines(limit)
    // Lines of one length read better than a full one and a single word.
    var even = widest
    var narrow = limit
    while narrow > limit * 0.5 {
      narrow *= 0.94
      let tried = lines(narrow)
      guard tried.count == widest.count else { break }
      even = tried
    }
    return even
  }

  func width(_ text: String, _ style: TextStyle) -> Float {
    metrics.width(of: text, style: style, rightToLeft: isRightToLeft)
  }

  mutating func ring(_ center: PixelPoint, _ width: Float, _ height: Float, line: Float, _ color: DrawColor) {
    list.items.append(
      .line(points: Shape.ellipse(center, width, height), closed: true, width: line, color: color))
  }

  mutating func line(_ points: [PixelPoint], _ width: Float, _ color: DrawColor) {
    guard points.count > 1 else { return }
    list.items.append(.line(points: points, closed: false, width: width, color: color))
    // Round ends.
    if let first = points.first, let last = points.last, width > 2 {
      list.items.append(.dots(centers: [first, last], radius: width / 2, color: color))
    }
  }
}

/// Outlines as points.
enum Shape {
  /// A closed ellipse, clockwise on the screen from its right end.
  static func ellipse(_ center: PixelPoint, _ halfWidth: Float, _ halfHeight: Float) -> [PixelPoint] {
    arc(center, halfWidth, halfHeight, from: 0, to: 1, steps: 48).dropLast()
  }

  /// A part of an ellipse; `from` and `to` are shares of the whole way round, clockwise on the screen, 0 at its right
  /// end.
  static func arc(
    _ center: PixelPoint, _ halfWidth: Float, _ halfHeight: Float, from: Float, to: Float, steps: Int = 24
  ) -> [PixelPoint] {
    (0...steps).map { step in
      let angle = (from + (to - from) * Float(step) / Float(steps)) * 2 * .pi
      return PixelPoint(center.x + cos(angle) * halfWidth, center.y + sin(angle) * halfHeight)
    }
  }
}
