internal import CKernels
internal import ModelFormats

extension OnnxLowering {
  /// Convolutions and pools of one or two spatial axes.
  mutating func lowerConvolution(_ node: OnnxNode) throws(OnnxError) -> Bool {
    guard let input = node.inputs.first, isFloat(input), let output = node.outputs.first else { return false }
    switch node.kind {
    case "Conv": return try convolution(node, input, output)
    case "MaxPool" where node.outputs.count == 1, "AveragePool": return try pool(node, input, output)
    case "GlobalAveragePool" where shape(input).count == 4:
      let sizes = shape(input)
      let mean = emit(
        .reduction(axes: [1, 2], mean: true), [try channelsLast(input)], output, [sizes[0], 1, 1, sizes[1]])
      define(output, channelsLast: mean)
      return true
    default: return false
    }
  }

  /// A value with three axes seen as a picture of height 1.
  private mutating func picture(_ name: String) throws(OnnxError) -> (tensor: Int, shape: [Int])? {
    let sizes = shape(name)
    if sizes.count == 4 { return (try channelsLast(name), sizes) }
    guard sizes.count == 3 else { return nil }
    let flat = try plain(name)
    let tensor = turn(
      flat, name, [sizes[0], 1, sizes[2], sizes[1]], count: sizes[0], rows: sizes[1], columns: sizes[2])
    return (tensor, [sizes[0], sizes[1], 1, sizes[2]])
  }

  /// Takes a picture computed with channels last as the value `name`.
  private mutating func finish(_ name: String, picture tensor: Int) {
    let sizes = shape(name)
    if sizes.count == 4 { return define(name, channelsLast: tensor) }
    define(name, plain: turn(tensor, name, sizes, count: sizes[0], rows: sizes[2], columns: sizes[1]))
  }

  /// The window on two axes, its end padding cut to what the last place needs; nil when the engine has no such window.
  private func window(_ geometry: WindowGeometry) -> Window? {
    var (kernel, stride, dilation) = (geometry.kernel, geometry.strides, geometry.dilations)
    var (before, after) = (geometry.before, [Int]())
    for axis in kernel.indices {
      let span = (kernel[axis] - 1) * dilation[axis] + 1
      let reach = (geometry.output[axis] - 1) * stride[axis] + span
      let end = max(0, reach - geometry.input[axis] - before[axis])
      guard before[axis] < span, end < span + stride[axis] else { return nil }
      after.append(end)
    }
    if kernel.count == 1 {
      (kernel, stride, dilation) = ([1] + kernel, [1] + stride, [1] + dilation)
      (before, after) = ([0] + before, [0] + after)
    }
    guard kernel.count == 2, kernel[0] * kernel[1] <= 256 else { return nil }
    return Window(
      kernel: (kernel[0], kernel[1]), stride: (stride[0], stride[1]), dilation: (dilation[0], dilation[1]),
      padding: (top: before[0], bottom: after[0], left: before[1], right: after[1]))
  }

  private mutating func convolution(_ node: OnnxNode, _ input: String, _ result: String) throws(OnnxError)
    -> Bool
  {
    let group = call(node).integer("group") ?? 1
    let (sizes, weightShape) = (shape(input), shape(node.inputs[1]))
    guard sizes.count == 3 || sizes.count == 4, let weights = numbers(node.inputs[1]),
      let geometry = try? WindowGeometry(
        OperatorCall(node.kind, attributes: node.attributes, inputs: []), input: Array(sizes[2...]),
        kernel: Array(weightShape[2...])),
      let window = window(geometry), let (factors, bias) = affine(node, outputs: weightShape[0])
    else { return false }
    let (outputs, perGroup) = (weightShape[0], weightShape[1])
    let depthwise = group == sizes[1] && outputs == group
    guard group == 1 || depthwise || group <= 32, let (source, _) = try picture(input) else { return false }
    // The result of a normalization that was folded in takes the convolution's place.
    let output = normalizations[result]?.outputs[0] ?? result
    let spatial = Array(repeating: 1, count: 4 - sizes.count) + geometry.output
    let kernel = [window.kernel.height, window.kernel.width]
    let whole = [sizes[0]] + spatial + [outputs]
    if depthwise {
      let scaled = Self.scaled(weights.array, factors)
      let turned = Self.turned(scaled, rows: outputs, columns: kernel[0] * kernel[1])
      let w = constant("\(node.name) weights", [1] + kernel + [outputs], turned)
      let b = constant("\(node.name) bias", [outputs], bias)
      finish(output, picture: emit(.depthwise(window, .none), [source, w, b], output, whole))
      return true
    }
    var parts: [Int] = []
    let (each, height, width) = (outputs / group, tensors[source].shape[1], tensors[source].shape[2])
    for g in 0..<group {
      var picture = source
      if group > 1 {
        picture = emit(
          .slice(begin: [0, 0, 0, g * perGroup], stride: [1, 1, 1, 1]), [source], "\(node.name) group \(g)",
          [sizes[0], height, width, perGroup])
      }
      let rows = g * each..<(g + 1) * each
      let w = filters(
        node, [each] + kernel + [perGroup], group == 1 ? weights : weights.part(rows, of: outputs),
        factors.map { Array($0[rows]) })
      let b = constant("\(node.name) bias", [each], Array(bias[rows]))
      let name = group == 1 ? output : "\(output) group \(g)"
      parts.append(emit(.convolution(window, .none), [picture, w, b], name, [sizes[0]] + spatial + [each]))
    }
    finish(output, picture: group == 1 ? parts[0] : emit(.concatenation(axis: 3), parts, output, whole))
    return true
  }

