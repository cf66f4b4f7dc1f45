internal import Foundation
internal import ModelFormats

extension ReferenceOperators {
  static let pooling: [String: Implementation] = [
    "MaxPool": maxPool,
    "AveragePool": averagePool,
    "LpPool": { call in
      let p = Double(call.integer("p") ?? 2)
      return [try pooled(call) { row, _ in pow(row.reduce(0) { $0 + pow(abs($1), p) }, 1 / p) }]
    },
    "GlobalAveragePool": { call in
      [try global(call) { $0.reduce(0, +) / Double($0.count) }]
    },
    "GlobalMaxPool": { call in [try global(call) { $0.max() ?? -.infinity }] },
    "GlobalLpPool": { call in
      let p = Double(call.integer("p") ?? 2)
      return [try global(call) { row in pow(row.reduce(0) { $0 + pow(abs($1), p) }, 1 / p) }]
    },
  ]

  private static func geometry(_ call: OperatorCall, _ x: Tensor) throws(OperatorFault) -> WindowGeometry {
    guard x.rank >= 3, let kernel = call.integers("kernel_shape") else {
      throw .shape("\(call.name) of shape \(x.shape) with kernel \(call.integers("kernel_shape") ?? [])")
    }
    return try WindowGeometry(
      call, input: Array(x.shape[2...]), kernel: kernel, roundUp: call.flag("ceil_mode"))
  }

  /// `function` of the values inside each window and of the number of window places inside input or padding.
  private static func pooled(
    _ call: OperatorCall, _ function: ([Double], Int) -> Double
  ) throws(OperatorFault) -> Tensor {
    let x = try call.input(0)
    let window = try geometry(call, x)
    let shape = Array(x.shape[..<2]) + window.output
    _ = try TensorShape.count(shape)
    let (taps, data, area) = (try window.taps(), x.doubles, window.input.reduce(1, *))
    try LoadBudget.spend(x.shape[0], x.shape[1], window.output.reduce(1, *), window.kernel.reduce(1, *))
    let counts = window.paddedCounts()
    var result: [Double] = []
    for plane in 0..<x.shape[0] * x.shape[1] {
      for (places, count) in zip(taps, counts) {
        result.append(function(places.map { data[plane * area + $0.source] }, count))
      }
    }
    return Tensor(shape: shape, elements: x.type.elements(result))
  }

  /// The mean of each window: over the values inside the input, or with `count_include_pad` over padding too.
  private static func averagePool(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let padded = call.flag("count_include_pad")
    return [try pooled(call) { row, count in row.reduce(0, +) / Double(padded ? count : row.count) }]
  }

  private static func maxPool(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    let window = try geometry(call, x)
    let shape = Array(x.shape[..<2]) + window.output
    let total = try TensorShape.count(shape)
    try LoadBudget.spend(total, window.kernel.reduce(1, *))
    let (taps, data, area) = (try window.taps(), x.doubles, window.input.reduce(1, *))
    let columnMajor = call.flag("storage_order")
    var (picks, indices) = ([Int](), [Int64]())
    picks.reserveCapacity(total)
    for plane in 0..<x.shape[0] * x.shape[1] {
      for places in taps {
        guard var best = places.first?.source else { throw .shape("a window lies in the padding") }
        for (_, source) in places where data[plane * area + source] > data[plane * area + best] {
          best = source
        }
        picks.append(plane * area + best)
        let place = columnMajor ? window.columnMajor(best) : best
        indices.append(Int64(plane * area + place))
      }
    }
    return [try x.picking(picks, shape: shape), Tensor(shape, indices)]
  }

  private static func global(_ call: OperatorCall, _ function: ([Double]) -> Double) throws(OperatorFault)
    -> Tensor
  {
    let x = try call.input(0)
    guard x.rank >= 2 else { throw .shape("\(call.name) of shape \(x.shape)") }
    let results = try rows(x, axes: Array(2..<x.rank)).map(function)
    let shape = x.shape[..<2] + x.shape[2...].map { _ in 1 }
    return Tensor(shape: Array(shape), elements: x.type.elements(results))
  }
}

extension WindowGeometry {
  /// For each output place how many window places lie inside the input or its padding.
  func paddedCounts() -> [Int] {
    Self.positions(output).map { place in
      place.indices.reduce(1) { count, axis in
        let room = input[axis] + before[axis] + after[axis]
        let start = place[axis] * strides[axis]
        let taps = (0..<kernel[axis]).filter { start + $0 * dilations[axis] < room }
        return count * taps.count
      }
    }
  }

  /// A row-major input index as a column-major one.
  func columnMajor(_ index: Int) -> Int {
    var (rest, position) = (index, [Int]())
    for size in input.reversed() {
      position.append(rest % size)
      rest /= size
    }
    // `position` is last axis first; in column-major order the last axis moves slowest.
    return zip(position, input.reversed()).reduce(0) { $0 * $1.1 + $1.0 }
  }
}
