internal import ModelFormats

/// Types and shapes of a node's results, and their elements when all inputs are constant.
///
/// Operators with much data have a rule of their own. The rest is run once by its reference on zeros, which gives the
/// shapes; those whose shape depends on data are refused before.
struct ShapeRules {
  let node: OnnxNode
  let inputs: [StaticValue?]
  private let budget: LoadBudget

  init(_ node: OnnxNode, _ inputs: [StaticValue?], _ budget: LoadBudget) {
    (self.node, self.inputs, self.budget) = (node, inputs, budget)
  }

  func results() throws(OperatorFault) -> [StaticValue] {
    let first = inputs.first ?? nil
    if node.kind == "Shape" || node.kind == "Size", let first {
      // Only the shape is read: an empty tensor of that shape cannot be made, so the numbers are.
      return [StaticValue(try shapeNumbers(first.shape))]
    }
    if node.kind == "Identity", let first { return [first] }
    if inputs.allSatisfy({ $0?.isConstant ?? true }) { return try folded() }
    try refuseDataDependence()
    if let shapes = try rule() {
      var results: [StaticValue] = []
      for (type, shape) in shapes {
        _ = try TensorShape.count(shape)
        results.append(StaticValue(type: type, shape: shape))
      }
      return results
    }
    return try tried()
  }

  // MARK: Constants

  private func shapeNumbers(_ shape: [Int]) throws(OperatorFault) -> Tensor {
    if node.kind == "Size" { return Tensor(scalar: Int64(try TensorShape.count(shape))) }
    func clamped(_ name: String, _ missing: Int) -> Int {
      let value = call([]).integer(name) ?? missing
      return min(max(value < 0 ? value + shape.count : value, 0), shape.count)
    }
    let (start, end) = (clamped("start", 0), clamped("end", shape.count))
    let part = start < end ? shape[start..<end].map { Int64($0) } : []
    return Tensor([part.count], part)
  }

  private func folded() throws(OperatorFault) -> [StaticValue] {
    try budget.results(of: call(inputs.map { $0?.tensor })).map { StaticValue($0) }
  }

  private func call(_ tensors: [Tensor?]) -> OperatorCall {
    OperatorCall(
      node.kind, version: node.version, attributes: node.attributes, inputs: tensors,
      outputCount: node.outputs.count)
  }

  // MARK: Shapes that depend on data

  /// Inputs whose elements, not only whose shape, decide the result's shape.
  private static let shapeInputs: [String: [Int]] = [
    "Reshape": [1], "Expand": [1], "Tile": [1, 2], "Pad": [1, 3], "Slice": [1, 2, 3, 4], "Split": [1],
    "Squeeze": [1], "Unsqueeze": [1], "Resize": [1, 2, 3], "Upsample": [1], "TopK": [1], "Range": [0, 1, 2],
    "OneHot": [1], "ConstantOfShape": [0], "CenterCropPad": [1], "Compress": [1], "NonZero": [0],
    "NonMaxSuppression": [0, 1, 2, 3, 4], "ReduceSum": [1], "ReduceMean": [1], "ReduceMax": [1],
    "ReduceMin": [1],
    "ReduceProd": [1], "ReduceL1": [1], "ReduceL2": [1], "ReduceLogSum": [1], "ReduceLogSumExp": [1],
    "ReduceSumSquare": [1],
  ]

  private func refuseDataDependence() throws(OperatorFault) {
    for index in Self.shapeInputs[node.kind] ?? [] {
      guard index < inputs.count, let input = inputs[index], !input.isConstant else { continue }
      // The region of Resize matters only when it is used.
      if node.kind == "Resize", index == 1,
        call([]).text("coordinate_transformation_mode") != "tf_crop_and_resize"
      {
        continue
      }
      throw .unsupported("a shape that depends on data (input \(index))")
    }
  }

  // MARK: Shapes

  /// The result of running the operator on zeros.
  private func tried() throws(OperatorFault) -> [StaticValue] {
    var tensors: [Tensor?] = []
    for input in inputs {
      guard let input else {
        tensors.append(nil)
        continue
      }
      guard input.count <= budget.left else {
        throw .tooLarge("\(input.shape) is too large to infer a shape with")
      }
      let zero = Tensor(shape: [], elements: input.type.elements([0]))
      let zeros = try zero.picking(
        [Int](repeating: 0, count: TensorShape.count(input.shape)), shape: input.shape)
      tensors.append(input.tensor ?? zeros)
    }
    return try budget.results(of: call(tensors)).map { StaticValue(type: $0.type, shape: $0.shape) }
  }

  func input(_ index: Int) throws(OperatorFault) -> StaticValue {
    guard index < inputs.count, let input = inputs[index] else {
      throw .attribute("input \(index) is missing")
    }
    return input
  }

  /// A call that knows attributes and constant inputs only.
  func knownCall() -> OperatorCall {
    call(inputs.enumerated().map { $0 == 0 ? nil : $1.flatMap { $0.count <= 64 ? $0.tensor : nil } })
  }

