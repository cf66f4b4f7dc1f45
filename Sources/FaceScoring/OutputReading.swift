import Foundation
public import Quantities

extension OutputRule {
  /// The logit that `numbers` mean, larger for forged or attacked; nil when one is not finite or the count is wrong.
  ///
  /// For classes: log of the positive classes' share against the others', which is what a two-class network's
  /// difference of logits is.
  package func logit(_ numbers: some Collection<Float>) -> Logit? {
    guard numbers.count == count, numbers.allSatisfy(\.isFinite) else { return nil }
    let values = numbers.map(Double.init)
    switch kind {
    case .logit: return Logit(positive.isEmpty ? -values[0] : values[0])
    case .classLogits:
      let largest = values.max() ?? 0
      return ratio(values.map { exp($0 - largest) })
    case .classProbabilities: return ratio(values.map { max($0, 0) })
    }
  }

  private func ratio(_ shares: [Double]) -> Logit? {
    let total = shares.reduce(0, +)
    guard total > 0 else { return nil }
    let wanted = Set(positive)
    // A share of 1e-7 is what a float softmax can tell from nothing.
    let floor = 1e-7 * total
    let forged = shares.indices.reduce(0) { $0 + (wanted.contains($1) ? shares[$1] : 0) }
    let genuine = total - forged
    return Logit(log(max(forged, floor) / max(genuine, floor)))
  }
}

extension ScoreCalibration {
  /// The calibrated probability of a logit.
  public func probability(_ logit: Double) -> Probability {
    Probability(clamping: 1 / (1 + exp(-(logit / temperature + bias))))
  }
}
