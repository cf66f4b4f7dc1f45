import Foundation
public import Observations

/// Light or dark.
public enum ThemeName: String, Sendable, Hashable, CaseIterable {
  /// Dark text on light panels.
  case light
  /// Light text on dark panels.
  case dark
}

/// The colours of one theme. Every text colour reaches a contrast of 4.5 (WCAG 2.1 AA) on ``panel`` over a black
/// frame and over a white one; a test computes it.
public struct Theme: Sendable, Hashable {
  /// Background of panels, slightly transparent.
  public let panel: DrawColor
  /// Colour beside the frame.
  public let background: DrawColor
  /// Main text.
  public let text: DrawColor
  /// Less important text.
  public let secondary: DrawColor
  /// Thin lines inside panels.
  public let rule: DrawColor
  /// Text on a filled verdict colour.
  public let onVerdict: DrawColor
  /// Edge around boxes and points that keeps them visible on any frame.
  public let halo: DrawColor
  /// The landmark points.
  public let landmark: DrawColor
  let live, suspect, fake, undecided: DrawColor

  /// The colours of a theme.
  public init(_ name: ThemeName) {
    switch name {
    case .dark:
      panel = DrawColor(0x0E1218, opacity: 0.88)
      (background, text, secondary) = (DrawColor(0x0A0C10), DrawColor(0xF4F6F8), DrawColor(0xB9C3CF))
      (rule, onVerdict) = (DrawColor(0xFFFFFF, opacity: 0.16), DrawColor(0x0B0E13))
      (halo, landmark) = (DrawColor(0x000000, opacity: 0.55), DrawColor(0xE8FBFF))
      (live, suspect) = (DrawColor(0x5BE08C), DrawColor(0xFFC53D))
      (fake, undecided) = (DrawColor(0xFF9A9A), DrawColor(0xA9C8F5))
    case .light:
      panel = DrawColor(0xFFFFFF, opacity: 0.92)
      (background, text, secondary) = (DrawColor(0xE9ECF0), DrawColor(0x12161C), DrawColor(0x454F5B))
      (rule, onVerdict) = (DrawColor(0x000000, opacity: 0.16), DrawColor(0xFFFFFF))
      (halo, landmark) = (DrawColor(0xFFFFFF, opacity: 0.7), DrawColor(0x0B3A66))
      (live, suspect) = (DrawColor(0x0B6B32), DrawColor(0x864600))
      (fake, undecided) = (DrawColor(0xA8141C), DrawColor(0x24508F))
    }
  }

  /// The colour of a verdict; never the only sign of it, the word always stands beside.
  public func color(_ label: VerdictLabel) -> DrawColor {
    switch label {
    case .live: live
    case .suspect: suspect
    case .fake: fake
    case .undecided: undecided
    }
  }
}

extension DrawColor {
  /// Relative luminance in 0...1, opacity left aside (WCAG 2.1, https://www.w3.org/TR/WCAG21/#dfn-relative-luminance).
  public var luminance: Double {
    func linear(_ channel: UInt8) -> Double {
      let c = Double(channel) / 255
      return c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  }

  /// Contrast ratio of two opaque colours, 1...21 (WCAG 2.1).
  public func contrast(to other: DrawColor) -> Double {
    let (a, b) = (luminance, other.luminance)
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
  }

  /// What this colour looks like on an opaque one.
  public func over(_ below: DrawColor) -> DrawColor {
    func mix(_ a: UInt8, _ b: UInt8) -> UInt32 {
      (UInt32(a) * UInt32(alpha) + UInt32(b) * (255 - UInt32(alpha)) + 127) / 255
    }
    return DrawColor(mix(red, below.red) << 16 | mix(green, below.green) << 8 | mix(blue, below.blue))
  }
}
