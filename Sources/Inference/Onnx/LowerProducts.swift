internal import ModelFormats

extension OnnxLowering {
  /// Matrix products, softmax and normalizations over axes.
  mutating func lowerProduct(_ node: OnnxNode) throws(OnnxError) -> Bool {
    guard let input = node.inputs.first, let output = node.outputs.first, isFloat(input), isFloat(output)
    else {
      return false
    }
    switch node.kind {
    case "Gemm": return try gemm(node, input, output)
    case "MatMul": return try product(node, input, output)
    case "Softmax": return try softmax(node, input, output)
    case "LayerNormalization" where node.outputs.count == 1:
      return try layerNormalization(node, input, output)
    default: return false
    }
  }

  private mutating func gemm(_ node: OnnxNode, _ input: String, _ output: String) throws(OnnxError) -> Bool {
    let (call, sizes) = (call(node), shape(output))
    guard !call.flag("transA"), let weights = numbers(node.inputs[1]) else { return false }
    let (rows, columns) = (shape(node.inputs[1])[0], shape(node.inputs[1])[1])
    let (alpha, beta) = (Float(call.number("alpha") ?? 1), Float(call.number("beta") ?? 1))
    let turned = call.flag("transB")
    let (outputs, inner) = turned ? (rows, columns) : (columns, rows)
    let stored = StoredWeights(
      weights, order: turned ? .outputsFirst : .inputsFirst,
      factors: alpha == 1 ? nil : [Float](repeating: alpha, count: outputs))
    var operands = [try plain(input), self.weights("\(node.name) weights", [outputs, inner], stored)]
    if node.inputs.count > 2, !node.inputs[2].isEmpty {
      guard let bias = floats(node.inputs[2]),
        bias.count == 1 || (bias.count == outputs && shape(node.inputs[2]).last == outputs)
      else { return false }
      let spread = bias.count == 1 ? [Float](repeating: bias[0], count: outputs) : bias
      operands.append(constant("\(node.name) bias", [outputs], spread.map { $0 * beta }))
    }
    define(output, plain: emit(.fullyConnected(.none), operands, output, sizes))
    return true
  }

  private mutating func product(_ node: OnnxNode, _ input: String, _ output: String) throws(OnnxError) -> Bool
  {
    let (a, b) = (shape(input), shape(node.inputs[1]))
    guard isFloat(node.inputs[1]), a.count >= 1, b.count >= 2, !a.contains(0), !b.contains(0) else {
      return false
    }
    if b.count == 2, let weights = numbers(node.inputs[1]), isConstant(node.inputs[1]) {
      let stored = StoredWeights(weights, order: .inputsFirst)
      var operands = [try plain(input), self.weights("\(node.name) weights", [b[1], b[0]], stored)]
      // A bias added right behind is folded in; the sum takes the product's place.
      let sum = biases[output]
      if let sum, let bias = floats(sum.constant) {
        operands.append(constant("\(node.name) bias", [b[1]], bias))
      }
      let result = sum?.node.outputs[0] ?? output
      define(result, plain: emit(.fullyConnected(.none), operands, result, shape(result)))
      return true
    }
    guard a.count >= 2 else { return false }
    let (left, right) = (Array(a.dropLast(2)), Array(b.dropLast(2)))
    guard let batch = try? TensorShape.broadcast(left, right) else { return false }
    let pairs = zip(
      TensorShape.broadcastIndices(left, to: batch), TensorShape.broadcastIndices(right, to: batch))
    let operation = ProductOperation(
      rows: a[a.count - 2], inner: a[a.count - 1], columns: b[b.count - 1],
      pairs: pairs.map { (left: $0, right: $1) })
    let operands = [try plain(input), try plain(node.inputs[1])]
    define(output, plain: emit(.custom(operation), operands, output, shape(output)))
    return true
  }

