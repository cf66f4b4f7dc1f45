internal import ModelFormats

extension OnnxLowering {
  /// Functions of one or two values, element by element.
  mutating func lowerElementwise(_ node: OnnxNode) throws(OnnxError) -> Bool {
    guard node.outputs.count == 1 || node.kind == "Dropout", let output = node.outputs.first,
      let input = node.inputs.first, isFloat(output), isFloat(input)
    else { return false }
    if let function = Self.unary[node.kind] {
      try each(input, output) { $0.emit(.unary(function), [$1], output, $2) }
      return true
    }
    if try function(node, input, output) { return true }
    switch node.kind {
    case "Clip": return try clip(node, input, output)
    case "LeakyRelu": return try leaky(node, input, output)
    case "PRelu": return try parametric(node, input, output)
    case "Reciprocal":
      try each(input, output) { lowering, tensor, shape in
        let one = lowering.constant("one", [], [1])
        return lowering.emit(.binary(.divide, .none), [one, tensor], output, shape)
      }
      return true
    case "BatchNormalization": return try normalization(node, input, output)
    case "Identity", "Dropout":
      guard node.outputs.count == 1 || (readers[node.outputs[1]] ?? 0) == 0, node.version >= 7 else {
        return false
      }
      try each(input, output) { $0.emit(.reshape, [$1], output, $2) }
      return true
    default: return try binary(node, output)
    }
  }

  private static let unary: [String: UnaryFunction] = [
    "Relu": .relu, "Sigmoid": .logistic, "Tanh": .tanh, "Sqrt": .sqrt, "Neg": .negative, "Exp": .exponential,
    "Abs": .absolute, "HardSwish": .hardSwish,
  ]

  private static let binaries: [String: BinaryFunction] = [
    "Add": .add, "Sub": .subtract, "Mul": .multiply, "Div": .divide, "Min": .minimum, "Max": .maximum,
    "Sum": .add,
  ]

  /// Applies `make` (tensor and shape to tensor) to a value in whatever order of axes it has.
  private mutating func each(
    _ input: String, _ output: String, _ make: (inout OnnxLowering, Int, [Int]) -> Int
  ) throws(OnnxError) {
    if hasChannelsLast(input) {
      let tensor = try channelsLast(input)
      define(output, channelsLast: make(&self, tensor, tensors[tensor].shape))
    } else {
      let tensor = try plain(input)
      define(output, plain: make(&self, tensor, shape(output)))
    }
  }

  private mutating func clip(_ node: OnnxNode, _ input: String, _ output: String) throws(OnnxError) -> Bool {
    var limits: [Float?] = [nil, nil]
    for (index, name) in ["min", "max"].enumerated() {
      if case .number(let limit) = node.attributes[name] { limits[index] = limit }
      if node.inputs.count > index + 1, !node.inputs[index + 1].isEmpty {
        guard let limit = floats(node.inputs[index + 1]), limit.count == 1 else { return false }
        limits[index] = limit[0]
      }
    }
    let (low, high) = (limits[0], limits[1])
    try each(input, output) { lowering, tensor, shape in
      if low == 0, high == 6 { return lowering.emit(.unary(.relu6), [tensor], output, shape) }
      var result = tensor
      if low == 0 {
        result = lowering.emit(.unary(.relu), [result], output, shape)
      } else if let low {
        result = lowering.emit(
          .binary(.maximum, .none), [result, lowering.constant("min", [], [low])], output, shape)
      }
      if let high {
        result = lowering.emit(
          .binary(.minimum, .none), [result, lowering.constant("max", [], [high])], output, shape)
      }
      return result == tensor ? lowering.emit(.reshape, [tensor], output, shape) : result
    }
    return true
  }

  private mutating func leaky(_ node: OnnxNode, _ input: String, _ output: String) throws(OnnxError) -> Bool {
    let alpha = Float(call(node).number("alpha") ?? Double(Float(0.01)))
    try each(input, output) { lowering, tensor, shape in
      let channels = shape.last ?? 1
      let slope = lowering.constant("slope", [channels], [Float](repeating: alpha, count: channels))
      return lowering.emit(.parametricRelu, [tensor, slope], output, shape)
    }
    return true
  }

