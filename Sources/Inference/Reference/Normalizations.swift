internal import ModelFormats

/// Operators that shift and scale by statistics. Sums are taken in `Double`.
extension ReferenceOperators {
  static let normalizations: [String: Implementation] = [
    "BatchNormalization": batchNormalization, "InstanceNormalization": instanceNormalization,
    "LayerNormalization": layerNormalization, "GroupNormalization": groupNormalization,
    "RMSNormalization": rmsNormalization, "MeanVarianceNormalization": meanVarianceNormalization,
    "LRN": localResponse,
  ]

  /// The values of a per-channel input.
  private static func channels(_ call: OperatorCall, _ index: Int, _ count: Int) throws(OperatorFault)
    -> [Double]
  {
    let tensor = try call.input(index)
    guard tensor.shape == [count] else {
      throw .shape("input \(index) is \(tensor.shape), expected [\(count)]")
    }
    return tensor.doubles
  }

  /// scale * (x - mean) / sqrt(variance + epsilon) + bias for each channel (axis 1).
  private static func batchNormalization(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    guard x.rank >= 1 else { throw .shape("BatchNormalization of a scalar") }
    if call.flag("training_mode") { throw .unsupported("BatchNormalization with training_mode") }
    if call.version < 7, call.integer("is_test") != 1 { throw .unsupported("BatchNormalization that learns") }
    if call.version < 9, call.integer("spatial") == 0 {
      throw .unsupported("BatchNormalization with spatial = 0")
    }
    let count = x.rank > 1 ? x.shape[1] : 1
    let (scale, bias) = (try channels(call, 1, count), try channels(call, 2, count))
    let (mean, variance) = (try channels(call, 3, count), try channels(call, 4, count))
    let epsilon = call.number("epsilon") ?? Double(Float(1e-5))
    let inner = x.rank > 2 ? x.shape[2...].reduce(1, *) : 1
    let values = x.doubles.enumerated().map { index, value in
      let c = index / inner % count
      return scale[c] * (value - mean[c]) / (variance[c] + epsilon).squareRoot() + bias[c]
    }
    return [Tensor(shape: x.shape, elements: x.type.elements(values))]
  }

  /// Rows of `length` elements brought to mean 0 and variance 1; with the means and 1 / standard deviations.
  static func standardized(
    _ values: [Double], length: Int, epsilon: Double
  ) -> (values: [Double], means: [Double], inverses: [Double]) {
    var (result, means, inverses) = (values, [Double](), [Double]())
    guard length > 0 else { return (values, [], []) }
    for start in stride(from: 0, to: values.count, by: length) {
      let row = values[start..<start + length]
      let mean = row.reduce(0, +) / Double(length)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(length)
      let inverse = 1 / (variance + epsilon).squareRoot()
      for i in row.indices { result[i] = (values[i] - mean) * inverse }
      means.append(mean)
      inverses.append(inverse)
    }
    return (result, means, inverses)
  }

  private static func instanceNormalization(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    guard x.rank >= 2 else { throw .shape("InstanceNormalization of shape \(x.shape)") }
    let (scale, bias) = (try channels(call, 1, x.shape[1]), try channels(call, 2, x.shape[1]))
    let inner = x.shape[2...].reduce(1, *)
    let epsilon = call.number("epsilon") ?? Double(Float(1e-5))
    let normal = standardized(x.doubles, length: inner, epsilon: epsilon).values
    let values = normal.indices.map { i in
      let c = i / max(inner, 1) % x.shape[1]
      return normal[i] * scale[c] + bias[c]
    }
    return [Tensor(shape: x.shape, elements: x.type.elements(values))]
  }

  /// Over all axes from `axis` on; scale and bias broadcast to the result.
  private static func layerNormalization(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    let axis = try TensorShape.axis(call.integer("axis") ?? -1, rank: x.rank)
    if let type = call.integer("stash_type"), type != 1 { throw .unsupported("stash_type = \(type)") }
    let length = x.shape[axis...].reduce(1, *)
    let epsilon = call.number("epsilon") ?? Double(Float(1e-5))
    let normal = standardized(x.doubles, length: length, epsilon: epsilon)
    var result = Tensor(shape: x.shape, elements: x.type.elements(normal.values))
    result = try result.combined(.multiply, call.input(1))
    if let bias = call.optional(2) { result = try result.combined(.add, bias) }
    let shape = x.shape[..<axis] + x.shape[axis...].map { _ in 1 }
    guard result.shape == x.shape, length > 0 else { throw .shape("scale or bias do not fit \(x.shape)") }
    return [
      result, Tensor(Array(shape), normal.means.map { Float($0) }),
      Tensor(Array(shape), normal.inverses.map { Float($0) }),
    ]
  }

