public import Foundation

/// How the networks' logits become one probability a question, and its limits: `Calibration/scores.json`.
///
/// `docs/models-contract.md` describes the file. Learnt by `vigil calibrate scores`.
public struct ScoreRules: Sendable, Equatable, Codable {
  /// Where the numbers come from.
  public struct Origin: Sendable, Equatable, Codable {
    /// Short identity, written into every verdict.
    public let id: String
    /// Day of the fit.
    public let date: String
    /// The data it was fitted on.
    public let data: String
    /// What was made best.
    public let metric: String
    /// The tool that wrote the file.
    public let tool: String

    /// An origin by its words.
    public init(id: String, date: String, data: String, metric: String, tool: String) {
      (self.id, self.date, self.data, self.metric, self.tool) = (id, date, data, metric, tool)
    }
  }

  /// One network's part.
  public struct Member: Sendable, Equatable, Codable {
    /// The network's name.
    public let name: String
    /// The hash it was learnt with; another network of the same name does not count.
    public let sha256: String
    /// Factor of its mean logit, not negative.
    public let weight: Double

    /// A member by name, hash and weight.
    public init(name: String, sha256: String, weight: Double) {
      (self.name, self.sha256, self.weight) = (name, sha256, weight)
    }
  }

  /// A set of networks that speak together: probability = logistic(bias + sum of weight x logit).
  public struct Joined: Sendable, Equatable, Codable {
    /// Who takes part.
    public let members: [Member]
    /// Added to the sum.
    public let bias: Double

    /// A set with its bias.
    public init(members: [Member], bias: Double) { (self.members, self.bias) = (members, bias) }
  }

  /// Probabilities from which a face is suspect and fake.
  public struct Limits: Sendable, Equatable, Codable {
    /// From here on suspect.
    public let suspect: Double
    /// From here on fake; not below `suspect`.
    public let fake: Double

    /// Both limits.
    public init(suspect: Double, fake: Double) { (self.suspect, self.fake) = (suspect, fake) }
  }

  /// All that is known of one question.
  public struct Question: Sendable, Equatable, Codable {
    /// Sets of networks; the first whose members have all been measured speaks.
    public let joined: [Joined]
    /// Limits by policy: low, standard, high.
    public let limits: [String: Limits]
    /// Quantiles of the first set's joined logit over live faces of left-out places, by percent ("50"); nil: not known.
    public let liveQuantiles: [String: Double]?
    /// The probability at which both kinds of error are alike on left-out places; nil: not known.
    public let balanced: Double?

    /// A question by its sets and limits.
    public init(
      joined: [Joined], limits: [String: Limits], liveQuantiles: [String: Double]? = nil,
      balanced: Double? = nil
    ) {
      (self.joined, self.limits) = (joined, limits)
      (self.liveQuantiles, self.balanced) = (liveQuantiles, balanced)
    }

    enum CodingKeys: String, CodingKey {
      case joined, limits, balanced
      case liveQuantiles = "live_quantiles"
    }
  }

  /// The policies that limits are for.
  public static let policies = ["low", "standard", "high"]

  /// Version of the layout; 1.
  public let schema: Int
  /// Where the numbers come from.
  public let origin: Origin
  /// Is the face forged? Nil when nothing was fitted.
  public let forgery: Question?
  /// Is it a presentation attack? Nil when nothing was fitted.
  public let spoof: Question?

  /// Rules by their parts.
  public init(origin: Origin, forgery: Question?, spoof: Question?) {
    (schema, self.origin, self.forgery, self.spoof) = (1, origin, forgery, spoof)
  }

  /// Reads the file at `path`; nil when there is none.
  public static func read(path: String) throws(CalibrationError) -> ScoreRules? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    guard let data = FileManager.default.contents(atPath: path), data.count <= 1 << 20 else {
      throw CalibrationError(
        file: path, field: "file", found: "unreadable or too large", expected: "at most a megabyte of JSON")
    }
    return try ScoreRules(data: data, file: path)
  }

  /// Reads `data`; `file` is named in errors.
  public init(data: Data, file: String) throws(CalibrationError) {
    do { self = try JSONDecoder().decode(Self.self, from: data) } catch {
      throw Self.refusal(error, file)
    }
    func demand(_ sound: Bool, _ field: String, _ found: String, _ expected: String) throws(CalibrationError)
    {
      guard sound else { throw CalibrationError(file: file, field: field, found: found, expected: expected) }
    }
    try demand(schema == 1, "schema", "\(schema)", "1")
    try demand(
      !origin.id.isEmpty && origin.id.count <= 100, "origin.id", "empty or long", "1 to 100 characters")
    for (name, question) in [("forgery", forgery), ("spoof", spoof)] {
      guard let question else { continue }
      for (index, joined) in question.joined.enumerated() {
        let place = "\(name).joined.\(index)"
        try demand(
          (1...16).contains(joined.members.count), place, "\(joined.members.count)", "1 to 16 members")
        try demand((-100...100).contains(joined.bias), "\(place).bias", "\(joined.bias)", "-100 to 100")
        for member in joined.members {
          try demand((0...100).contains(member.weight), "\(place).weight", "\(member.weight)", "0 to 100")
        }
      }
      if let quantiles = question.liveQuantiles {
        let values = quantiles.compactMap { percent, value in Double(percent).map { ($0, value) } }
        let sound =
          values.count == quantiles.count && values.allSatisfy { abs($0.1) <= 1000 }
          && values.sorted { $0.0 < $1.0 }.map(\.1) == values.map(\.1).sorted()
        try demand(sound, "\(name).live_quantiles", "not in order", "logits by percent that rise with it")
      }
      for policy in Self.policies {
        let limits = question.limits[policy]
        let sound = limits.map { $0.suspect >= 0 && $0.suspect <= $0.fake && $0.fake <= 1 } ?? false
        try demand(sound, "\(name).limits.\(policy)", "missing or not in order", "0 <= suspect <= fake <= 1")
      }
    }
  }

  private static func refusal(_ error: any Error, _ file: String) -> CalibrationError {
    let (path, words): ([any CodingKey], String) =
      switch error as? DecodingError {
      case .keyNotFound(let key, let context): (context.codingPath + [key], "missing")
      case .typeMismatch(_, let context), .valueNotFound(_, let context):
        (context.codingPath, "of another type")
      case .dataCorrupted(let context): (context.codingPath, "not valid JSON")
      default: ([], "not readable")
      }
    let field = path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    return CalibrationError(
      file: file, field: field.isEmpty ? "file" : field, found: words, expected: "rules for scores, schema 1")
  }

  /// The file's bytes, keys sorted.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }
}