  private typealias Shapes = [(TensorType, [Int])]

  private func rule() throws(OperatorFault) -> Shapes? {
    let name = node.kind
    if Self.sameShape.contains(name) {
      let x = try input(0)
      return [(x.type, x.shape)]
    }
    if Self.broadcasting.contains(name) { return try broadcast() }
    switch name {
    case "Conv", "MaxPool", "AveragePool", "LpPool": return try windowed()
    case "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool":
      let x = try input(0)
      guard x.shape.count >= 2 else { throw .shape("\(name) of shape \(x.shape)") }
      return [(x.type, x.shape[..<2] + x.shape[2...].map { _ in 1 })]
    case "BatchNormalization", "InstanceNormalization", "GroupNormalization":
      let x = try input(0)
      guard x.shape.count >= 2 || name == "BatchNormalization" else {
        throw .shape("\(name) of shape \(x.shape)")
      }
      return [(x.type, x.shape)]
    case "MatMul": return try product()
    case "Gemm": return try gemm()
    case "Concat": return try concatenation()
    case "Transpose": return try transposition()
    case "Reshape", "Squeeze", "Unsqueeze", "Flatten":
      let x = try input(0)
      return [(x.type, try ReferenceOperators.viewShape(knownCall(), of: x.shape))]
    case "ConvTranspose": return try transposedConvolution()
    case "RNN", "GRU", "LSTM": return try recurrent()
    case "LayerNormalization", "RMSNormalization", "MeanVarianceNormalization", "Dropout":
      return try normalized()
    case "Resize", "Upsample":
      let x = try input(0)
      return [(x.type, try ResizePlan.shape(knownCall(), shape: x.shape))]
    case "Cast": return try [(cast(), input(0).shape)]
    default: return nil
    }
  }

  private static let sameShape: Set<String> = [
    "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Celu", "Clip", "Cos", "Cosh", "Elu",
    "Erf",
    "Exp", "Floor", "Gelu", "HardSigmoid", "HardSwish", "LRN", "LeakyRelu", "Log", "LogSoftmax", "Mish",
    "Neg",
    "Reciprocal", "Relu", "Round", "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh", "Softmax", "Softplus",
    "Softsign", "Sqrt", "Swish", "Tan", "Tanh", "ThresholdedRelu", "PRelu",
  ]

  private static let broadcasting: Set<String> = [
    "Add", "Sub", "Mul", "Div", "Min", "Max", "Sum", "Mean", "Equal", "Less", "Greater", "LessOrEqual",
    "GreaterOrEqual",
  ]

  private func broadcast() throws(OperatorFault) -> Shapes {
    let first = try input(0)
    // Opset 6 and older align the second operand by attribute: left to the reference.
    if node.version < 7 { return try tried().map { ($0.type, $0.shape) } }
    var shape = first.shape
    for index in inputs.indices.dropFirst() {
      let other = try input(index)
      guard other.type == first.type else { throw .type("operands are \(first.type) and \(other.type)") }
      shape = try TensorShape.broadcast(shape, other.shape)
    }
    return [(Comparison(rawValue: node.kind) == nil ? first.type : .bool, shape)]
  }

  private func windowed() throws(OperatorFault) -> Shapes {
    let x = try input(0)
    guard x.shape.count >= 3 else { throw .shape("\(node.kind) of shape \(x.shape)") }
    let spatial = Array(x.shape[2...])
    let call = call([])
    if node.kind == "Conv" {
      let w = try input(1)
      let group = call.integer("group") ?? 1
      guard w.shape.count == x.shape.count, (1...max(w.shape[0], 1)).contains(group),
        x.shape[1] == w.shape[1] * group, w.shape[0] % group == 0,
        w.type == x.type, x.type.isFloat
      else { throw .shape("input \(x.shape), weights \(w.shape), \(group) groups") }
      if let named = call.integers("kernel_shape"), named != Array(w.shape[2...]) {
        throw .attribute("kernel_shape \(named), weights \(w.shape)")
      }
      let geometry = try WindowGeometry(call, input: spatial, kernel: Array(w.shape[2...]))
      return [(x.type, [x.shape[0], w.shape[0]] + geometry.output)]
    }
    guard let kernel = call.integers("kernel_shape") else { throw .attribute("no kernel_shape") }
    let geometry = try WindowGeometry(call, input: spatial, kernel: kernel, roundUp: call.flag("ceil_mode"))
    let shape = x.shape[..<2] + geometry.output
    return node.kind == "MaxPool"
      ? [(x.type, Array(shape)), (.int64, Array(shape))] : [(x.type, Array(shape))]
  }