  private mutating func softmax(_ node: OnnxNode, _ input: String, _ output: String) throws(OnnxError) -> Bool
  {
    let sizes = shape(input)
    let named = call(node).integer("axis") ?? (node.version >= 13 ? -1 : 1)
    guard let axis = try? TensorShape.axis(named, rank: sizes.count) else { return false }
    if node.version < 13 {
      // All axes from `axis` on are one row.
      let flat = [sizes[..<axis].reduce(1, *), sizes[axis...].reduce(1, *)]
      let rows = emit(.reshape, [try plain(input)], "\(node.name) rows", flat)
      let result = emit(.softmax, [rows], "\(node.name) softmax", flat)
      define(output, plain: emit(.reshape, [result], output, sizes))
    } else if axis == sizes.count - 1 {
      define(output, plain: emit(.softmax, [try plain(input)], output, sizes))
    } else if sizes.count == 4, axis == 1 {
      let tensor = try channelsLast(input)
      define(output, channelsLast: emit(.softmax, [tensor], output, tensors[tensor].shape))
    } else {
      return false
    }
    return true
  }

  /// (x - mean) / sqrt(variance + epsilon) * scale + bias, over all axes from `axis` on.
  private mutating func layerNormalization(_ node: OnnxNode, _ input: String, _ output: String)
    throws(OnnxError)
    -> Bool
  {
    let (call, sizes) = (call(node), shape(input))
    guard let axis = try? TensorShape.axis(call.integer("axis") ?? -1, rank: sizes.count),
      node.inputs.dropFirst().allSatisfy({ $0.isEmpty || isFloat($0) })
    else { return false }
    let epsilon = Float(call.number("epsilon") ?? Double(Float(1e-5)))
    if let result = try fusedNormalization(node, rows: sizes[..<axis].reduce(1, *), epsilon) {
      define(output, plain: emit(.reshape, [result], output, sizes))
      return true
    }
    let axes = Array(axis..<sizes.count)
    let small = sizes[..<axis] + axes.map { _ in 1 }
    let x = try plain(input)
    let mean = emit(.reduction(axes: axes, mean: true), [x], "\(node.name) mean", Array(small))
    let centered = emit(.binary(.subtract, .none), [x, mean], "\(node.name) centred", sizes)
    let squares = emit(.unary(.square), [centered], "\(node.name) squares", sizes)
    let variance = emit(.reduction(axes: axes, mean: true), [squares], "\(node.name) variance", Array(small))
    let moved = emit(
      .binary(.add, .none), [variance, constant("epsilon", [], [epsilon])], "\(node.name) moved", Array(small)
    )
    let inverse = emit(.unary(.reciprocalSqrt), [moved], "\(node.name) inverse", Array(small))
    var result = emit(.binary(.multiply, .none), [centered, inverse], "\(node.name) normal", sizes)
    result = emit(.binary(.multiply, .none), [result, try plain(node.inputs[1])], output, sizes)
    if node.inputs.count > 2, !node.inputs[2].isEmpty {
      result = emit(.binary(.add, .none), [result, try plain(node.inputs[2])], output, sizes)
    }
    define(output, plain: result)
    return true
  }

  /// One step for the whole normalization, over rows of numbers; nil when scale or bias are not as long as a row.
  private mutating func fusedNormalization(_ node: OnnxNode, rows: Int, _ epsilon: Float) throws(OnnxError)
    -> Int?
  {
    let count = shape(node.inputs[0]).reduce(1, *)
    let width = count / max(rows, 1)
    var operands: [Int] = []
    for index in 1...2 {
      let name = index < node.inputs.count ? node.inputs[index] : ""
      guard !name.isEmpty else {
        operands.append(-1)
        continue
      }
      guard isConstant(name), shape(name).reduce(1, *) == width else { return nil }
      operands.append(try plain(name))
    }
    let flat = emit(.reshape, [try plain(node.inputs[0])], "\(node.name) rows", [rows, width])
    let small = constant("\(node.name) epsilon", [1], [epsilon])
    return emit(.layerNormalization, [flat] + operands + [small], "\(node.name) normal", [rows, width])
  }
}
