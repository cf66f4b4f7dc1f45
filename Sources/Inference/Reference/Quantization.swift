internal import ModelFormats

/// Operators on 8-, 16- and 32-bit integers that stand for real numbers: real = (integer - zero point) * scale.
extension ReferenceOperators {
  static let quantization: [String: Implementation] = [
    "QuantizeLinear": quantize, "DequantizeLinear": dequantize, "DynamicQuantizeLinear": dynamicQuantize,
    "MatMulInteger": { call in
      let a = try centered(call.input(0), call.optional(2), rows: true)
      let b = try centered(call.input(1), call.optional(3), rows: false)
      return [
        Tensor(shape: try product(a, b).shape, elements: try product(a, b).elements.converted(to: .int32))
      ]
    },
    "ConvInteger": { call in
      let x = try centered(call.input(0), call.optional(2), rows: false)
      let sums = try convolution(call, x, centered(call.input(1), call.optional(3), rows: nil))
      return [Tensor(shape: sums.shape, elements: TensorType.int32.elements(sums.values))]
    },
    "QLinearMatMul": { call in
      let a = try real(call.input(0), call.input(1), call.input(2), axis: 0)
      let b = try real(call.input(3), call.input(4), call.input(5), axis: 1)
      return [try quantized(product(a, b), call.input(6), call.input(7), axis: 0)]
    },
    "QLinearConv": { call in
      let x = try real(call.input(0), call.input(1), call.input(2), axis: 1)
      let w = try real(call.input(3), call.input(4), call.input(5), axis: 0)
      var sums = try convolution(call, x, w)
      if let bias = call.optional(8) {
        let scale = try call.input(1).scalar()
        let unit = try call.input(4).doubles
        let (numbers, inner) = (bias.doubles, sums.shape[2...].reduce(1, *))
        guard numbers.count == w.shape[0] else {
          throw OperatorFault.shape("bias \(bias.shape), weights \(w.shape)")
        }
        for i in sums.values.indices {
          let channel = i / inner % numbers.count
          sums.values[i] += numbers[channel] * scale * unit[unit.count == 1 ? 0 : channel]
        }
      }
      let result = Tensor(sums.shape, sums.values)
      return [try quantized(result, call.input(6), call.input(7), axis: 1)]
    },
  ]

  /// A scale or zero point spread over `shape`: one number, one for each place of `axis`, or one for each block.
  private static func spread(
    _ tensor: Tensor, over shape: [Int], axis named: Int, block: Int
  ) throws(OperatorFault) -> [Double] {
    let values = tensor.doubles
    if tensor.count == 1 { return [Double](repeating: values[0], count: shape.reduce(1, *)) }
    let axis = try TensorShape.axis(named, rank: shape.count)
    if tensor.rank == 1 {
      guard tensor.count == shape[axis] else {
        throw .shape("\(tensor.count) scales for axis \(axis) of \(shape)")
      }
      let inner = shape[(axis + 1)...].reduce(1, *)
      return (0..<shape.reduce(1, *)).map { values[$0 / inner % shape[axis]] }
    }
    guard block > 0, tensor.rank == shape.count,
      shape.indices.allSatisfy({
        tensor.shape[$0] == ($0 == axis ? (shape[$0] + block - 1) / block : shape[$0])
      })
    else { throw .shape("scales \(tensor.shape) with blocks of \(block) for \(shape)") }
    let lists = shape.indices.map { i in (0..<shape[i]).map { i == axis ? $0 / block : $0 } }
    return try tensor.picking(lists: lists).doubles
  }

  /// The integers less their zero point, as `Double`. One zero point for each row, each column, or each first axis.
  private static func centered(_ x: Tensor, _ zero: Tensor?, rows: Bool?) throws(OperatorFault) -> Tensor {
    guard x.type.isInteger else { throw .type("expected integers, found \(x.type)") }
    let values = x.doubles
    guard let zero, zero.count > 0 else { return Tensor(x.shape, values) }
    let axis = rows == nil ? 0 : (x.rank + (rows == true ? -2 : -1))
    let zeros = try spread(zero, over: x.shape, axis: max(axis, 0), block: 0)
    return Tensor(x.shape, zip(values, zeros).map { $0 - $1 })
  }

  private static func real(
    _ x: Tensor, _ scale: Tensor, _ zero: Tensor?, axis: Int, block: Int = 0
  ) throws(OperatorFault) -> Tensor {
    let scales = try spread(scale, over: x.shape, axis: axis, block: block)
    let zeros =
      try zero.map { zero throws(OperatorFault) in
        try spread(zero, over: x.shape, axis: axis, block: block)
      } ?? scales.map { _ in 0 }
    let values = x.doubles
    return Tensor(x.shape, values.indices.map { (values[$0] - zeros[$0]) * scales[$0] })
  }

  private static func quantized(
    _ x: Tensor, _ scale: Tensor, _ zero: Tensor, axis: Int, block: Int = 0
  ) throws(OperatorFault) -> Tensor {
    guard zero.type.isInteger else { throw .type("zero point is \(zero.type)") }
    let scales = try spread(scale, over: x.shape, axis: axis, block: block)
    let zeros = try spread(zero, over: x.shape, axis: axis, block: block)
    let values = x.doubles
    // The quotient is rounded to the type of x before it is rounded to an integer.
    let quotients = x.type.elements(values.indices.map { values[$0] / scales[$0] }).doubles
    let results = quotients.indices.map { quotients[$0].rounded(.toNearestOrEven) + zeros[$0] }
    return Tensor(shape: x.shape, elements: zero.type.elements(results))
  }

  private static func quantize(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    guard call.integer("output_dtype") ?? 0 == 0, call.integer("precision") ?? 0 == 0 else {
      throw .unsupported("QuantizeLinear with output_dtype or precision")
    }
    let x = try call.input(0)
    guard x.type.isFloat || x.type == .int32 else { throw .type("QuantizeLinear of \(x.type)") }
    let scale = try call.input(1)
    let zero =
      call.optional(2)
      ?? Tensor(shape: scale.shape, elements: TensorType.uint8.elements(scale.doubles.map { _ in 0 }))
    return [
      try quantized(x, scale, zero, axis: call.integer("axis") ?? 1, block: call.integer("block_size") ?? 0)
    ]
  }

  private static func dequantize(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let (x, scale) = (try call.input(0), try call.input(1))
    guard x.type.isInteger else { throw .type("DequantizeLinear of \(x.type)") }
    guard call.integer("output_dtype") ?? 0 == 0 else {
      throw .unsupported("DequantizeLinear with output_dtype")
    }
    let result = try real(
      x, scale, call.optional(2), axis: call.integer("axis") ?? 1, block: call.integer("block_size") ?? 0)
    return [Tensor(shape: x.shape, elements: result.elements.converted(to: scale.type))]
  }

  /// To uint8 with a scale and zero point fitted to the values' range, which always includes 0.
  private static func dynamicQuantize(_ call: OperatorCall) throws(OperatorFault) -> [Tensor] {
    let x = try call.input(0).values(Float.self)
    let (low, high) = (min(x.min() ?? 0, 0), max(x.max() ?? 0, 0))
    let scale = high == low ? 1 : (high - low) / 255
    let zero = min(max((-low / scale).rounded(.toNearestOrEven), 0), 255)
    let values = x.map { Double(($0 / scale).rounded(.toNearestOrEven) + zero) }
    return [
      Tensor(shape: try call.input(0).shape, elements: TensorType.uint8.elements(values)),
      Tensor(scalar: scale),
      Tensor(shape: [], elements: TensorType.uint8.elements([Double(zero)])),
    ]
  }
}
