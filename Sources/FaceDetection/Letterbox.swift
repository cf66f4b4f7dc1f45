import Geometry

/// The whole frame in a square picture: scaled to fit, centred, black bars at the shorter sides.
struct Letterbox {
  /// From a point of the picture to a point of the frame, both with pixel centres at +0.5.
  let pictureToFrame: AffineTransform2D
  /// Frame pixels per picture pixel.
  let scale: Float

  init(frame: PixelSize, picturePixels: Int) {
    scale = Float(max(frame.width, frame.height)) / Float(picturePixels)
    let half = Float(picturePixels) / 2
    pictureToFrame = AffineTransform2D(
      a: scale, b: 0, tx: Float(frame.width) / 2 - half * scale,
      c: 0, d: scale, ty: Float(frame.height) / 2 - half * scale)
  }
}
