/// Turns one operator of a TFLite file into a ``GraphNode``, with every index and attribute checked.
struct TFLiteNodeReader {
  let bytes: ModelBytes
  let tensors: [GraphTensor]

  func node(_ table: FlatTable, position: Int, codes: [FlatTable]) throws(ModelFormatError) -> GraphNode {
    let opcode = Int(try table.integer(0, UInt32(0)))
    guard opcode < codes.count else {
      throw ModelFormatError(place: "node \(position)", problem: "operator code \(opcode) of \(codes.count)")
    }
    // Files before 2021 have the code in a byte, later ones in an Int32; the larger of both is the right one.
    let old: Int8 = try codes[opcode].integer(0, 0)
    let new: Int32 = try codes[opcode].integer(3, 0)
    let code = max(Int32(old), new)
    let place = "node \(position), TFLite operator \(code)"
    let inputs = try checked(try table.integers(1), place: place, optional: true)
    let outputs = try checked(try table.integers(2), place: place, optional: false)
    guard let output = outputs.first, outputs.count == 1 else {
      throw ModelFormatError(place: place, problem: "\(outputs.count) outputs; expected 1")
    }
    let context = Context(inputs: inputs, output: output, options: try table.table(4), place: place)
    let operation = try operation(code, context)
    return GraphNode(
      operation, inputs: Self.readsShape.contains(code) ? [inputs[0]] : inputs, outputs: outputs)
  }

  /// Operators whose further inputs are shapes, axes or places, which are read here.
  private static let readsShape: Set<Int32> = [22, 23, 34, 39, 40, 45, 74]

  /// `indices` when each names a tensor (or is -1 and `optional`).
  func checked(_ indices: [Int], place: String, optional: Bool) throws(ModelFormatError) -> [Int] {
    for index in indices where !(tensors.indices.contains(index) || (optional && index == -1)) {
      throw ModelFormatError(place: place, problem: "tensor \(index) of \(tensors.count)")
    }
    return indices
  }

  private struct Context {
    let inputs: [Int]
    let output: Int
    let options: FlatTable?
    let place: String

    func integer<T: FixedWidthInteger>(_ number: Int, _ standard: T) throws(ModelFormatError) -> T {
      try options?.integer(number, standard) ?? standard
    }

    func activation(_ number: Int) throws(ModelFormatError) -> Activation {
      let code: Int8 = try integer(number, 0)
      switch code {
      case 0: return .none
      case 1: return .relu
      case 3: return .relu6
      default: throw ModelFormatError(place: place, problem: "fused activation \(code) is not supported")
      }
    }
  }

  /// Whether as many inputs are there as the operator needs: only a bias may be left out, and a shape that is not read.
  private func checkInputs(_ code: Int32, _ context: Context) throws(ModelFormatError) {
    let weighted: Set<Int32> = [3, 4, 9]
    let pairs: Set<Int32> = [0, 18, 41, 42, 54, 55, 57, 99]
    let counts = weighted.contains(code) ? 2...3 : pairs.contains(code) ? 2...2 : 1...16
    guard counts.contains(context.inputs.count) else {
      throw ModelFormatError(place: context.place, problem: "\(context.inputs.count) inputs")
    }
    for (number, input) in context.inputs.enumerated() where input < 0 {
      let isOptional =
        weighted.contains(code) ? number == 2 : number > 0 && Self.readsShape.contains(code)
      guard isOptional else {
        throw ModelFormatError(place: context.place, problem: "input \(number) is left out")
      }
    }
  }

