import Geometry
import Imaging

/// Writes PUPPET DEMO into a corner, so that nobody takes the clip for a person.
enum Watermark {
  private static let text = "PUPPET DEMO"
  /// Five columns by seven rows; one number a row, the highest of five bits is the left column.
  private static let glyphs: [Character: [UInt8]] = [
    "P": [30, 17, 17, 30, 16, 16, 16], "U": [17, 17, 17, 17, 17, 17, 14], "E": [31, 16, 16, 30, 16, 16, 31],
    "T": [31, 4, 4, 4, 4, 4, 4], "D": [30, 17, 17, 17, 17, 17, 30], "M": [17, 27, 21, 21, 17, 17, 17],
    "O": [14, 17, 17, 17, 17, 17, 14], " ": [0, 0, 0, 0, 0, 0, 0],
  ]

  /// Draws the words at the bottom left, each dot `scale` pixels wide, white on a darkened strip.
  static func draw(on image: inout RGBImage, scale: Int) {
    let (width, height) = (text.count * 6 * scale + 2 * scale, 11 * scale)
    guard image.size.width >= width, image.size.height >= height else { return }
    let top = image.size.height - height
    for y in top..<image.size.height {
      for x in 0..<width {
        for channel in 0..<3 { image[x, y, channel] = image[x, y, channel] / 3 }
      }
    }
    for (index, letter) in text.enumerated() {
      for (row, bits) in (glyphs[letter] ?? []).enumerated() {
        for column in 0..<5 where bits & (16 >> column) != 0 {
          let (left, above) = (2 * scale + (index * 6 + column) * scale, top + 2 * scale + row * scale)
          for y in above..<above + scale {
            for x in left..<left + scale {
              for channel in 0..<3 { image[x, y, channel] = 240 }
            }
          }
        }
      }
    }
  }
}
