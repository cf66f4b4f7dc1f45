import Foundation
public import Overlay

/// A colour that the screen gives, as linear light in 0...1 a channel (sRGB's primaries).
public struct LightColor: Sendable, Hashable, Codable {
  /// Red, green and blue light.
  public let red, green, blue: Double

  /// A colour from its linear channels in 0...1.
  public init(_ red: Double, _ green: Double, _ blue: Double) {
    (self.red, self.green, self.blue) = (red, green, blue)
  }

  /// Before and after the pattern: grey, so that the first colour is no flash.
  static let rest = LightColor(0.45, 0.45, 0.45)

  /// The colours of a pattern by name. None is a saturated red in the sense of WCAG 2.3.1, which is a red of at least
  /// four fifths of the light (https://www.w3.org/WAI/WCAG21/Understanding/three-flashes-or-below-threshold.html); here
  /// red never gives more than three fifths.
  static let palette: [(name: String, color: LightColor)] = [
    ("green", LightColor(0.10, 0.85, 0.15)), ("blue", LightColor(0.14, 0.24, 1.0)),
    ("cyan", LightColor(0.05, 0.75, 0.85)), ("violet", LightColor(0.72, 0.14, 0.90)),
    ("amber", LightColor(0.95, 0.58, 0.08)), ("white", LightColor(0.80, 0.80, 0.80)),
  ]

  /// Its name in a record; "grey" for the light before and after.
  public var name: String { Self.palette.first { $0.color == self }?.name ?? "grey" }

  /// The channels as a vector.
  var vector: SIMD3<Double> { SIMD3(red, green, blue) }

  /// The colour as the screen is given it (sRGB, IEC 61966-2-1).
  public var drawn: DrawColor {
    func code(_ linear: Double) -> UInt32 {
      let c = linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - 0.055
      return UInt32((min(max(c, 0), 1) * 255).rounded())
    }
    return DrawColor(code(red) << 16 | code(green) << 8 | code(blue))
  }
}

/// What the three parts of the screen show at once; left and right are the person's own.
public struct LightZones: Sendable, Hashable {
  /// The upper third of the screen, and the two halves of the rest.
  public let top, left, right: LightColor

  /// Colours of the three parts.
  public init(top: LightColor, left: LightColor, right: LightColor) {
    (self.top, self.left, self.right) = (top, left, right)
  }

  /// One colour everywhere.
  public init(all color: LightColor) { self.init(top: color, left: color, right: color) }

  /// Before and after the pattern.
  public static let rest = LightZones(all: .rest)

  /// In a record: "green" or "top:blue left:amber right:amber".
  public var name: String {
    top == left && left == right
      ? top.name : "top:\(top.name) left:\(left.name) right:\(right.name)"
  }

  /// The channel's light of each part: top, left, right.
  func channel(_ index: Int) -> SIMD3<Double> {
    SIMD3(top.vector[index], left.vector[index], right.vector[index])
  }
}