  private func operation(_ code: Int32, _ context: Context) throws(ModelFormatError) -> Operation {
    try checkInputs(code, context)
    switch code {
    case 3:
      return .convolution(try window(context, strides: (1, 2), dilations: (4, 5)), try context.activation(3))
    case 4:
      let multiplier: Int32 = try context.integer(3, 1)
      let channels = tensors[context.inputs[0]].shape.last ?? 0
      guard multiplier == 1 || channels == 1 && multiplier >= 1 || multiplier == 0 else {
        throw ModelFormatError(
          place: context.place, problem: "depth multiplier \(multiplier); only 1 is supported")
      }
      return .depthwise(try window(context, strides: (1, 2), dilations: (5, 6)), try context.activation(4))
    case 1: return .averagePool(try poolWindow(context), try context.activation(5))
    case 17: return .maximumPool(try poolWindow(context), try context.activation(5))
    case 9: return .fullyConnected(try context.activation(0))
    case 0: return .binary(.add, try context.activation(0))
    case 18: return .binary(.multiply, try context.activation(0))
    case 41: return .binary(.subtract, try context.activation(0))
    case 42: return .binary(.divide, try context.activation(0))
    case 99: return .binary(.squaredDifference, .none)
    case 55: return .binary(.maximum, .none)
    case 57: return .binary(.minimum, .none)
    case 54: return .parametricRelu
    case 6: return .dequantize
    case 22: return .reshape
    case 25:
      // The default of a field that is not there is 0, which no network means.
      let beta = Float(bitPattern: try context.integer(0, Float(1).bitPattern))
      guard beta == 1 else {
        throw ModelFormatError(
          place: context.place, problem: "softmax with a beta of \(beta); only 1 is supported")
      }
      return .softmax
    default: return try lessCommon(code, context)
    }
  }

  private func lessCommon(_ code: Int32, _ context: Context) throws(ModelFormatError) -> Operation {
    let unary: [Int32: UnaryFunction] = [
      14: .logistic, 19: .relu, 21: .relu6, 28: .tanh, 47: .exponential, 59: .negative, 75: .sqrt,
      76: .reciprocalSqrt, 92: .square, 101: .absolute, 117: .hardSwish,
    ]
    if let function = unary[code] { return .unary(function) }
    switch code {
    case 2:
      let axis = Int(try context.integer(0, Int32(0)))
      let rank = tensors[context.output].shape.count
      guard (-rank..<rank).contains(axis) else {
        throw ModelFormatError(place: context.place, problem: "axis \(axis) of rank \(rank)")
      }
      guard case .none = try context.activation(1) else {
        throw ModelFormatError(place: context.place, problem: "an activation after a concatenation")
      }
      return .concatenation(axis: axis < 0 ? axis + rank : axis)
    case 34:
      let pairs = try constant(context, 1)
      guard pairs.count == 2 * tensors[context.inputs[0]].shape.count,
        pairs.allSatisfy({ $0 >= 0 && $0 < 4096 })
      else { throw ModelFormatError(place: context.place, problem: "paddings \(pairs)") }
      return .pad(stride(from: 0, to: pairs.count, by: 2).map { (pairs[$0], pairs[$0 + 1]) })
    case 39: return .transpose(try constant(context, 1))
    case 40: return .reduction(axes: try axes(context), mean: true)
    case 74: return .reduction(axes: try axes(context), mean: false)
    case 45: return try slice(context)
    case 23:
      let align: Int8 = try context.integer(2, 0)
      let half: Int8 = try context.integer(3, 0)
      return .resizeBilinear(alignCorners: align != 0, halfPixelCenters: half != 0)
    default:
      throw ModelFormatError(
        place: context.place, problem: "this operator is not supported; see docs/operators.md")
    }
  }

  /// The integers of a constant input.
  private func constant(_ context: Context, _ number: Int) throws(ModelFormatError) -> [Int] {
    guard number < context.inputs.count, context.inputs[number] >= 0,
      case let tensor = tensors[context.inputs[number]], tensor.type == .int32, let range = tensor.constant
    else { throw ModelFormatError(place: context.place, problem: "input \(number) must be constant int32") }
    return (0..<tensor.count).map {
      Int(
        Int32(
          littleEndian: bytes.buffer.loadUnaligned(fromByteOffset: range.lowerBound + 4 * $0, as: Int32.self))
      )
    }
  }

