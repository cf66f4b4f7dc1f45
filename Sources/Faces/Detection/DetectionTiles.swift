package import Observations
package import Quantities

/// Overlapping squares that cover a frame, in which small faces are large enough for the full-range network.
package struct DetectionTiles {
  /// One square.
  package struct Square: Sendable, Equatable {
    /// Frame pixels.
    package let area: PixelRect
    package let frame: PixelSize

    /// Whether a face found in the square is whole there: an edge of the square that is no edge of the frame may
    /// have cut it, and the neighbouring square has the whole of it.
    package func holds(_ detection: Detection) -> Bool {
      let box = detection.box
      let slack = 0.02 * area.width
      return (area.x <= 0 || box.x > area.x + slack) && (area.y <= 0 || box.y > area.y + slack)
        && (area.maxX >= Float(frame.width) || box.maxX < area.maxX - slack)
        && (area.maxY >= Float(frame.height) || box.maxY < area.maxY - slack)
    }
  }

  /// Side of a square as a share of the frame's longer side.
  private static let share: Float = 0.55

  /// Two by two squares, fewer when the frame is long and narrow; none when the frame has no area.
  package let squares: [Square]

  package init(_ frame: PixelSize) {
    let side = Self.share * Float(max(frame.width, frame.height))
    func starts(_ length: Int) -> [Float] {
      let rest = Float(length) - side
      return rest <= 0 ? [rest / 2] : [0, rest]
    }
    squares =
      side <= 0
      ? []
      : starts(frame.height).flatMap { y in
        starts(frame.width).map { x in
          Square(area: PixelRect(x: x, y: y, width: side, height: side), frame: frame)
        }
      }
  }
}
