import Foundation

/// False alarms on genuine recordings: how often an unfavourable verdict began, in how much time.
public struct AlarmRate: Sendable, Equatable, Codable {
  /// Times that it began.
  public let alarms: Int
  /// Minutes of genuine recordings.
  public let minutes: Double
  /// Genuine recordings in which it ever began.
  public let recordings: Share

  /// Alarms of the genuine samples whose length is known, or what else `count` says of them; nil when there is none.
  public init?(_ samples: [ScoredSample], counting count: (ScoredSample) -> Int = { $0.alarms }) {
    let timed = samples.filter { !$0.positive && $0.seconds != nil }
    minutes = timed.reduce(0) { $0 + ($1.seconds ?? 0) } / 60
    guard minutes > 0 else { return nil }
    alarms = timed.reduce(0) { $0 + count($1) }
    recordings = Share(timed.count { count($0) > 0 }, of: timed.count)
  }

  /// Alarms a minute.
  public var perMinute: Double { Double(alarms) / minutes }

  /// The exact 95 % interval of ``perMinute`` for alarms that come independently (Poisson; Garwood 1936).
  public var interval: Interval {
    // The mean under which at most `count` alarms have the chance `share`; it falls as the mean grows.
    func mean(atMost count: Int, chance share: Double) -> Double {
      var (low, high) = (0.0, 2 * Double(count) + 30)
      for _ in 0..<100 {
        let middle = (low + high) / 2
        var (term, sum) = (exp(-middle), exp(-middle))
        for number in stride(from: 1, through: count, by: 1) {
          term *= middle / Double(number)
          sum += term
        }
        if sum > share { low = middle } else { high = middle }
      }
      return (low + high) / 2
    }
    // Beyond a few hundred alarms exp(-mean) is too small a number; there the normal law serves.
    guard alarms <= 300 else {
      let half = 1.959964 * Double(alarms).squareRoot()
      return Interval(low: (Double(alarms) - half) / minutes, high: (Double(alarms) + half) / minutes)
    }
    let low = alarms == 0 ? 0 : mean(atMost: alarms - 1, chance: 0.975)
    return Interval(low: low / minutes, high: mean(atMost: alarms, chance: 0.025) / minutes)
  }
}

extension AlarmRate {
  private enum Written: String, CodingKey { case alarms, minutes, recordings, perMinute, interval }

  /// The counts with the rate and its interval.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Written.self)
    try fields.encode(alarms, forKey: .alarms)
    try fields.encode(minutes, forKey: .minutes)
    try fields.encode(recordings, forKey: .recordings)
    try fields.encode(perMinute, forKey: .perMinute)
    try fields.encode(interval, forKey: .interval)
  }
}

/// Forgeries whose original was judged as well: is the forgery always thought the likelier one?
public struct PairedOrder: Sendable, Equatable, Codable {
  /// Pairs of a positive and a negative of one group in which the positive scored higher; equal ones do not count.
  public let inOrder: Share

  /// All pairs within groups that hold both classes; nil when no group does.
  public init?(_ samples: [ScoredSample]) {
    var (hits, count) = (0, 0)
    for members in Dictionary(grouping: samples, by: \.group).values {
      let negatives = members.filter { !$0.positive }
      for positive in members where positive.positive {
        hits += negatives.count { $0.probability < positive.probability }
        count += negatives.count
      }
    }
    guard count > 0 else { return nil }
    inOrder = Share(hits, of: count)
  }
}
