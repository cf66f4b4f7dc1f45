public import Foundation

/// Everything measured on scored samples at one threshold.
///
/// Cost: the bootstrap's thousand curves, about a millisecond a sample.
public struct EvaluationReport: Sendable, Codable {
  /// The figures of one part of the samples.
  public struct Part: Sendable, Codable {
    /// The generator, data set or "all".
    public let name: String
    /// Positive samples of this part.
    public let positives: Int
    /// Negative samples; those of all parts when this part has none of its own.
    public let negatives: Int
    /// Area under the curve; nil when a class is missing.
    public let area: Double?
    /// Its 95 % interval by groups.
    public let areaInterval: Interval?
    /// Error rate where false alarms and misses are equal.
    public let equalErrorRate: Double?
    /// Share of the positives called positive at the threshold.
    public let found: Share
    /// Share of the negatives called positive at the threshold.
    public let falseAlarms: Share
  }

  /// The errors of one kind of attack or forgery.
  public struct Kind: Sendable, Codable {
    /// Name of the kind.
    public let name: String
    /// Share that passed as genuine (APCER).
    public let passed: Share
  }

  /// Version of this layout.
  public let schema: Int
  /// What was asked: risk, forgery or spoof.
  public let question: String
  /// At or above it a sample is called positive, unless ``byWord``.
  public let threshold: Double
  /// Whether the program's word "fake" decides what is called positive.
  public let byWord: Bool
  /// All samples.
  public let all: Part
  /// By kind of forgery or attack, by name, each against all negatives: one line a generator.
  public let generators: [Part]
  /// Positives against negatives of the same group.
  public let pairs: PairedOrder?
  /// False alarms a minute on genuine recordings: the verdict "fake" began.
  public let alarms: AlarmRate?
  /// The same of "suspect" or "fake", where neither stood before.
  public let warnings: AlarmRate?
  /// What the program said of the files, by kind.
  public let words: [WordCount]
  /// By source, by name; positives of one source against its own negatives, or all negatives when it has none.
  public let sources: [Part]
  /// Right and wrong at the threshold.
  public let confusion: ConfusionMatrix
  /// APCER by kind, by name.
  public let kinds: [Kind]
  /// The kind of attack that passes most often: the headline of a presentation attack test.
  public let worstKind: Kind?
  /// Share of genuine samples refused (BPCER).
  public let refused: Share
  /// Parts of 0...1 with what was said and what was so.
  public let reliability: [Reliability.Bin]
  /// Expected calibration error, ten parts.
  public let calibrationError: Double?
  /// The curve's points.
  public let curve: [CurvePoint]
  /// Files without a score, with the reason.
  public let unscored: [Unscored]
  /// What made the scores: networks, calibration, version.
  public let provenance: [String]

  /// A point of the curve without its threshold, which may be infinite.
  public struct CurvePoint: Sendable, Codable, Equatable {
    /// Share of negatives called positive.
    public let falseAlarms: Double
    /// Share of positives called positive.
    public let found: Double
  }

  /// A file that could not be judged.
  public struct Unscored: Sendable, Codable, Equatable {
    /// Where it lies.
    public let path: String
    /// Why.
    public let reason: String
    /// Names a file and why it has no score.
    public init(path: String, reason: String) { (self.path, self.reason) = (path, reason) }
  }

  /// Measures `samples` at `threshold`.
  public init(
    question: String, samples: [ScoredSample], threshold: Double, unscored: [Unscored] = [],
    provenance: [String] = []
  ) {
    schema = 1
    (self.question, self.threshold) = (question, threshold)
    (self.unscored, self.provenance) = (unscored, provenance)
    byWord = samples.contains { $0.called != nil }
    all = Self.part("all", samples, threshold)
    let negatives = samples.filter { !$0.positive }
    sources = Dictionary(grouping: samples, by: \.source).sorted { $0.key < $1.key }.map { name, members in
      Self.part(name, members.contains { !$0.positive } ? members : members + negatives, threshold)
    }
    let positives = Dictionary(grouping: samples.filter(\.positive), by: \.kind)
    generators = positives.sorted { $0.key < $1.key }.map { name, members in
      Self.part(name.isEmpty ? "not named" : name, members + negatives, threshold)
    }
    (pairs, alarms) = (PairedOrder(samples), AlarmRate(samples))
    (warnings, words) = (AlarmRate(samples) { $0.warnings }, WordCount.table(samples))
    confusion = ConfusionMatrix(samples, threshold: threshold)
    let errors = PresentationErrors(samples, threshold: threshold)
    kinds = errors.passed.map { Kind(name: $0.kind, passed: $0.share) }
    worstKind = errors.worst.map { Kind(name: $0.kind, passed: $0.share) }
    refused = errors.refused
    let reliability = Reliability(samples)
    (self.reliability, calibrationError) = (reliability.bins, reliability.expectedError)
    curve = (ReceiverCurve(samples.map { ($0.probability, $0.positive) })?.points ?? [])
      .map { CurvePoint(falseAlarms: $0.falseAlarms, found: $0.found) }
  }

  /// Why the first file without a score has none.
  public var firstReason: String { unscored.first.map { "\($0.path): \($0.reason)" } ?? "none" }

  private static func part(_ name: String, _ samples: [ScoredSample], _ threshold: Double) -> Part {
    func curve(_ samples: [ScoredSample]) -> ReceiverCurve? {
      ReceiverCurve(samples.map { ($0.probability, $0.positive) })
    }
    let matrix = ConfusionMatrix(samples, threshold: threshold)
    let measured = curve(samples)
    return Part(
      name: name, positives: samples.count { $0.positive }, negatives: samples.count { !$0.positive },
      area: measured?.area,
      areaInterval: measured == nil ? nil : Bootstrap.interval(samples) { curve($0)?.area },
      equalErrorRate: measured?.equalErrorRate, found: matrix.recall, falseAlarms: matrix.falseAlarms)
  }

  /// The report as JSON, keys sorted.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }
}
