import Quantities

/// An area of the frame, the whole by default, in a square picture: scaled to fit, centred, black bars at the shorter
/// sides.
struct Letterbox {
  /// From a point of the picture to a point of the frame, both with pixel centres at +0.5.
  let pictureToFrame: AffineTransform2D
  /// Frame pixels per picture pixel.
  let scale: Float

  init(frame: PixelSize, picturePixels: Int) {
    self.init(
      area: PixelRect(x: 0, y: 0, width: Float(frame.width), height: Float(frame.height)),
      picturePixels: picturePixels)
  }

  init(area: PixelRect, picturePixels: Int) {
    scale = max(area.width, area.height) / Float(picturePixels)
    let half = Float(picturePixels) / 2
    pictureToFrame = AffineTransform2D(
      a: scale, b: 0, tx: area.center.x - half * scale,
      c: 0, d: scale, ty: area.center.y - half * scale)
  }
}