  /// Weights given as output x input x kernel, as a tensor output x kernel x input. They stay where they are, unless
  /// they are so few that pairs of them are packed.
  private mutating func filters(
    _ node: OnnxNode, _ shape: [Int], _ numbers: StoredWeights.Numbers, _ factors: [Float]?
  ) -> Int {
    let taps = shape[1] * shape[2]
    guard taps == 1, vk_paired(shape[0], shape[3]) != 0 else {
      let weights = StoredWeights(numbers, order: .outputsFirst, factors: factors)
      return self.weights("\(node.name) weights", shape, weights)
    }
    return constant("\(node.name) weights", shape, Self.scaled(numbers.array, factors))
  }

  /// Each output's share of the weights times its factor.
  private static func scaled(_ weights: [Float], _ factors: [Float]?) -> [Float] {
    guard let factors, !factors.isEmpty else { return weights }
    let run = weights.count / factors.count
    return weights.indices.map { weights[$0] * factors[$0 / max(run, 1)] }
  }

  /// What the outputs' weights are multiplied with, and biases: a following normalization is folded in.
  private func affine(_ node: OnnxNode, outputs: Int) -> (factors: [Float]?, bias: [Float])? {
    var bias = [Float](repeating: 0, count: outputs)
    if node.inputs.count > 2, !node.inputs[2].isEmpty {
      guard let given = floats(node.inputs[2]), given.count == outputs else { return nil }
      bias = given
    }
    guard let normalization = normalizations[node.outputs[0]] else { return (nil, bias) }
    guard let (factors, offsets) = scaling(normalization), factors.count == outputs else { return nil }
    for o in 0..<outputs { bias[o] = Float(Double(bias[o]) * factors[o] + offsets[o]) }
    return (factors.map { Float($0) }, bias)
  }

  /// BatchNormalization as x * factor + offset for each channel.
  func scaling(_ node: OnnxNode) -> (factors: [Double], offsets: [Double])? {
    let inputs = node.inputs.dropFirst().compactMap(floats).map { $0.map(Double.init) }
    guard inputs.count == 4, inputs.allSatisfy({ $0.count == inputs[0].count }) else { return nil }
    let epsilon = call(node).number("epsilon") ?? Double(Float(1e-5))
    let factors = inputs[0].indices.map { inputs[0][$0] / (inputs[3][$0] + epsilon).squareRoot() }
    let offsets = factors.indices.map { inputs[1][$0] - inputs[2][$0] * factors[$0] }
    return (factors, offsets)
  }

  /// Matrices rows x columns turned to columns x rows.
  static func turned(_ values: [Float], count: Int = 1, rows: Int, columns: Int) -> [Float] {
    if rows == 1 || columns == 1 { return values }
    return [Float](unsafeUninitializedCapacity: values.count) { result, filled in
      values.withUnsafeBufferPointer { values in
        guard let from = values.baseAddress, let to = result.baseAddress else { return }
        for index in 0..<count {
          vk_turn(from + index * rows * columns, rows, columns, columns, to + index * rows * columns)
        }
      }
      filled = values.count
    }
  }

  private mutating func pool(_ node: OnnxNode, _ input: String, _ output: String) throws(OnnxError) -> Bool {
    let call = OperatorCall(node.kind, attributes: node.attributes, inputs: [])
    let sizes = shape(input)
    guard sizes.count == 3 || sizes.count == 4, let kernel = call.integers("kernel_shape"),
      var geometry = try? WindowGeometry(
        call, input: Array(sizes[2...]), kernel: kernel, roundUp: call.flag("ceil_mode")),
      geometry.dilations.allSatisfy({ $0 == 1 })
    else { return false }
    let padded =
      node.kind == "AveragePool" && call.flag("count_include_pad")
      && (geometry.before + geometry.after).contains { $0 > 0 }
    var amounts = zip(geometry.before, geometry.after).map { (before: $0, after: $1) }
    if padded { geometry = geometry.withPaddingInside() }
    guard let window = window(geometry), var (source, _) = try picture(input) else { return false }
    if padded {
      // The padding counts as zeros: it becomes a part of the picture.
      if amounts.count == 1 { amounts.insert((0, 0), at: 0) }
      amounts = [(0, 0)] + amounts + [(0, 0)]
      let wide = zip(tensors[source].shape, amounts).map { $0 + $1.before + $1.after }
      source = emit(.pad(amounts), [source], "\(node.name) padded", wide)
    }
    let spatial = Array(repeating: 1, count: 4 - sizes.count) + geometry.output
    let operation: Operation =
      node.kind == "MaxPool" ? .maximumPool(window, .none) : .averagePool(window, .none)
    finish(output, picture: emit(operation, [source], output, [sizes[0]] + spatial + [sizes[1]]))
    return true
  }
}

extension WindowGeometry {
  /// The same places on an input that includes the padding.
  func withPaddingInside() -> WindowGeometry {
    let zeros = kernel.map { _ in 0 }
    return WindowGeometry(
      kernel: kernel, strides: strides, dilations: dilations, before: zeros, after: zeros,
      input: input.indices.map { input[$0] + before[$0] + after[$0] }, output: output)
  }

  private init(
    kernel: [Int], strides: [Int], dilations: [Int], before: [Int], after: [Int], input: [Int], output: [Int]
  ) {
    (self.kernel, self.strides, self.dilations) = (kernel, strides, dilations)
    (self.before, self.after, self.input, self.output) = (before, after, input, output)
  }
}
