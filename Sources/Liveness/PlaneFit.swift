import Foundation
import Quantities

/// The projective map of a plane between two views of points (eight parameters, direct linear transform, least
/// squares; Hartley and Zisserman 2004, chapter 4, with centred and scaled points).
struct PlaneFit {
  private let h: [Double]

  /// Fits the map of `from` onto `to`, both about their own centre and in units of their own spread. Nil for fewer
  /// than six points, or when they lie on a line.
  init?(_ from: [SIMD2<Double>], onto to: [SIMD2<Double>]) {
    guard from.count == to.count, from.count >= 6 else { return nil }
    var normal = [Double](repeating: 0, count: 72)
    func add(_ row: [Double], _ value: Double) {
      for i in 0..<8 where row[i] != 0 {
        for j in 0..<8 { normal[i * 9 + j] += row[i] * row[j] }
        normal[i * 9 + 8] += row[i] * value
      }
    }
    for (a, b) in zip(from, to) {
      add([a.x, a.y, 1, 0, 0, 0, -b.x * a.x, -b.x * a.y], b.x)
      add([0, 0, 0, a.x, a.y, 1, -b.y * a.x, -b.y * a.y], b.y)
    }
    guard let solved = Self.solve(&normal) else { return nil }
    h = solved
  }

  /// Where the plane's map takes `p`; nil at its horizon.
  func callAsFunction(_ p: SIMD2<Double>) -> SIMD2<Double>? {
    let w = h[6] * p.x + h[7] * p.y + 1
    guard abs(w) > 1e-6 else { return nil }
    return SIMD2(h[0] * p.x + h[1] * p.y + h[2], h[3] * p.x + h[4] * p.y + h[5]) / w
  }

  /// Gauss elimination with column pivots of eight rows of nine numbers.
  private static func solve(_ m: inout [Double]) -> [Double]? {
    for column in 0..<8 {
      guard let pivot = (column..<8).max(by: { abs(m[$0 * 9 + column]) < abs(m[$1 * 9 + column]) }),
        abs(m[pivot * 9 + column]) > 1e-9
      else { return nil }
      if pivot != column { for j in 0..<9 { m.swapAt(pivot * 9 + j, column * 9 + j) } }
      for row in 0..<8 where row != column {
        let share = m[row * 9 + column] / m[column * 9 + column]
        guard share != 0 else { continue }
        for j in column..<9 { m[row * 9 + j] -= share * m[column * 9 + j] }
      }
    }
    return (0..<8).map { (row: Int) -> Double in m[row * 9 + 8] / m[row * 9 + row] }
  }
}