  /// One slope for all, or one for each channel.
  private mutating func parametric(_ node: OnnxNode, _ input: String, _ output: String) throws(OnnxError)
    -> Bool
  {
    let sizes = shape(input)
    guard let slopes = floats(node.inputs[1]) else { return false }
    let slopeShape = shape(node.inputs[1])
    if slopes.count == 1 {
      try each(input, output) { lowering, tensor, shape in
        let channels = shape.last ?? 1
        let slope = lowering.constant("slope", [channels], [Float](repeating: slopes[0], count: channels))
        return lowering.emit(.parametricRelu, [tensor, slope], output, shape)
      }
      return true
    }
    guard sizes.count == 4, slopes.count == sizes[1] else { return false }
    let perChannel = slopeShape.count >= 3 ? slopeShape[slopeShape.count - 3] == sizes[1] : node.version < 7
    guard perChannel else { return false }
    let tensor = try channelsLast(input)
    let slope = constant("\(node.name) slope", [slopes.count], slopes)
    define(output, channelsLast: emit(.parametricRelu, [tensor, slope], output, tensors[tensor].shape))
    return true
  }

  /// A function with parameters; a power whose exponent is one constant number.
  private mutating func function(_ node: OnnxNode, _ input: String, _ output: String) throws(OnnxError)
    -> Bool
  {
    var exponent: Float?
    if node.kind == "Pow" {
      let name = node.inputs[1]
      // The result keeps the base's shape.
      guard let value = value(name), value.isConstant, value.count == 1,
        value.shape.count <= shape(input).count,
        let number = value.tensor?.doubles.first
      else { return false }
      exponent = Float(number)
      if number == 2 || number == 0.5 {
        let simple: UnaryFunction = number == 2 ? .square : .sqrt
        try each(input, output) { $0.emit(.unary(simple), [$1], output, $2) }
        return true
      }
    }
    guard let operation = FunctionOperation(node, call(node), exponent: exponent) else { return false }
    try each(input, output) { $0.emit(.custom(operation), [$1], output, $2) }
    return true
  }

  /// A normalization that no convolution took: x * factor + offset for each channel.
  private mutating func normalization(_ node: OnnxNode, _ input: String, _ output: String) throws(OnnxError)
    -> Bool
  {
    guard node.version >= 9, !call(node).flag("training_mode"), let (factors, offsets) = scaling(node),
      shape(input).count == 4 || shape(input).count == 2
    else { return false }
    let four = shape(input).count == 4
    let tensor = four ? try channelsLast(input) : try plain(input)
    let factor = constant("\(node.name) factor", [factors.count], factors.map { Float($0) })
    let offset = constant("\(node.name) offset", [offsets.count], offsets.map { Float($0) })
    let scaled = emit(.binary(.multiply, .none), [tensor, factor], output, tensors[tensor].shape)
    let moved = emit(.binary(.add, .none), [scaled, offset], output, tensors[tensor].shape)
    if four { define(output, channelsLast: moved) } else { define(output, plain: moved) }
    return true
  }

  private mutating func binary(_ node: OnnxNode, _ output: String) throws(OnnxError) -> Bool {
    guard let function = Self.binaries[node.kind], node.version >= 7 || node.inputs.count > 1,
      node.inputs.allSatisfy(isFloat), node.attributes["broadcast"] == nil
    else { return false }
    guard node.inputs.count > 1 else { return false }
    let sizes = shape(output)
    // Channels last when one operand is a whole picture in that order already.
    let last =
      sizes.count == 4 && node.inputs.contains { shape($0).count == 4 && hasChannelsLast($0) }
      && node.inputs.allSatisfy { isConstant($0) || shape($0).count == 4 || shape($0).isEmpty }
    var operands: [Int] = []
    for name in node.inputs { operands.append(last ? try aligned(name) : try plain(name)) }
    var result = operands[0]
    var shapeSoFar = shape(node.inputs[0])
    for (index, operand) in operands.enumerated().dropFirst() {
      guard let joint = try? TensorShape.broadcast(shapeSoFar, shape(node.inputs[index])) else {
        return false
      }
      shapeSoFar = joint
      let laid = last && joint.count == 4 ? Self.lastShape(joint) : joint
      result = emit(.binary(function, .none), [result, operand], output, laid)
    }
    if last { define(output, channelsLast: result) } else { define(output, plain: result) }
    return true
  }

  /// An operand of a picture with channels last; a constant with fewer axes gains leading ones first.
  private mutating func aligned(_ name: String) throws(OnnxError) -> Int {
    let sizes = shape(name)
    if sizes.count == 4 { return try channelsLast(name) }
    guard isConstant(name), let values = floats(name), sizes.count < 4 else { return try plain(name) }
    let four = Array(repeating: 1, count: 4 - sizes.count) + sizes
    guard let turned = try? Tensor(four, values).transposed([0, 2, 3, 1]),
      let ordered = turned.elements as? [Float]
    else { throw fault("constant \(name)", "this shape") }
    return constant(name, turned.shape, ordered)
  }
}
