public import Quantities

/// The canvas that is drawn on and where the frame lies on it.
///
/// Canvas pixels: origin top left, x right, y down, pixel centres at +0.5, like a frame's; of a window these are
/// physical pixels, of a rendered picture its own.
public struct Viewport: Sendable, Hashable {
  /// The canvas's size.
  public let canvas: PixelSize
  /// The frame's size in frame pixels.
  public let frame: PixelSize
  /// Where the frame lies, in canvas pixels.
  public let frameArea: PixelRect
  /// Canvas pixels for one unit of the layout, which is designed for 1280 x 720.
  public let unit: Float

  /// The frame as large as it fits into the canvas, centred, its shape kept.
  ///
  /// `density` is physical pixels a point of the screen, 1 unless it is a high-density one.
  public init(frame: PixelSize, canvas: PixelSize, density: Float = 1) {
    let (w, h) = (Float(max(1, frame.width)), Float(max(1, frame.height)))
    let (cw, ch) = (Float(max(1, canvas.width)), Float(max(1, canvas.height)))
    let scale = min(cw / w, ch / h)
    (self.frame, self.canvas) = (frame, canvas)
    frameArea = PixelRect(
      x: (cw - w * scale) / 2, y: (ch - h * scale) / 2, width: w * scale, height: h * scale)
    let low = 0.75 * (density.isFinite ? min(max(density, 1), 4) : 1)
    unit = min(max(min(cw / 1280, ch / 720), low), 12)
  }

  /// The frame as large as it fits into `area` of the same canvas, centred there, its shape kept.
  public func placed(inside area: PixelRect) -> Viewport { Viewport(self, area) }

  private init(_ other: Viewport, _ area: PixelRect) {
    (canvas, frame, unit) = (other.canvas, other.frame, other.unit)
    let (w, h) = (Float(max(1, frame.width)), Float(max(1, frame.height)))
    let scale = min(area.width / w, area.height / h)
    frameArea = PixelRect(
      x: area.center.x - w * scale / 2, y: area.center.y - h * scale / 2, width: w * scale, height: h * scale)
  }

  /// A picture of exactly the frame.
  public init(picture frame: PixelSize) { self.init(frame: frame, canvas: frame) }

  /// Canvas pixels a frame pixel.
  public var scale: Float { frameArea.width / Float(max(1, frame.width)) }

  /// A point of the frame on the canvas.
  public func place(_ point: PixelPoint) -> PixelPoint {
    PixelPoint(frameArea.x + point.x * scale, frameArea.y + point.y * scale)
  }

  /// A rectangle of the frame on the canvas.
  public func place(_ rect: PixelRect) -> PixelRect {
    PixelRect(
      x: frameArea.x + rect.x * scale, y: frameArea.y + rect.y * scale, width: rect.width * scale,
      height: rect.height * scale)
  }

  /// The whole canvas.
  var bounds: PixelRect {
    PixelRect(x: 0, y: 0, width: Float(canvas.width), height: Float(canvas.height))
  }
}