  private static func groupNormalization(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    let groups = call.integer("num_groups") ?? 0
    guard x.rank >= 2, groups > 0, x.shape[1] % groups == 0 else {
      throw .shape("\(groups) groups for shape \(x.shape)")
    }
    let inner = x.shape[2...].reduce(1, *)
    let perGroup = x.shape[1] / groups
    let epsilon = call.number("epsilon") ?? Double(Float(1e-5))
    let normal = standardized(x.doubles, length: perGroup * inner, epsilon: epsilon).values
    // Version 18 scales groups, 21 and newer scale channels.
    let count = call.version < 21 ? groups : x.shape[1]
    let (scale, bias) = (try channels(call, 1, count), try channels(call, 2, count))
    let values = normal.indices.map { i in
      let channel = i / max(inner, 1) % x.shape[1]
      let c = call.version < 21 ? channel / perGroup : channel
      return normal[i] * scale[c] + bias[c]
    }
    return [Tensor(shape: x.shape, elements: x.type.elements(values))]
  }

  /// scale * x / sqrt(mean(x²) + epsilon) over all axes from `axis` on.
  private static func rmsNormalization(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    let axis = try TensorShape.axis(call.integer("axis") ?? -1, rank: x.rank)
    let length = x.shape[axis...].reduce(1, *)
    let epsilon = call.number("epsilon") ?? Double(Float(1e-5))
    var values = x.doubles
    for start in stride(from: 0, to: values.count, by: max(length, 1)) {
      let square = values[start..<start + length].reduce(0) { $0 + $1 * $1 } / Double(length)
      for i in start..<start + length { values[i] /= (square + epsilon).squareRoot() }
    }
    return [try Tensor(shape: x.shape, elements: x.type.elements(values)).combined(.multiply, call.input(1))]
  }

  /// (x - mean) / (standard deviation + 1e-9) over `axes`, by default all but the channels.
  private static func meanVarianceNormalization(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    let axes = try TensorShape.axes(call.integers("axes") ?? [0, 2, 3], rank: x.rank)
    let others = x.shape.indices.filter { !axes.contains($0) }
    let order = others + axes
    let moved = try x.transposed(order)
    let length = axes.reduce(1) { $0 * x.shape[$1] }
    var values = moved.doubles
    for start in stride(from: 0, to: values.count, by: max(length, 1)) {
      let row = values[start..<start + length]
      let mean = row.reduce(0, +) / Double(length)
      let deviation = (row.reduce(0) { $0 + $1 * $1 } / Double(length) - mean * mean).squareRoot()
      for i in start..<start + length { values[i] = (values[i] - mean) / (deviation + 1e-9) }
    }
    let result = Tensor(shape: moved.shape, elements: x.type.elements(values))
    return [try result.transposed(x.shape.indices.map { order.firstIndex(of: $0) ?? $0 })]
  }

  /// x / (bias + alpha / size * sum of squares over `size` neighbouring channels) ^ beta.
  private static func localResponse(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0)
    let size = call.integer("size") ?? 0
    guard x.rank >= 2, size > 0 else { throw .shape("LRN over \(size) channels of shape \(x.shape)") }
    let alpha = call.number("alpha") ?? Double(Float(0.0001))
    let (beta, bias) = (call.number("beta") ?? 0.75, call.number("bias") ?? 1)
    let inner = x.shape[2...].reduce(1, *)
    try LoadBudget.spend(x.count, min(size, x.shape[1]))
    let (count, values) = (x.shape[1], x.doubles)
    let result = values.indices.map { i -> Double in
      let channel = i / inner % count
      let (from, to) = (max(0, channel - (size - 1) / 2), min(count - 1, channel + size / 2))
      var squares = 0.0
      for c in from...max(from, to) {
        let other = values[i + (c - channel) * inner]
        squares += other * other
      }
      return values[i] / power(bias + alpha / Double(size) * squares, beta)
    }
    return [Tensor(shape: x.shape, elements: x.type.elements(result))]
  }

  private static func power(_ base: Double, _ exponent: Double) -> Double {
    BinaryOperation.power.onNumbers?(base, exponent) ?? .nan
  }
}
