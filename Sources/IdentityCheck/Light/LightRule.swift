public import Calibration

/// Whether a check lights the face.
public enum LightRule: String, Sendable, CaseIterable {
  /// Not at all.
  case off
  /// A wrong answer fails the check; none, or a refusal, changes nothing.
  case wanted
  /// Only a right answer passes the check.
  case required
}

/// The light challenge of one check.
public struct LightPlan: Sendable {
  /// The pattern.
  public let sequence: LightSequence
  /// How the answer is judged.
  public let limits: LightLimits
  /// What the answer means.
  public let rule: LightRule

  /// A challenge with a pattern; `rule` is not `off`.
  public init(_ sequence: LightSequence, _ limits: LightLimits, _ rule: LightRule) {
    (self.sequence, self.limits, self.rule) = (sequence, limits, rule)
  }
}

extension LightResult {
  /// What it means for the check; nil when the check goes on as if there had been no light.
  func broken(by rule: LightRule) -> CheckOutcome? {
    switch outcome {
    case .passed: nil
    case .failed: .lightFailed
    case .unavailable: rule == .required ? .lightUnavailable : nil
    case .refused: rule == .required ? .lightRefused : nil
    }
  }
}
