/// One judged file: what it is and what was said of it.
public struct ScoredSample: Sendable, Equatable {
  /// Where it lies; shown in reports.
  public let path: String
  /// True for a forgery or an attack, false for a genuine face.
  public let positive: Bool
  /// The person, driver or generator; members of one group are alike and are drawn together.
  public let group: String
  /// The data set or generator it comes from.
  public let source: String
  /// The kind of attack or forgery, or of genuine picture.
  public let kind: String
  /// The chance of being positive as the program says, 0...1.
  public let probability: Double
  /// Length of a recording in seconds; nil for a picture or when it is not known.
  public var seconds: Double?
  /// How often the verdict "fake" began in it.
  public var alarms = 0
  /// How often "suspect" or "fake" began in it where neither stood before.
  public var warnings = 0
  /// The program's word on the whole file; nil when only a number is known.
  public var word: String?

  /// Whether the program's word calls it positive; nil when a threshold shall decide.
  public var called: Bool?

  /// Whether it is called positive: by the word when that counts, else by the threshold.
  public func isCalled(_ threshold: Double) -> Bool { called ?? (probability >= threshold) }

  /// A sample. A probability outside 0...1 is moved to the nearer end; nil for one that is
  /// no number, since there is no number for "not known".
  public init?(
    path: String, positive: Bool, group: String, source: String, kind: String, probability: Double
  ) {
    guard !probability.isNaN else { return nil }
    (self.path, self.positive, self.group) = (path, positive, group)
    (self.source, self.kind) = (source, kind)
    self.probability = min(max(probability, 0), 1)
  }
}
