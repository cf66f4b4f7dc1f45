package import Overlay

/// The kiosk's colours. Text reaches 7 to 1 on every ground it stands on (WCAG 2.1 AAA), in high contrast 15 to 1; a
/// test computes it.
package struct KioskPalette: Sendable {
  /// Everything behind picture and words.
  package let ground: DrawColor
  /// The sentence.
  package let text: DrawColor
  /// Smaller words.
  package let quiet: DrawColor
  /// Steps done, the oval as it fills, arrows.
  package let accent: DrawColor
  /// Steps to come, the empty oval, time gone by.
  package let track: DrawColor
  /// Time left: a colour that does not alarm.
  package let calm: DrawColor
  /// The three ends.
  package let pass, fail, undecided: DrawColor
  /// The figure.
  let skin, shade, hair, shirt, eye, mouth, tongue: DrawColor
  /// How much thicker lines are.
  let weight: Float

  /// The colours for ordinary or high contrast.
  package init(isHighContrast: Bool) {
    if isHighContrast {
      (ground, text, quiet) = (DrawColor(0x000000), DrawColor(0xFFFFFF), DrawColor(0xFFFFFF))
      (accent, track, calm) = (DrawColor(0xFFE600), DrawColor(0x808080), DrawColor(0xFFFFFF))
      (pass, fail, undecided) = (DrawColor(0xFFFFFF), DrawColor(0xFFFFFF), DrawColor(0xFFFFFF))
      (skin, shade, hair) = (DrawColor(0xFFFFFF), DrawColor(0xC8C8C8), DrawColor(0x6E6E6E))
      (shirt, eye, mouth, tongue) =
        (DrawColor(0x9A9A9A), DrawColor(0x000000), DrawColor(0x000000), DrawColor(0x606060))
      weight = 1.5
    } else {
      (ground, text, quiet) = (DrawColor(0x121A24), DrawColor(0xFFFFFF), DrawColor(0xC9D4E0))
      (accent, track, calm) = (DrawColor(0xFFD166), DrawColor(0x435366), DrawColor(0x7FB7BE))
      (pass, fail, undecided) = (DrawColor(0x7BDCA0), DrawColor(0xFFB59E), DrawColor(0xFFD166))
      (skin, shade, hair) = (DrawColor(0xF2C9A0), DrawColor(0xD9A77C), DrawColor(0x5B4034))
      (shirt, eye, mouth, tongue) =
        (DrawColor(0x4E93A6), DrawColor(0x33251F), DrawColor(0x7A2F35), DrawColor(0xD97B7B))
      weight = 1
    }
  }
}
