import Foundation

/// How well probabilities can be believed: the mean gap between what was said and what was so.
public struct Reliability: Sendable, Equatable, Codable {
  /// Samples whose probability lies in one part of 0...1.
  public struct Bin: Sendable, Equatable, Codable {
    /// Mean probability said.
    public let said: Double
    /// Share that was positive.
    public let positive: Double
    /// How many samples.
    public let count: Int
  }

  /// The parts that hold samples, by probability.
  public let bins: [Bin]

  /// Sorts the samples into `count` parts of equal width (10: Guo et al. 2017); a bound belongs to the part below it.
  public init(_ samples: [ScoredSample], bins count: Int = 10) {
    let parts = max(count, 1)
    let sorted = Dictionary(grouping: samples) {
      max(Int(($0.probability * Double(parts)).rounded(.up)) - 1, 0)
    }
    bins = sorted.sorted { $0.key < $1.key }.map { _, members in
      Bin(
        said: members.reduce(0) { $0 + $1.probability } / Double(members.count),
        positive: Double(members.count { $0.positive }) / Double(members.count), count: members.count)
    }
  }

  /// Expected calibration error: mean of |said - positive| over the samples; nil of nothing.
  public var expectedError: Double? {
    let total = bins.reduce(0) { $0 + $1.count }
    guard total > 0 else { return nil }
    return bins.reduce(0) { $0 + abs($1.said - $1.positive) * Double($1.count) } / Double(total)
  }
}

/// A logit to a probability: logistic(logit / temperature + bias), as `ScoreCalibration` in manifests.
public struct ScoreFit: Sendable, Equatable, Codable {
  /// Divides the logit; larger is less certain.
  public let temperature: Double
  /// Added after the division; 0 for a temperature alone.
  public let bias: Double

  /// A fit by its numbers.
  public init(temperature: Double, bias: Double) { (self.temperature, self.bias) = (temperature, bias) }

  /// The probability of `logit`.
  public func probability(_ logit: Double) -> Double { 1 / (1 + exp(-(logit / temperature + bias))) }

  /// The temperature and bias (Platt 1999), or the temperature alone, of the highest likelihood.
  ///
  /// Targets are (hits + 1) / (count + 2) instead of 1 and 1 / (count + 2) instead of 0, as Platt has them, so that
  /// separable samples give finite numbers. Newton's method on a convex function. Nil when a class is missing, a logit
  /// is not finite, or a larger logit does not mean positive.
  public static func fit(_ samples: [(logit: Double, positive: Bool)], withBias: Bool = true) -> ScoreFit? {
    let positives = Double(samples.count { $0.positive })
    let negatives = Double(samples.count) - positives
    guard positives > 0, negatives > 0, samples.allSatisfy({ $0.logit.isFinite }) else { return nil }
    let (high, low) = ((positives + 1) / (positives + 2), 1 / (negatives + 2))
    var (slope, bias) = (0.0, 0.0)
    for _ in 0..<100 {
      var gradient = (slope: 0.0, bias: 0.0)
      var curve = (slope: 1e-9, mixed: 0.0, bias: 1e-9)
      for sample in samples {
        let said = 1 / (1 + exp(-(slope * sample.logit + bias)))
        let miss = said - (sample.positive ? high : low)
        let weight = said * (1 - said)
        gradient.slope += miss * sample.logit
        gradient.bias += miss
        curve.slope += weight * sample.logit * sample.logit
        curve.mixed += weight * sample.logit
        curve.bias += weight
      }
      var step = (slope: gradient.slope / curve.slope, bias: 0.0)
      if withBias {
        let determinant = curve.slope * curve.bias - curve.mixed * curve.mixed
        guard determinant > 1e-12 else { return nil }
        step.slope = (curve.bias * gradient.slope - curve.mixed * gradient.bias) / determinant
        step.bias = (curve.slope * gradient.bias - curve.mixed * gradient.slope) / determinant
      }
      let longest = max(abs(step.slope), abs(step.bias))
      let damping = longest > 2 ? 2 / longest : 1
      slope -= step.slope * damping
      bias -= step.bias * damping
      if longest < 1e-10 { break }
    }
    guard slope > 1e-6, slope.isFinite, bias.isFinite else { return nil }
    return ScoreFit(temperature: 1 / slope, bias: bias)
  }
}
