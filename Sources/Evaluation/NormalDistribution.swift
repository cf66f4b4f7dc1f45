import Foundation

/// The standard normal distribution.
package enum NormalDistribution {
  /// The value below which a `share` of it lies, 0 < share < 1: bisection of erfc, to 1e-9.
  package static func quantile(_ share: Double) -> Double {
    var (low, high) = (-10.0, 10.0)
    for _ in 0..<50 {
      let middle = (low + high) / 2
      if erfc(-middle / 2.0.squareRoot()) / 2 < share { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
