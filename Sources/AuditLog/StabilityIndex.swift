import Foundation

/// Statistics of drift.
public enum StabilityIndex {
  /// The population stability index of `sample` against `baseline`, both not empty.
  public static func of(_ baseline: [Double], _ sample: [Double]) -> Double {
    let sorted = baseline.sorted()
    let limits = (1..<10).map { sorted[$0 * sorted.count / 10] }
    func shares(_ numbers: [Double]) -> [Double] {
      var counts = [Double](repeating: 0, count: 10)
      for number in numbers { counts[limits.firstIndex { number < $0 } ?? 9] += 1 }
      // Half a number in an empty bin, so that the logarithm exists.
      return counts.map { max($0, 0.5) / Double(numbers.count) }
    }
    return zip(shares(baseline), shares(sample)).reduce(0) { $0 + ($1.1 - $1.0) * log($1.1 / $1.0) }
  }

  /// The Monday of an RFC 3339 time's week, as a date.
  static func week(_ wall: String) -> String {
    let parts = wall.prefix(10).split(separator: "-").compactMap { Int($0) }
    guard parts.count == 3 else { return "" }
    let shift = parts[1] <= 2 ? 1 : 0
    let year = parts[0] - shift
    let month = (parts[1] + 9) % 12
    let day = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + parts[2] - 1 - 719_468
    let monday = day - (day + 3) % 7
    return String(ClockReading.text(microseconds: Int64(monday) * 86_400_000_000).prefix(10))
  }
}
