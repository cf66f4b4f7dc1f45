import Foundation

/// One file's mean logits by the networks that were asked, for learning weights.
public struct JoinSample: Sendable {
  /// Mean logit by network; missing when the network could not say.
  public let logits: [String: Double]
  /// True for a forgery or an attack.
  public let positive: Bool
  /// Person, driver or generator.
  public let group: String

  /// A sample by its parts.
  public init(logits: [String: Double], positive: Bool, group: String) {
    (self.logits, self.positive, self.group) = (logits, positive, group)
  }
}

/// Weights under which several networks' logits become one: logistic regression with weights that are not negative.
public struct JoinFit: Sendable, Equatable {
  /// Weight by network; a network that does not help has none.
  public let weights: [String: Double]
  /// Added to the weighted sum.
  public let bias: Double

  /// The probability of a sample all of whose networks are there; nil otherwise.
  public func probability(_ logits: [String: Double]) -> Double? {
    var sum = bias
    for (name, weight) in weights {
      guard let logit = logits[name] else { return nil }
      sum += weight * logit
    }
    return 1 / (1 + exp(-sum))
  }

  /// The weights of `members` of the highest likelihood on the samples that have them all.
  ///
  /// Both classes weigh the same; targets are Platt's (1999), so that separable samples give finite numbers. Where the
  /// best weight is negative the network is left out and the rest is fitted again. Nil when a class is missing or no
  /// network ranks.
  public static func fit(_ samples: [JoinSample], members: [String]) -> JoinFit? {
    var names = members
    let usable = samples.filter { sample in names.allSatisfy { sample.logits[$0]?.isFinite ?? false } }
    let positives = Double(usable.count { $0.positive })
    let negatives = Double(usable.count) - positives
    guard positives > 0, negatives > 0 else { return nil }
    while !names.isEmpty {
      let rows = usable.map { sample in names.map { sample.logits[$0] ?? 0 } + [1] }
      let targets = usable.map { $0.positive ? (positives + 1) / (positives + 2) : 1 / (negatives + 2) }
      let shares = usable.map { 0.5 / ($0.positive ? positives : negatives) }
      let found = regression(rows, targets, shares)
      guard found.allSatisfy(\.isFinite) else { return nil }
      let worst = names.indices.min { found[$0] < found[$1] } ?? 0
      if found[worst] > 1e-9 {
        return JoinFit(weights: Dictionary(uniqueKeysWithValues: zip(names, found)), bias: found[names.count])
      }
      names.remove(at: worst)
    }
    return nil
  }

  /// Newton's method on the weighted likelihood with a faint pull to 0 (1e-4 of a logit), so that equal columns have
  /// one answer.
  private static func regression(_ rows: [[Double]], _ targets: [Double], _ shares: [Double]) -> [Double] {
    let size = rows.first?.count ?? 0
    var found = [Double](repeating: 0, count: size)
    for _ in 0..<200 {
      var gradient = found.map { 1e-4 * $0 }
      var curve = (0..<size).map { i in (0..<size).map { $0 == i ? 1e-4 : 0.0 } }
      for (index, row) in rows.enumerated() {
        let sum = zip(row, found).reduce(0) { $0 + $1.0 * $1.1 }
        let said = 1 / (1 + exp(-sum))
        let (miss, weight) = (shares[index] * (said - targets[index]), shares[index] * said * (1 - said))
        for i in 0..<size {
          gradient[i] += miss * row[i]
          for j in 0..<size { curve[i][j] += weight * row[i] * row[j] }
        }
      }
      guard let step = solve(curve, gradient) else { return found.map { _ in .nan } }
      let longest = step.map(abs).max() ?? 0
      let damping = longest > 2 ? 2 / longest : 1
      for i in 0..<size { found[i] -= damping * step[i] }
      if longest < 1e-10 { break }
    }
    return found
  }

  /// Gaussian elimination with pivoting; nil for a singular matrix.
  private static func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double]? {
    var rows = zip(matrix, right).map { $0 + [$1] }
    let size = rows.count
    for column in 0..<size {
      let pivot = (column..<size).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
      guard abs(rows[pivot][column]) > 1e-14 else { return nil }
      rows.swapAt(column, pivot)
      for row in 0..<size where row != column {
        let factor = rows[row][column] / rows[column][column]
        for place in column...size { rows[row][place] -= factor * rows[column][place] }
      }
    }
    return (0..<size).map { rows[$0][size] / rows[$0][$0] }
  }
}

/// What a fit comes to on groups that it did not see.
public struct JoinCheck: Sendable {
  /// Each sample's probability by the fit on the other parts' groups.
  public let samples: [ScoredSample]

  /// Fits on all but one of `parts` parts of the groups in turn, and scores the part left out.
  ///
  /// Repeatable. Nil when a fit fails in some part.
  public init?(_ samples: [JoinSample], members: [String], parts: Int = 5) {
    let groups = Set(samples.map(\.group)).sorted()
    guard groups.count >= parts, parts > 1 else { return nil }
    // The parts take groups in turn, those with positives and without apart, so that each part has both.
    let withPositives = Set(samples.filter(\.positive).map(\.group))
    let order = groups.filter(withPositives.contains) + groups.filter { !withPositives.contains($0) }
    let part = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($0.element, $0.offset % parts) })
    var scored: [ScoredSample] = []
    for number in 0..<parts {
      guard let fit = JoinFit.fit(samples.filter { part[$0.group] != number }, members: members) else {
        return nil
      }
      for sample in samples where part[sample.group] == number {
        guard let probability = fit.probability(sample.logits),
          let one = ScoredSample(
            path: "", positive: sample.positive, group: sample.group, source: "", kind: "",
            probability: probability)
        else { continue }
        scored.append(one)
      }
    }
    self.samples = scored
  }
}
