import Overlay
import Quantities
import Wording

/// Where things lie on the kiosk's screen, in canvas pixels: the picture whole, words and figure beside it on a
/// landscape screen and below it on a portrait one.
struct KioskLayout {
  /// Where the picture fits in.
  let picture: PixelRect
  /// Step and dots.
  let status: PixelRect
  /// The moving figure.
  let figure: PixelRect
  /// The one sentence.
  let sentence: PixelRect
  /// Time left.
  let time: PixelRect
  /// The way for those who cannot, and what comes later.
  let hint: PixelRect
  /// The button that refuses the light, when it is announced.
  let button: PixelRect
  /// Whether words stand below the picture.
  let isPortrait: Bool

  /// The layout for a frame on a canvas.
  init(_ viewport: Viewport, _ look: KioskLook, announcesLight: Bool = false) {
    let (w, h) = (Float(viewport.canvas.width), Float(viewport.canvas.height))
    let (frameWidth, frameHeight) = (
      Float(max(viewport.frame.width, 1)), Float(max(viewport.frame.height, 1))
    )
    let margin = min(w, h) * 0.035
    isPortrait = h > w * 1.05
    let words: PixelRect
    if isPortrait {
      let height = min((w - 2 * margin) * frameHeight / frameWidth, h * 0.52)
      picture = PixelRect(x: margin, y: margin, width: w - 2 * margin, height: height)
      let top = picture.maxY + margin
      words = PixelRect(x: margin * 1.5, y: top, width: w - 3 * margin, height: h - top - margin)
    } else {
      let share: Float = look.isLargeText ? 0.56 : 0.62
      let width = min(w * share, (h - 2 * margin) * frameWidth / frameHeight)
      let column = w - width - 3 * margin
      let isRight = look.language.isRightToLeft
      picture = PixelRect(
        x: isRight ? w - margin - width : margin, y: margin, width: width, height: h - 2 * margin)
      words = PixelRect(
        x: isRight ? margin : 2 * margin + width, y: margin, width: column, height: h - 2 * margin)
    }
    func row(_ from: Float, _ to: Float) -> PixelRect {
      PixelRect(
        x: words.x, y: words.y + words.height * from, width: words.width, height: words.height * (to - from))
    }
    let large = look.isLargeText
    status = row(0, large ? 0.12 : 0.1)
    figure = row(large ? 0.13 : 0.12, (large ? 0.42 : 0.55) * (announcesLight ? 0.86 : 1))
    // Notice and button take a sixth of the height from the rest.
    let squeeze: Float = announcesLight ? 0.86 : 1
    sentence = row((large ? 0.44 : 0.57) * squeeze, 0.82 * squeeze)
    time = row(0.845 * squeeze, 0.865 * squeeze)
    hint = announcesLight ? row(0.755, 0.88) : row(0.885, 1)
    button = row(0.9, 1)
  }
}
