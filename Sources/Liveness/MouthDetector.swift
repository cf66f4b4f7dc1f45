public import Calibration
public import Observations
public import Quantities

/// Finds openings of the mouth in its aspect ratio, with hysteresis, in the source's own time.
public struct MouthDetector: Sendable, Equatable {
  private let limits: LivenessLimits
  private var openSince: MonotonicInstant?
  private var peaked = false

  /// A detector with the calibration's numbers.
  public init(_ limits: LivenessLimits) { self.limits = limits }

  /// Takes the next aspect ratio; gives an opening that has just ended.
  public mutating func observe(_ ratio: Float, at now: MonotonicInstant) -> EventInterval? {
    if ratio > Float(limits.mouthClosed) {
      openSince = openSince ?? now
      peaked = peaked || ratio > Float(limits.mouthOpen)
      return nil
    }
    defer { miss() }
    guard let start = openSince, peaked, (now - start).inSeconds >= limits.mouthSeconds else { return nil }
    return EventInterval(start: start, end: now)
  }

  /// The mouth cannot be seen: what was going on is forgotten.
  public mutating func miss() { (openSince, peaked) = (nil, false) }
}
