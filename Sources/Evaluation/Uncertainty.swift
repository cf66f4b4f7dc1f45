/// A figure with its 95 % interval.
public struct Interval: Sendable, Equatable, Codable {
  /// Lower end.
  public let low: Double
  /// Upper end.
  public let high: Double

  /// An interval by its ends.
  public init(low: Double, high: Double) { (self.low, self.high) = (low, high) }
}

/// A share of a count with its interval (Wilson 1927), which is sound for few samples and for shares of 0 and 1.
public struct Share: Sendable, Equatable, Codable {
  /// How many.
  public let hits: Int
  /// Of how many.
  public let count: Int

  /// A share; `hits` is held to 0...count.
  public init(_ hits: Int, of count: Int) { (self.hits, self.count) = (min(max(hits, 0), count), count) }

  /// The share; nil of nothing.
  public var value: Double? { count > 0 ? Double(hits) / Double(count) : nil }

  /// The 95 % interval; 0 to 1 of nothing.
  public var interval: Interval {
    guard let share = value else { return Interval(low: 0, high: 1) }
    let (z, n) = (1.959964, Double(count))
    let scale = 1 + z * z / n
    let middle = (share + z * z / (2 * n)) / scale
    let half = z / scale * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    return Interval(low: max(middle - half, 0), high: min(middle + half, 1))
  }
}

extension Share {
  private enum Written: String, CodingKey { case hits, count, value, interval }

  /// The counts with the share and its interval; no value of nothing.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Written.self)
    try fields.encode(hits, forKey: .hits)
    try fields.encode(count, forKey: .count)
    try fields.encodeIfPresent(value, forKey: .value)
    try fields.encode(interval, forKey: .interval)
  }
}

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers in every run.
package struct RepeatableGenerator: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// The bootstrap over groups (Efron 1979): whole groups are drawn, since the members of one resemble each other.
public enum Bootstrap {
  /// The middle 95 % of `figure` over `rounds` draws; nil when no draw gave a figure. Repeatable.
  public static func interval(
    _ samples: [ScoredSample], rounds: Int = 1000, figure: ([ScoredSample]) -> Double?
  ) -> Interval? {
    let groups = Dictionary(grouping: samples, by: \.group).sorted { $0.key < $1.key }.map(\.value)
    guard !groups.isEmpty, rounds > 0 else { return nil }
    var generator = RepeatableGenerator(seed: 20_261_121)
    var found: [Double] = []
    for _ in 0..<rounds {
      let drawn = groups.indices.flatMap { _ in groups[Int.random(in: groups.indices, using: &generator)] }
      if let value = figure(drawn) { found.append(value) }
    }
    guard !found.isEmpty else { return nil }
    found.sort()
    func percentile(_ share: Double) -> Double { found[Int((Double(found.count - 1) * share).rounded())] }
    return Interval(low: percentile(0.025), high: percentile(0.975))
  }
}
