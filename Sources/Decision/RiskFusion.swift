package import Calibration
import Foundation

/// How what is known of a face becomes one risk.
///
/// The question that the networks answer best leads with its whole probability: forgery, or without such a network the
/// presentation attack. Everything else adds only as far as it speaks against the face: a probability beyond its limit,
/// too few signs of life after a while of watching, eyes that do not blink. A cue that is merely not at zero says nothing,
/// and its noise must not change the order of the faces (`docs/measurements/networks.md`, "Through the program").
package struct RiskFusion: Equatable {
  /// Probability of a forgery; nil when it is not measured.
  package var forgery: Double?
  /// Probability of a print or screen; nil when it is not measured.
  package var spoof: Double?
  /// From here on the presentation attack speaks against the face.
  package var spoofLimit = 1.0
  /// Probability that a live person moves there; nil when it is not measured.
  package var alive: Double?
  /// Below it, and after patience, a face is lifeless.
  package var lifeless = 0.0
  /// Part of the patience that has gone by, 0...1.
  package var patience = 0.0
  /// Seconds of watched eyes that never blinked; 0 once they did.
  package var unblinking = 0.0
  /// Strength of the evidence that the camera is not one, 0...1.
  package var injection = 0.0

  /// Weights and rates.
  private let limits: RiskLimits

  /// Nothing known.
  package init(_ limits: RiskLimits) { self.limits = limits }

  /// The chance that something is wrong with the face; nil when nothing is measured.
  package var risk: Double? {
    let clean: Double
    switch (forgery, spoof) {
    case (let forged?, let spoofed?): clean = (1 - forged) * (1 - Self.beyond(spoofed, spoofLimit)) * moving
    case (let only?, nil), (nil, let only?): clean = (1 - only) * moving
    case (nil, nil):
      guard let alive else { return nil }
      clean = alive
    }
    return 1 - clean * (1 - injection * limits.injectionWeight)
  }

  /// What too little life and eyes that do not blink leave of a clean face.
  private var moving: Double {
    let still = alive.map { max(lifeless - $0, 0) / max(lifeless, 1e-9) } ?? 0
    return (1 - still * min(max(patience, 0), 1)) * (1 - Self.stare(unblinking, limits))
  }

  /// How far `probability` lies beyond `limit`, as a part of what is left above it.
  package static func beyond(_ probability: Double, _ limit: Double) -> Double {
    max(probability - limit, 0) / max(1 - limit, 1e-9)
  }

  /// How much `seconds` of open eyes without a blink speak for a face that cannot blink, 0...1.
  ///
  /// People differ much in how often they blink: a gamma distribution of the rates, under which no blink in t has the
  /// chance (1 + t rate / shape)^-shape. A share of the faces that get so far is taken to be ones that cannot blink; 0 at
  /// the start.
  package static func stare(_ seconds: Double, _ limits: RiskLimits) -> Double {
    let (rate, shape, share) = (limits.blinksAMinute / 60, limits.blinkRateShape, limits.unblinkingShare)
    let live = pow(1 + max(seconds, 0) * rate / shape, -shape)
    let chance = share / (share + (1 - share) * live)
    return (chance - share) / (1 - share)
  }
}
