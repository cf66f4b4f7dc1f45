import Foundation
public import Quantities

/// Some numbers over time on an even grid, with holes where nothing was measured.
///
/// The grid is counted from the clock's origin, so that two series of one clock fall onto the same instants.
public struct LipSeries: Sendable {
  /// Values a second.
  public static let rate = 50
  /// Between two measurements further apart nothing is interpolated.
  static let longestHole = 0.15

  /// Number of the first instant: its seconds times ``rate``.
  public private(set) var first = 0
  /// One row an instant; nil where nothing is known.
  public private(set) var rows: [[Double]?] = []
  private var newest: (seconds: Double, values: [Double])?

  /// A series without values.
  public init() {}

  /// A series from its rows, the first of them at the instant number `first`.
  public init(first: Int, rows: [[Double]?]) { (self.first, self.rows) = (first, rows) }

  /// Number of the instant behind the last.
  var end: Int { first + rows.count }

  /// Takes what was measured at `time`; the grid between this and the measurement before is filled linearly.
  public mutating func add(_ values: [Double], at time: MonotonicInstant) {
    let seconds = time.seconds
    guard values.allSatisfy(\.isFinite), abs(seconds) < 1e9 else { return }
    defer { newest = (seconds, values) }
    guard let before = newest else { return }
    guard seconds > before.seconds else {
      // The clock was set back: what was before does not belong to what follows.
      self = LipSeries()
      return
    }
    let rate = Double(Self.rate)
    let (from, to) = (Int((before.seconds * rate).rounded(.up)), Int((seconds * rate).rounded(.up)))
    if rows.isEmpty { first = from }
    guard from >= end else { return }
    // A hole of hours is no reason to write down every instant of it.
    if from - end > 60 * Self.rate { (first, rows) = (from, []) }
    rows += Array(repeating: nil, count: max(from - end, 0))
    guard to > from else { return }
    guard seconds - before.seconds <= Self.longestHole else {
      if to - from > 60 * Self.rate { (first, rows) = (to, []) }
      rows += Array(repeating: nil, count: max(to - end, 0))
      return
    }
    for instant in from..<to {
      let part = (Double(instant) / rate - before.seconds) / (seconds - before.seconds)
      rows.append(zip(before.values, values).map { $0 + ($1 - $0) * part })
    }
  }

  /// Forgets all but the newest `seconds`.
  mutating func keep(_ seconds: Int) {
    let extra = rows.count - seconds * Self.rate
    // In steps, so that the rows are not moved for each.
    guard extra > Self.rate * 5 else { return }
    rows.removeFirst(extra)
    first += extra
  }

  /// The rows of the instants `range`; nil outside.
  func rows(_ range: Range<Int>) -> [[Double]?] {
    range.map { $0 >= first && $0 < end ? rows[$0 - first] : nil }
  }
}

/// The slow part taken away and the fast part smoothed, as both lips and voices move 1 to 8 times a second.
enum LipFilter {
  /// Standard deviations of the two bells, in instants of the grid.
  static let fine = 1.0
  static let coarse = 10.0

  /// Each column of `rows` less its slow part, in standard deviations of the column; nil where nothing is known.
  static func normalized(_ rows: [[Double]?]) -> [[Double]?] {
    let passed = zip(smooth(rows, fine), smooth(rows, coarse)).map { fine, coarse -> [Double]? in
      guard let fine, let coarse else { return nil }
      return zip(fine, coarse).map { $0 - $1 }
    }
    let known = passed.compactMap { $0 }
    guard let width = known.first?.count else { return passed }
    let deviations = (0..<width).map { column in
      (known.reduce(0) { $0 + $1[column] * $1[column] } / Double(known.count)).squareRoot() + 1e-9
    }
    return passed.map { $0.map { zip($0, deviations).map { $0 / $1 } } }
  }

  /// The mean of the known rows around each known one, weighted by a bell.
  static func smooth(_ rows: [[Double]?], _ deviation: Double) -> [[Double]?] {
    let reach = Int(4 * deviation + 0.5)
    let bell = (-reach...reach).map { exp(-0.5 * pow(Double($0) / deviation, 2)) }
    return rows.indices.map { place in
      guard let row = rows[place] else { return nil }
      var (sum, weight) = ([Double](repeating: 0, count: row.count), 0.0)
      for other in max(place - reach, 0)...min(place + reach, rows.count - 1) {
        guard let values = rows[other] else { continue }
        let part = bell[other - place + reach]
        weight += part
        for column in sum.indices { sum[column] += part * values[column] }
      }
      return sum.map { $0 / weight }
    }
  }
}