  private func axes(_ context: Context) throws(ModelFormatError) -> [Int] {
    let rank = tensors[context.inputs[0]].shape.count
    let axes = try constant(context, 1)
    guard axes.allSatisfy({ (-rank..<rank).contains($0) }) else {
      throw ModelFormatError(place: context.place, problem: "axes \(axes) of rank \(rank)")
    }
    return axes.map { $0 < 0 ? $0 + rank : $0 }.sorted()
  }

  private func slice(_ context: Context) throws(ModelFormatError) -> Operation {
    let shape = tensors[context.inputs[0]].shape
    let (begin, end, step) = (try constant(context, 1), try constant(context, 2), try constant(context, 3))
    guard begin.count == shape.count, end.count == shape.count, step.count == shape.count,
      step.allSatisfy({ $0 > 0 }), try context.integer(2, Int32(0)) == 0,
      try context.integer(3, Int32(0)) == 0
    else {
      throw ModelFormatError(
        place: context.place, problem: "negative strides, ellipsis and new axes are not supported")
    }
    let beginMask: Int32 = try context.integer(0, 0)
    let starts = shape.indices.map { axis in
      beginMask & (1 << axis) != 0 ? 0 : begin[axis] < 0 ? begin[axis] + shape[axis] : begin[axis]
    }
    guard zip(starts, shape).allSatisfy({ (0..<$1).contains($0) }) else {
      throw ModelFormatError(place: context.place, problem: "begin \(begin) outside shape \(shape)")
    }
    return .slice(begin: starts, stride: step)
  }

  private func window(
    _ context: Context, strides: (Int, Int), dilations: (Int, Int)
  ) throws(ModelFormatError) -> Window {
    let weights = tensors[max(context.inputs[1], 0)].shape
    guard weights.count == 4 else {
      throw ModelFormatError(place: context.place, problem: "weights of shape \(weights); expected 4 sizes")
    }
    let stride = (
      Int(try context.integer(strides.1, Int32(1))), Int(try context.integer(strides.0, Int32(1)))
    )
    let dilation = (
      Int(try context.integer(dilations.1, Int32(1))), Int(try context.integer(dilations.0, Int32(1)))
    )
    return try padded(context, kernel: (weights[1], weights[2]), stride: stride, dilation: dilation)
  }

  private func poolWindow(_ context: Context) throws(ModelFormatError) -> Window {
    let stride = (Int(try context.integer(2, Int32(1))), Int(try context.integer(1, Int32(1))))
    let kernel = (Int(try context.integer(4, Int32(1))), Int(try context.integer(3, Int32(1))))
    return try padded(context, kernel: kernel, stride: stride, dilation: (1, 1))
  }

  /// TFLite's SAME padding: as little as makes output = ceil(input / stride), the odd pixel after.
  private func padded(
    _ context: Context, kernel: (Int, Int), stride: (Int, Int), dilation: (Int, Int)
  ) throws(ModelFormatError) -> Window {
    let shape = tensors[context.inputs[0]].shape
    let numbers = [kernel.0, kernel.1, stride.0, stride.1, dilation.0, dilation.1]
    guard shape.count == 4, numbers.allSatisfy({ (1...4096).contains($0) }) else {
      throw ModelFormatError(
        place: context.place, problem: "input \(shape), kernel, stride, dilation \(numbers)")
    }
    let valid: Int8 = try context.integer(0, 0)
    guard valid == 0 || valid == 1 else {
      throw ModelFormatError(
        place: context.place, problem: "padding \(valid); expected 0 (SAME) or 1 (VALID)")
    }
    func pads(_ size: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> (Int, Int) {
      guard valid == 0 else { return (0, 0) }
      let output = (size + stride - 1) / stride
      let total = max(0, (output - 1) * stride + (kernel - 1) * dilation + 1 - size)
      return (total / 2, total - total / 2)
    }
    let rows = pads(shape[1], kernel.0, stride.0, dilation.0)
    let columns = pads(shape[2], kernel.1, stride.1, dilation.1)
    return Window(
      kernel: kernel, stride: stride, dilation: dilation, padding: (rows.0, rows.1, columns.0, columns.1))
  }
}
