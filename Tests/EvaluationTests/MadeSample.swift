import Evaluation

extension ScoredSample {
  /// A sample whose probability the test knows to be one.
  static func made(
    _ path: String, _ positive: Bool, _ group: String, _ origin: (source: String, kind: String),
    _ probability: Double
  ) -> ScoredSample {
    guard
      let sample = ScoredSample(
        path: path, positive: positive, group: group, source: origin.source, kind: origin.kind,
        probability: probability)
    else { preconditionFailure("\(probability) is no probability") }
    return sample
  }
}
