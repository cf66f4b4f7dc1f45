internal import Foundation
internal import ModelFormats

/// Operators that turn an axis into one number, or walk along it.
extension ReferenceOperators {
  static let reductions: [String: Implementation] = {
    var table: [String: Implementation] = [
      "ArgMax": { call in [try extremeIndex(call, larger: true)] },
      "ArgMin": { call in [try extremeIndex(call, larger: false)] },
      "CumSum": { call in [try cumulated(call, .add, 0)] },
      "CumProd": { call in [try cumulated(call, .multiply, 1)] },
      "Softmax": { call in [try softmax(call)] },
      "LogSoftmax": { call in [try softmax(call)] },
      "Hardmax": { call in
        [
          try alongAxis(call) { row in
            let best = row.indices.max { row[$0] < row[$1] || (row[$0] == row[$1] && $0 > $1) }
            return row.indices.map { $0 == best ? 1 : 0 }
          }
        ]
      },
      "LpNormalization": { call in [try lpNormalization(call)] },
    ]
    for (name, function) in reducers { table[name] = reduction(function) }
    return table
  }()

  private static func reduction(_ function: @escaping @Sendable ([Double]) -> Double) -> Implementation {
    { call in [try reduced(call, function)] }
  }

  private static let reducers: [String: @Sendable ([Double]) -> Double] = [
    "ReduceSum": { $0.reduce(0, +) },
    "ReduceMean": { $0.reduce(0, +) / Double($0.count) },
    "ReduceProd": { $0.reduce(1, *) },
    "ReduceMax": { $0.reduce(-.infinity) { $0.isNaN || $1.isNaN ? .nan : max($0, $1) } },
    "ReduceMin": { $0.reduce(.infinity) { $0.isNaN || $1.isNaN ? .nan : min($0, $1) } },
    "ReduceL1": { $0.reduce(0) { $0 + abs($1) } },
    "ReduceL2": { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() },
    "ReduceSumSquare": { $0.reduce(0) { $0 + $1 * $1 } },
    "ReduceLogSum": { log($0.reduce(0, +)) },
    "ReduceLogSumExp": { row in
      let top = row.max() ?? -.infinity
      return top.isFinite ? top + log(row.reduce(0) { $0 + exp($1 - top) }) : top
    },
  ]

  /// The rows along `axes`, in the order of the other axes.
  static func rows(_ x: Tensor, axes: [Int]) throws(OperatorFault) -> [[Double]] {
    let others = x.shape.indices.filter { !axes.contains($0) }
    let values = try x.transposed(others + axes).doubles
    let length = axes.reduce(1) { $0 * x.shape[$1] }
    return (0..<others.reduce(1) { $0 * x.shape[$1] }).map { Array(values[$0 * length..<($0 + 1) * length]) }
  }

  private static func reduced(
    _ call: OperatorCall, _ function: ([Double]) -> Double
  ) throws(OperatorFault) -> Tensor {
    let x = try call.input(0)
    guard x.type != .bool || call.name == "ReduceMax" || call.name == "ReduceMin" else {
      throw .type("\(call.name) does not take bool")
    }
    let given = try call.integers("axes", orInput: 1) ?? []
    if given.isEmpty && call.flag("noop_with_empty_axes") {
      // No axis: each element is a row of its own.
      let single = x.doubles.map { function([$0]) }
      return Tensor(shape: x.shape, elements: x.type.elements(single))
    }
    let axes = given.isEmpty ? Array(x.shape.indices) : try TensorShape.axes(given, rank: x.rank)
    let keep = call.flag("keepdims", default: true)
    let shape = x.shape.indices.compactMap { axes.contains($0) ? (keep ? 1 : nil) : x.shape[$0] }
    var results = try rows(x, axes: axes).map(function)
    // The largest of no Booleans is false.
    if x.type == .bool { results = results.map { $0 == -.infinity ? 0 : $0 } }
    return Tensor(shape: shape, elements: x.type.elements(results))
  }

