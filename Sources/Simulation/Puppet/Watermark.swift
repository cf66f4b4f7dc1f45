public import Imaging
import Quantities

/// Writes what a clip is into a corner, so that nobody takes it for a person.
public enum Watermark {
  /// The words of a puppet's clip.
  public static let puppet = "PUPPET DEMO"
  /// The words of an attack made for tests.
  public static let attack = "ATTACK TEST"
  /// Five columns by seven rows; one number a row, the highest of five bits is the left column.
  private static let glyphs: [Character: [UInt8]] = [
    "P": [30, 17, 17, 30, 16, 16, 16], "U": [17, 17, 17, 17, 17, 17, 14], "E": [31, 16, 16, 30, 16, 16, 31],
    "T": [31, 4, 4, 4, 4, 4, 4], "D": [30, 17, 17, 17, 17, 17, 30], "M": [17, 27, 21, 21, 17, 17, 17],
    "O": [14, 17, 17, 17, 17, 17, 14], "A": [14, 17, 17, 31, 17, 17, 17], "C": [14, 17, 16, 16, 16, 17, 14],
    "K": [17, 18, 20, 24, 20, 18, 17], "S": [15, 16, 16, 14, 1, 1, 30], " ": [0, 0, 0, 0, 0, 0, 0],
  ]

  /// Draws capital letters at the bottom left, each dot `scale` pixels wide, white on a darkened strip.
  public static func draw(_ text: String = puppet, on image: inout RGBImage, scale: Int) {
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
