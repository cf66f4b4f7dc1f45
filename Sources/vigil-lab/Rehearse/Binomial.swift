import Foundation

/// Bounds of a rate that was counted.
enum Binomial {
  /// Clopper and Pearson's interval in per cent, by bisection of the binomial distribution; with no event the upper
  /// end is the one-sided 95 % bound 1 - .05^(1/n).
  static func bounds(_ events: Int, of count: Int) -> (Double, Double) {
    let n = Double(count)
    if events == 0 { return (0, 100 * (1 - pow(0.05, 1 / n))) }
    /// The chance of at most `k` events at rate `p`.
    func below(_ k: Int, _ p: Double) -> Double {
      guard k >= 0 else { return 0 }
      return (0...k).reduce(0.0) { sum, i in
        let x = Double(i)
        let ways: Double = lgamma(n + 1) - lgamma(x + 1) - lgamma(n - x + 1)
        let chance: Double = x * log(p) + (n - x) * log1p(-p)
        return sum + exp(ways + chance)
      }
    }
    func root(_ isAbove: (Double) -> Bool) -> Double {
      var (low, high) = (1e-12, 1 - 1e-12)
      for _ in 0..<60 {
        let middle = (low + high) / 2
        if isAbove(middle) { high = middle } else { low = middle }
      }
      return 100 * (low + high) / 2
    }
    let upper = events == count ? 100 : root { below(events, $0) < 0.025 }
    return (root { 1 - below(events - 1, $0) > 0.025 }, upper)
  }
}
