import Foundation

/// Sizes of a product: left [rows, inner] x right [inner, outputs].
package struct ProductSizes {
  let rows: Int
  let inner: Int
  let outputs: Int

  package init(rows: Int, inner: Int, outputs: Int) {
    (self.rows, self.inner, self.outputs) = (rows, inner, outputs)
  }
}

/// Who multiplies two matrices that are both computed at run time. (Weights are packed at load, and with those our own
/// kernels win every shape measured: docs/decisions/0002.)
package enum ProductWay {
  case own
  case library

  /// The faster way of the nearest shape that was measured with this instruction set; a tie goes to the library.
  ///
  /// Nearest: the least sum of squared logarithms of the sizes' ratios. A set that nobody measured takes our own kernels.
  package static func planned(_ sizes: ProductSizes, set: String) -> ProductWay {
    func distance(_ measured: MeasuredProduct) -> Double {
      [
        (sizes.rows, measured.rows), (sizes.inner, measured.inner), (sizes.outputs, measured.outputs),
      ].reduce(0) { $0 + pow(log(Double(max($1.0, 1)) / Double($1.1)), 2) }
    }
    let table = MeasuredProduct.all.filter { $0.set == set }
    guard let nearest = table.min(by: { distance($0) < distance($1) }) else { return .own }
    return nearest.ratio >= 1 ? .library : .own
  }
}

/// One line of the table: how long our kernels take, divided by how long OpenBLAS takes.
struct MeasuredProduct {
  let set: String
  let rows: Int
  let inner: Int
  let outputs: Int
  let ratio: Double

  init(_ set: String, _ rows: Int, _ inner: Int, _ outputs: Int, _ ratio: Double) {
    (self.set, self.rows, self.inner, self.outputs, self.ratio) = (set, rows, inner, outputs, ratio)
  }
}
