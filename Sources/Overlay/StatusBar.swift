import Foundation
import Observations
import Quantities
import Wording

extension Pen {
  /// Height of the bar at the top, in canvas pixels.
  var barHeight: Float { hasBar ? units(34).rounded() : 0 }

  /// The bar: camera, faces by verdict, frames a second, lost and dropped frames.
  mutating func statusBar(_ report: FrameReport?, _ options: OverlayOptions) {
    let bar = PixelRect(x: 0, y: 0, width: Float(viewport.canvas.width), height: barHeight)
    panel(bar, radius: 0)
    taken.append(bar)
    let (plain, bold) = (style(14), style(14, bold: true))
    var row = trimmed(bar, leading: units(14), trailing: units(14))
    if options.isPaused {
      let text = words.word(.paused)
      let wide = width(text, bold) + units(16)
      let badge = leadingPart(row, width: wide).insetVertically(by: units(6))
      panel(badge, radius: 4, color: theme.suspect)
      self.text(text, in: badge, .center, bold, theme.onVerdict)
      row = trimmed(row, leading: wide + units(12))
    }
    for (text, color) in counters(report, options).reversed() {
      guard row.width > units(120) else { break }
      let used = self.text(text, in: row, .trailing, plain, color)
      row = trimmed(row, trailing: used + units(18))
    }
    guard let report else { return }
    let name = fitted(report.camera, bold, width: row.width * (report.tracks.isEmpty ? 1 : 0.5))
    let used = text(name, in: row, .leading, bold, theme.text)
    verdicts(report, in: trimmed(row, leading: used + units(22)))
  }

  /// How many faces have which verdict; only for several faces, of one the label says it.
  private mutating func verdicts(_ report: FrameReport, in row: PixelRect) {
    guard report.tracks.count > 1 else { return }
    var row = row
    let (plain, bold) = (style(14), style(14, bold: true))
    var parts = [(words.faces(report.tracks.count), theme.secondary, plain)]
    for label in VerdictLabel.allCases {
      let count = report.tracks.count { $0.verdict.label == label }
      if count > 0 { parts.append(("\(count) \(words.verdict(label))", theme.color(label), bold)) }
    }
    for (text, color, style) in parts {
      guard row.width > width(text, style) else { return }
      let used = self.text(text, in: row, .leading, style, color)
      row = trimmed(row, leading: used + units(14))
    }
  }

  private func counters(_ report: FrameReport?, _ options: OverlayOptions) -> [(String, DrawColor)] {
    var parts: [(String, DrawColor)] = []
    if let rate = options.framesPerSecond, rate.isFinite {
      parts.append(("\(Words.number(rate, digits: 1)) \(words.word(.framesPerSecond))", theme.text))
    }
    if let counters = report?.counters {
      let dropped = counters.dropped &+ counters.poolExhausted &+ counters.damaged &+ counters.undecodable
      let unlit = counters.unlit > 0 ? [(Word.unlit, counters.unlit)] : []
      for (word, count) in [(Word.lost, counters.lost), (.dropped, dropped)] + unlit {
        parts.append(("\(words.word(word)) \(count)", count > 0 ? theme.suspect : theme.secondary))
      }
    }
    parts.append((words.word(.helpHint), theme.secondary))
    return parts
  }

  /// A short sentence in the middle of the lower part.
  mutating func banner(_ text: String, color: DrawColor) {
    let style = style(17)
    let size = (width: width(text, style) + units(32), height: units(38))
    let place = PixelRect(
      x: (Float(viewport.canvas.width) - size.width) / 2,
      y: Float(viewport.canvas.height) - size.height - units(24), width: size.width, height: size.height)
    panel(place)
    self.text(text, in: place, .center, style, color)
    taken.append(place)
  }

  /// Sentences about the source, from the lower edge up, marked by a bar of the warning colour.
  mutating func notices(_ notices: [String]) {
    let style = style(15)
    var bottom = Float(viewport.canvas.height) - units(14)
    for notice in notices.suffix(4).reversed() {
      let text = fitted(notice, style, width: Float(viewport.canvas.width) - units(80))
      let wide = width(text, style) + units(30)
      let x = isRightToLeft ? Float(viewport.canvas.width) - wide - units(14) : units(14)
      let place = PixelRect(x: x, y: bottom - units(34), width: wide, height: units(34))
      panel(place, radius: 6)
      panel(leadingPart(place, width: units(4)).rounded, radius: 0, color: theme.suspect)
      self.text(
        text, in: trimmed(place, leading: units(16), trailing: units(14)), .leading, style, theme.text)
      bottom = place.y - units(6)
    }
  }

  /// The keys, in the middle of the canvas.
  mutating func help() {
    let (row, wide) = (units(28), min(units(340), Float(viewport.canvas.width) - units(20)))
    let keys = words.keys
    let height = row * Float(keys.count + 1) + units(30)
    let place = PixelRect(
      x: (Float(viewport.canvas.width) - wide) / 2, y: (Float(viewport.canvas.height) - height) / 2,
      width: wide, height: height)
    panel(place, radius: 10, color: theme.panel.opacity(0.96))
    outline(place.rounded, radius: 10, width: 1, color: theme.rule)
    let inner = place.inset(by: units(20))
    var line = PixelRect(x: inner.x, y: place.y + units(14), width: inner.width, height: row)
    text(words.word(.keys), in: line, .leading, style(17, bold: true), theme.text)
    for (key, does) in keys {
      line.y += row
      let cap = leadingPart(line, width: units(84)).insetVertically(by: units(3))
      panel(cap, radius: 5, color: theme.rule)
      text(key, in: cap, .center, style(14, bold: true), theme.text)
      text(does, in: trimmed(line, leading: units(100)), .leading, style(15), theme.text)
    }
  }
}

extension PixelRect {
  func insetVertically(by amount: Float) -> PixelRect {
    PixelRect(x: x, y: y + amount, width: width, height: height - 2 * amount)
  }
}
