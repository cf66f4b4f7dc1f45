/// One sign that frames come, or do not come, from a sensor.
public struct InjectionFinding: Sendable, Hashable, Codable {
  /// What was looked at. The raw value is used in JSON and logs; never renamed.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// The driver is a loopback, a test pattern or another one without a sensor.
    case driver
    /// The card's name is one that software cameras use.
    case cardName = "card_name"
    /// The kernel keeps the device without hardware behind it.
    case noHardware = "no_hardware"
    /// Timestamps are copied from a program that feeds the device.
    case copiedTimestamps = "copied_timestamps"
    /// Frames come too regularly or too irregularly for a sensor's clock.
    case timing
    /// A frame is the exact repeat of the one before it; a sensor never repeats its noise.
    case exactRepeats = "exact_repeats"
    /// A stretch of frames came again, exactly.
    case loop
    /// Still parts of the picture do not change at all: no sensor noise.
    case missingNoise = "missing_noise"
  }

  /// What was looked at.
  public let kind: Kind
  /// How strongly it speaks against a sensor: 0 not at all, 1 as strongly as this kind can.
  public let strength: Double
  /// The measured fact in words, with its unit.
  public let detail: String

  /// A finding; `strength` is clamped to 0...1.
  public init(_ kind: Kind, strength: Double, detail: String) {
    (self.kind, self.detail) = (kind, detail)
    self.strength = strength.isNaN ? 0 : min(max(strength, 0), 1)
  }
}

/// What speaks against a live source being a real camera: evidence, never proof.
///
/// A patched driver, a USB gadget or an HDMI grabber looks real; an empty list says only that nothing was found.
public struct InjectionEvidence: Sendable, Hashable, Codable {
  /// What was found, strongest first.
  public let findings: [InjectionFinding]
  /// Frames that the findings rest on.
  public let frames: UInt64

  /// Evidence from findings in any order.
  public init(findings: [InjectionFinding], frames: UInt64) {
    self.findings = findings.sorted { ($1.strength, $0.kind.rawValue) < ($0.strength, $1.kind.rawValue) }
    self.frames = frames
  }

  /// The findings as one number in 0...1: one minus the product of their complements. Raises risk, decides nothing.
  public var strength: Double { 1 - findings.reduce(1) { $0 * (1 - $1.strength) } }
}
