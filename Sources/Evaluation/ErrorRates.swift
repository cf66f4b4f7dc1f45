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

  /// The matrix at `threshold`: a probability at or above it is called positive, unless a sample's word counts.
  public init(_ samples: [ScoredSample], threshold: Double) {
    for sample in samples {
      switch (sample.positive, sample.isCalled(threshold)) {
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

extension ConfusionMatrix {
  private enum Written: String, CodingKey {
    case truePositives, falsePositives, trueNegatives, falseNegatives
    case accuracy, precision, recall, falseAlarms, f1
  }

  /// The counts with what follows from them.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Written.self)
    try fields.encode(truePositives, forKey: .truePositives)
    try fields.encode(falsePositives, forKey: .falsePositives)
    try fields.encode(trueNegatives, forKey: .trueNegatives)
    try fields.encode(falseNegatives, forKey: .falseNegatives)
    try fields.encode(accuracy, forKey: .accuracy)
    try fields.encode(precision, forKey: .precision)
    try fields.encode(recall, forKey: .recall)
    try fields.encode(falseAlarms, forKey: .falseAlarms)
    try fields.encodeIfPresent(f1, forKey: .f1)
  }
}

/// How often each word was said of files of one kind.
public struct WordCount: Sendable, Equatable, Codable {
  /// Kind of forgery or attack; "genuine" for the genuine files.
  public let kind: String
  /// Files of this kind that the program gave a word.
  public let files: Int
  /// How often each word was said, by word.
  public let words: [String: Int]

  /// The words in the order of growing doubt.
  public static let order = ["live", "undecided", "suspect", "fake"]

  /// Genuine files first, then each kind by name; none when no sample has a word.
  public static func table(_ samples: [ScoredSample]) -> [WordCount] {
    let judged = samples.filter { $0.word != nil }
    func count(_ kind: String, _ members: [ScoredSample]) -> WordCount {
      let words = Dictionary(grouping: members.compactMap(\.word)) { $0 }.mapValues(\.count)
      return WordCount(kind: kind, files: members.count, words: words)
    }
    let genuine = judged.filter { !$0.positive }
    let kinds = Dictionary(grouping: judged.filter(\.positive), by: \.kind).sorted { $0.key < $1.key }
    return (genuine.isEmpty ? [] : [count("genuine", genuine)])
      + kinds.map { count($0.key.isEmpty ? "not named" : $0.key, $0.value) }
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
      (kind, Share(members.count { !$0.isCalled(threshold) }, of: members.count))
    }
    let genuine = samples.filter { !$0.positive }
    refused = Share(genuine.count { $0.isCalled(threshold) }, of: genuine.count)
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
