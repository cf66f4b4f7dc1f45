import Overlay
import Quantities

extension KioskPen {
  /// The whole screen as a light, with the few words in its middle.
  mutating func light(_ zones: LightZones, _ sentence: String, done: Double) {
    let (w, h) = canvas
    let third = (h / 3).rounded()
    let half = (w / 2).rounded()
    // Left and right are the person's, who looks at the screen: as on it.
    for (rect, color) in [
      (PixelRect(x: 0, y: 0, width: w, height: third), zones.top),
      (PixelRect(x: 0, y: third, width: half, height: h - third), zones.left),
      (PixelRect(x: half, y: third, width: w - half, height: h - third), zones.right),
    ] { list.items.append(.panel(rect, radius: 0, color: color.drawn)) }
    let (width, height) = (min(w * 0.34, h * 0.62), min(h * 0.2, w * 0.26))
    let card = PixelRect(x: (w - width) / 2, y: (h - height) / 2, width: width, height: height)
    list.items.append(.panel(card, radius: height * 0.14, color: palette.ground))
    let inner = PixelRect(
      x: card.x + width * 0.06, y: card.y + height * 0.08, width: width * 0.88, height: height * 0.66)
    words(
      sentence, in: inner, largest: height * (look.isLargeText ? 0.34 : 0.26), bold: true, palette.text,
      mostLines: 3)
    time(
      1 - done, PixelRect(x: inner.x, y: card.y + height * 0.8, width: inner.width, height: height * 0.07))
  }

  /// A button with an outline, so that it looks like one without its colour.
  mutating func button(_ text: String, _ row: PixelRect) {
    let height = row.height
    list.items.append(.panel(row, radius: height * 0.3, color: palette.track.opacity(0.5)))
    list.items.append(.outline(row, radius: height * 0.3, width: stroke(1.5), color: palette.quiet))
    let inner = PixelRect(
      x: row.x + height * 0.3, y: row.y + height * 0.1, width: row.width - height * 0.6, height: height * 0.8)
    words(text, in: inner, largest: height * 0.5, bold: false, palette.text, mostLines: 1)
  }
}
