public import Quantities

/// A colour with straight (not premultiplied) opacity, each channel 0...255, sRGB.
public struct DrawColor: Sendable, Hashable {
  /// Red, green, blue and opacity.
  public let red, green, blue, alpha: UInt8

  /// A colour from 0xRRGGBB and an opacity in 0...1.
  public init(_ hex: UInt32, opacity: Double = 1) {
    (red, green, blue) = (UInt8(hex >> 16 & 255), UInt8(hex >> 8 & 255), UInt8(hex & 255))
    alpha = UInt8((min(max(opacity, 0), 1) * 255).rounded())
  }

  /// The same colour with another opacity in 0...1.
  public func opacity(_ opacity: Double) -> DrawColor {
    DrawColor(UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue), opacity: opacity)
  }
}

/// How a text looks, without its colour.
public struct TextStyle: Sendable, Hashable {
  /// Height of the em square in canvas pixels, at least 1.
  public let size: Int
  /// Bold or regular.
  public let bold: Bool

  /// A text style; `size` in canvas pixels.
  public init(size: Int, bold: Bool = false) { (self.size, self.bold) = (max(1, size), bold) }
}

/// One line of text.
public struct TextRun: Sendable, Hashable {
  /// Which part of the line stands at the origin.
  public enum Anchor: Sendable, Hashable {
    /// The line's left end, middle or right end.
    case left, center, right
  }

  /// The words, without control characters.
  public let text: String
  /// Where the anchor stands on the base line, in canvas pixels.
  public let origin: PixelPoint
  /// Which part of the line stands at the origin.
  public let anchor: Anchor
  /// Size and weight.
  public let style: TextStyle
  /// Colour.
  public let color: DrawColor
  /// Whether the line as a whole reads from right to left; runs of Latin letters and digits in it still read
  /// from left to right.
  public let rightToLeft: Bool

  /// A line of text from its parts; see the properties.
  public init(
    text: String, origin: PixelPoint, anchor: Anchor, style: TextStyle, color: DrawColor, rightToLeft: Bool
  ) {
    (self.text, self.origin, self.anchor) = (text, origin, anchor)
    (self.style, self.color, self.rightToLeft) = (style, color, rightToLeft)
  }
}

/// A small picture laid over the frame, such as a heat map: straight RGBA, row by row, 4 bytes a pixel.
public struct Patch: Sendable, Hashable {
  /// Its size in its own pixels.
  public let size: PixelSize
  /// width x height x 4 values.
  public let rgba: [UInt8]

  /// Nil unless there are exactly width x height x 4 bytes and at least one pixel.
  public init?(size: PixelSize, rgba: [UInt8]) {
    guard size.width > 0, size.height > 0, rgba.count == size.area * 4 else { return nil }
    (self.size, self.rgba) = (size, rgba)
  }
}

/// One thing to draw; all coordinates in canvas pixels (see ``Viewport``).
public enum DrawItem: Sendable, Hashable {
  /// A line through `points`.
  case line(points: [PixelPoint], closed: Bool, width: Float, color: DrawColor)
  /// A filled convex polygon.
  case polygon(points: [PixelPoint], color: DrawColor)
  /// A filled rectangle with round corners.
  case panel(PixelRect, radius: Float, color: DrawColor)
  /// The outline of a rectangle with round corners.
  case outline(PixelRect, radius: Float, width: Float, color: DrawColor)
  /// Equal filled circles.
  case dots(centers: [PixelPoint], radius: Float, color: DrawColor)
  /// A line of text.
  case text(TextRun)
  /// A small picture, scaled into the rectangle.
  case patch(Patch, into: PixelRect)
}

/// What is to be drawn over one frame, from back to front. A value: the same report and options give the same list.
public struct DrawList: Sendable, Hashable {
  /// Where the frame lies on the canvas; the canvas outside it is ``background``.
  public let viewport: Viewport
  /// Colour beside the frame.
  public let background: DrawColor
  /// The items, from back to front.
  public var items: [DrawItem] = []

  /// An empty list for a canvas.
  public init(viewport: Viewport, background: DrawColor) {
    (self.viewport, self.background) = (viewport, background)
  }

  /// The texts in drawing order; for tests and for screen readers.
  public var texts: [String] {
    items.compactMap { if case .text(let run) = $0 { run.text } else { nil } }
  }
}