  private static func extremeIndex(_ call: OperatorCall, larger: Bool) throws(OperatorFault) -> Tensor {
    let x = try call.input(0)
    let axis = try TensorShape.axis(call.integer("axis") ?? 0, rank: x.rank)
    guard x.shape[axis] > 0 else { throw .shape("\(call.name) over an empty axis of \(x.shape)") }
    let last = call.flag("select_last_index")
    let indices = try rows(x, axes: [axis]).map { row in
      var best = 0
      for i in row.indices.dropFirst() {
        if (larger ? row[i] > row[best] : row[i] < row[best]) || (last && row[i] == row[best]) { best = i }
      }
      return Int64(best)
    }
    var shape = x.shape
    if call.flag("keepdims", default: true) { shape[axis] = 1 } else { shape.remove(at: axis) }
    return Tensor(shape, indices)
  }

  /// `function` on each row along `axis`; a row keeps its length.
  static func alongAxis(
    _ x: Tensor, axis: Int, _ function: ([Double]) -> [Double]
  ) throws(OperatorFault) -> Tensor {
    let others = x.shape.indices.filter { $0 != axis }
    let order = others + [axis]
    let values = try rows(x, axes: [axis]).flatMap(function)
    let moved = Tensor(shape: order.map { x.shape[$0] }, elements: x.type.elements(values))
    return try moved.transposed(x.shape.indices.map { order.firstIndex(of: $0) ?? $0 })
  }

  /// The axis rule of Softmax and its kin: one axis (last by default) from opset 13 on; before that all axes from
  /// `axis` (1 by default) are one row.
  private static func alongAxis(
    _ call: OperatorCall, _ function: ([Double]) -> [Double]
  ) throws(OperatorFault) -> Tensor {
    let x = try call.input(0)
    guard x.type.isFloat else { throw .type("\(call.name) does not take \(x.type)") }
    if call.version >= 13 {
      return try alongAxis(x, axis: TensorShape.axis(call.integer("axis") ?? -1, rank: x.rank), function)
    }
    let axis = try TensorShape.axis(call.integer("axis") ?? 1, rank: x.rank)
    let flat = try x.reshaped([x.shape[..<axis].reduce(1, *), x.shape[axis...].reduce(1, *)])
    return try alongAxis(flat, axis: 1, function).reshaped(x.shape)
  }

  private static func softmax(_ call: OperatorCall) throws(OperatorFault) -> Tensor {
    let logarithm = call.name == "LogSoftmax"
    let half = try call.input(0).type == .float16
    return try alongAxis(call) { row in
      let top = row.max() ?? 0
      // 16-bit numbers are rounded after each step, as the ONNX reference does it.
      if half && !logarithm {
        let powers = row.map { Double(Float16(exp(Double(Float16($0 - top))))) }
        let sum = Double(Float16(powers.reduce(0, +)))
        return powers.map { $0 / sum }
      }
      let sum = row.reduce(0) { $0 + exp($1 - top) }
      return logarithm ? row.map { $0 - top - log(sum) } : row.map { exp($0 - top) / sum }
    }
  }

  private static func cumulated(
    _ call: OperatorCall, _ operation: BinaryOperation, _ start: Double
  ) throws(OperatorFault) -> Tensor {
    let x = try call.input(0)
    let axis = try TensorShape.axis(Int(number: call.input(1).scalar()), rank: x.rank)
    let (exclusive, reverse) = (call.flag("exclusive"), call.flag("reverse"))
    guard let combine = operation.onNumbers else { throw .unsupported(call.name) }
    return try alongAxis(x, axis: axis) { row in
      var result = row
      var sum = start
      for i in reverse ? Array(row.indices.reversed()) : Array(row.indices) {
        let next = combine(sum, row[i])
        result[i] = exclusive ? sum : next
        sum = next
      }
      return result
    }
  }

  private static func lpNormalization(_ call: OperatorCall) throws(OperatorFault) -> Tensor {
    let x = try call.input(0)
    let p = call.integer("p") ?? 2
    guard p == 1 || p == 2 else { throw .attribute("p = \(p)") }
    let axis = try TensorShape.axis(call.integer("axis") ?? -1, rank: x.rank)
    return try alongAxis(x, axis: axis) { row in
      let norm = p == 1 ? row.reduce(0) { $0 + abs($1) } : row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return row.map { norm == 0 ? 0 : $0 / norm }
    }
  }
}