  private func product() throws(OperatorFault) -> Shapes {
    let (a, b) = (try input(0), try input(1))
    guard a.type == b.type else { throw .type("MatMul of \(a.type) and \(b.type)") }
    guard !a.shape.isEmpty, !b.shape.isEmpty else { throw .shape("MatMul of \(a.shape) and \(b.shape)") }
    let left = a.shape.count == 1 ? [1] + a.shape : a.shape
    let right = b.shape.count == 1 ? b.shape + [1] : b.shape
    guard left[left.count - 1] == right[right.count - 2] else {
      throw .shape("MatMul of \(a.shape) and \(b.shape)")
    }
    var shape = try TensorShape.broadcast(Array(left.dropLast(2)), Array(right.dropLast(2)))
    if a.shape.count > 1 { shape.append(left[left.count - 2]) }
    if b.shape.count > 1 { shape.append(right[right.count - 1]) }
    return [(a.type, shape)]
  }

  private func gemm() throws(OperatorFault) -> Shapes {
    let (a, b) = (try input(0), try input(1))
    guard a.shape.count == 2, b.shape.count == 2, a.type == b.type else {
      throw .shape("Gemm of \(a.shape) and \(b.shape)")
    }
    let (turnA, turnB) = (call([]).flag("transA"), call([]).flag("transB"))
    guard a.shape[turnA ? 0 : 1] == b.shape[turnB ? 1 : 0] else {
      throw .shape("Gemm of \(a.shape) and \(b.shape)")
    }
    let shape = [a.shape[turnA ? 1 : 0], b.shape[turnB ? 0 : 1]]
    if inputs.count > 2, let c = inputs[2], try TensorShape.broadcast(c.shape, shape) != shape {
      throw .shape("C of shape \(c.shape) does not broadcast to \(shape)")
    }
    return [(a.type, shape)]
  }

  private func concatenation() throws(OperatorFault) -> Shapes {
    let first = try input(0)
    let axis = try TensorShape.axis(call([]).integer("axis") ?? 1, rank: first.shape.count)
    var shape = first.shape
    for index in inputs.indices.dropFirst() {
      let other = try input(index)
      var sizes = other.shape
      guard sizes.count == shape.count, other.type == first.type else {
        throw .shape("\(first.shape) and \(sizes) do not concatenate")
      }
      shape[axis] += sizes[axis]
      sizes[axis] = shape[axis]
      guard sizes == shape else {
        throw .shape("\(first.shape) and \(other.shape) differ beside axis \(axis)")
      }
    }
    return [(first.type, shape)]
  }

  private func transposition() throws(OperatorFault) -> Shapes {
    let x = try input(0)
    let order = call([]).integers("perm") ?? Array(x.shape.indices.reversed())
    guard order.sorted() == Array(x.shape.indices) else {
      throw .attribute("\(order) is no order of \(x.shape)")
    }
    return [(x.type, order.map { x.shape[$0] })]
  }

  private func cast() throws(OperatorFault) -> TensorType {
    guard let name = call([]).text("to"), let type = TensorType(rawValue: name) else {
      throw .unsupported("Cast to \(call([]).text("to") ?? "no type")")
    }
    return type
  }

  private func transposedConvolution() throws(OperatorFault) -> Shapes {
    let (x, w) = (try input(0), try input(1))
    let group = call([]).integer("group") ?? 1
    guard x.shape.count >= 3, w.shape.count == x.shape.count, x.shape[1] == w.shape[0],
      (1...max(w.shape[0], 1)).contains(group), w.shape[0] % group == 0
    else { throw .shape("input \(x.shape), weights \(w.shape), \(group) groups") }
    let layout = try TransposedLayout(call([]), input: Array(x.shape[2...]), kernel: Array(w.shape[2...]))
    return [(x.type, [x.shape[0], w.shape[1] * group] + layout.output)]
  }

  private func recurrent() throws(OperatorFault) -> Shapes {
    let (x, r) = (try input(0), try input(2))
    guard x.shape.count == 3, r.shape.count == 3 else {
      throw .shape("input \(x.shape), recurrence \(r.shape)")
    }
    let (directions, hidden, batchFirst) = (r.shape[0], r.shape[2], call([]).integer("layout") == 1)
    let (time, batch) = batchFirst ? (x.shape[1], x.shape[0]) : (x.shape[0], x.shape[1])
    let all = batchFirst ? [batch, time, directions, hidden] : [time, directions, batch, hidden]
    let last = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden]
    return [(x.type, all), (x.type, last)] + (node.kind == "LSTM" ? [(x.type, last)] : [])
  }

  private func normalized() throws(OperatorFault) -> Shapes {
    let x = try input(0)
    if node.kind == "Dropout" { return [(x.type, x.shape), (node.version < 10 ? x.type : .bool, x.shape)] }
    guard node.kind == "LayerNormalization" else { return [(x.type, x.shape)] }
    let axis = try TensorShape.axis(call([]).integer("axis") ?? -1, rank: x.shape.count)
    let outer = x.shape[..<axis] + x.shape[axis...].map { _ in 1 }
    return [(x.type, x.shape), (.float32, Array(outer)), (.float32, Array(outer))]
  }
}
