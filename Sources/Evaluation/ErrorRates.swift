/// How often a threshold was right and wrong.
public struct ConfusionMatrix: Sendable, Equatable, Codable {
  /// Positives called positive.
  public private(set) var truePositives = 0
  /// Negatives called positive: false alarms.
  public private(set) var falsePositives = 0
  /// Negatives called negative.
  public private(set) var trueNegatives = 0
  /// Positives called negative: misses.
  public private(set) var falseNegatives = 0

  /// The matrix at `threshold`: a probability at or above it is called positive.
  public init(_ samples: [ScoredSample], threshold: Double) {
    for sample in samples {
      switch (sample.positive, sample.probability >= threshold) {
      case (true, true): truePositives += 1
      case (false, true): falsePositives += 1
      case (false, false): trueNegatives += 1
      case (true, false): falseNegatives += 1
      }
    }
  }

  /// Share called rightly.
  public var accuracy: Share {
    Share(truePositives + trueNegatives, of: truePositives + trueNegatives + falsePositives + falseNegatives)
  }
  /// Share of those called positive that are.
  public var precision: Share { Share(truePositives, of: truePositives + falsePositives) }
  /// Share of the positives that are found.
  public var recall: Share { Share(truePositives, of: truePositives + falseNegatives) }
  /// Share of the negatives that raise a false alarm.
  public var falseAlarms: Share { Share(falsePositives, of: falsePositives + trueNegatives) }
  /// Harmonic mean of precision and recall; nil when nothing is positive.
  public var f1: Double? {
    let total = 2 * truePositives + falsePositives + falseNegatives
    return total > 0 ? 2 * Double(truePositives) / Double(total) : nil
  }
}

/// The errors of a presentation attack detector as ISO/IEC 30107-3 reports them.
public struct PresentationErrors: Sendable, Equatable {
  /// Share of each kind of attack that passed as genuine (APCER), by name of the kind.
  public let passed: [(kind: String, share: Share)]
  /// Share of genuine presentations that were refused (BPCER).
  public let refused: Share

  /// The errors at `threshold`: a probability at or above it is called an attack.
  public init(_ samples: [ScoredSample], threshold: Double) {
    let attacks = Dictionary(grouping: samples.filter(\.positive), by: \.kind)
    passed = attacks.sorted { $0.key < $1.key }.map { kind, members in
      (kind, Share(members.count { $0.probability < threshold }, of: members.count))
    }
    let genuine = samples.filter { !$0.positive }
    refused = Share(genuine.count { $0.probability >= threshold }, of: genuine.count)
  }

  /// The kind that passes most often: the headline.
  public var worst: (kind: String, share: Share)? {
    passed.max { ($0.share.value ?? 0) < ($1.share.value ?? 0) }
  }

  /// Same kinds with the same shares.
  public static func == (one: Self, other: Self) -> Bool {
    one.refused == other.refused
      && one.passed.elementsEqual(other.passed) { $0.kind == $1.kind && $0.share == $1.share }
  }
}
