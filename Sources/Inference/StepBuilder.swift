import CKernels
import ModelFormats

/// Turns fused nodes into steps, checking every shape on the way.
struct StepBuilder {
  let graph: Graph
  let addresses: [UnsafeMutableBufferPointer<Float>?]
  /// Tensors whose elements are there before the network runs.
  let known: Set<Int>
  let constants: Constants
  /// Results that lie inside others.
  let joined: JoinedParts

  func step(_ fused: FusedNode) throws(PlanError) -> any Step {
    let node = fused.node
    switch node.operation {
    case .convolution(let window, _): return try convolution(fused, window)
    case .depthwise(let window, _): return try depthwise(fused, window)
    case .maximumPool(let window, .none): return try pool(node, window, mean: false)
    case .averagePool(let window, .none): return try pool(node, window, mean: true)
    case .fullyConnected: return try fullyConnected(fused)
    case .parametricRelu: return try parametricRelu(node)
    case .unary(let function):
      let (input, output) = (try value(node, 0), try output(node))
      try require(input.count == output.count, node, "element counts differ")
      return UnaryStep(function: function.kernel, input: input, output: output)
    case .binary(.multiply, .none) where fused.tail.shift != nil: return try affine(fused)
    case .binary(let function, let activation):
      try require([.none, .relu, .relu6].contains(activation), node, "\(activation) after \(function)")
      return try binary(node, function, activation)
    case .pad(let amounts): return try pad(node, amounts)
    case .concatenation(let axis): return try concatenation(node, axis)
    case .transpose(let permutation): return try transpose(node, permutation)
    case .slice(let begin, let stride): return try slice(node, begin, stride)
    case .reduction(let axes, let mean): return try reduction(node, axes, mean)
    case .resizeBilinear(let align, let half): return try resize(node, align, half)
    case .softmax:
      let (input, output) = (try value(node, 0), try output(node))
      let width = shape(node.inputs[0]).last ?? 1
      try require(input.count == output.count, node, "element counts differ")
      return SoftmaxStep(input: input, output: output, width: width)
    case .custom(let operation): return try custom(node, operation)
    case .layerNormalization: return try layerNormalization(node)
    case .maximumPool, .averagePool, .reshape, .dequantize:
      throw fault(node, "\(node.operation) is not supported here")
    }
  }

  // MARK: Values

  func fault(_ node: GraphNode, _ problem: String) -> PlanError {
    PlanError(place: "node that makes \"\(graph.tensors[node.outputs[0]].name)\"", problem: problem)
  }

  func require(_ truth: Bool, _ node: GraphNode, _ problem: String) throws(PlanError) {
    guard truth else { throw fault(node, problem) }
  }

  func shape(_ tensor: Int) -> [Int] { graph.tensors[tensor].shape }

  func value(_ node: GraphNode, _ number: Int) throws(PlanError) -> UnsafeMutableBufferPointer<Float> {
    guard number < node.inputs.count, node.inputs[number] >= 0, let place = addresses[node.inputs[number]]
    else {
      throw fault(node, "input \(number) is missing, not float, or used before it is computed")
    }
    let count = graph.tensors[node.inputs[number]].count
    try require(place.count >= count, node, "input \(number) has \(place.count) elements; expected \(count)")
    return place
  }

  /// An input that is packed when the network is loaded.
  func weights(_ node: GraphNode, _ number: Int) throws(PlanError) -> UnsafeMutableBufferPointer<Float> {
    let place = try value(node, number)
    try require(known.contains(node.inputs[number]), node, "input \(number) is computed; expected constants")
    return place
  }

  func output(_ node: GraphNode) throws(PlanError) -> UnsafeMutableBufferPointer<Float> {
    guard let place = addresses[node.outputs[0]] else { throw fault(node, "its output is not float") }
    return place
  }

  // MARK: Simple operators

  /// A factor and a term for each channel, and a clamp: one pass.
  private func affine(_ fused: FusedNode) throws(PlanError) -> any Step {
    let node = fused.node
    guard let shift = fused.tail.shift, let term = addresses[shift] else {
      throw fault(node, "its terms are not float")
    }
    let (input, factor, output) = (try value(node, 0), try value(node, 1), try output(node))
    let width = shape(node.outputs[0]).last ?? 1
    try require(
      factor.count == width && term.count == width && input.count == output.count, node,
      "\(factor.count) factors, \(term.count) terms for \(width) channels")
    let range: (Float, Float) =
      switch fused.tail.activation {
      case .relu: (0, .infinity)
      case .relu6: (0, 6)
      default: (-.infinity, .infinity)
      }
    return AffineStep(
      input: input, factor: factor, term: term, output: output, width: width, low: range.0, high: range.1)
  }

  private func fullyConnected(_ fused: FusedNode) throws(PlanError) -> any Step {
    let node = fused.node
    let weights = shape(node.inputs[1])
    try require(weights.count == 2, node, "weights of shape \(weights); expected 2 sizes")
    let (input, output) = (try value(node, 0), try output(node))
    try require(
      input.count % weights[1] == 0 && input.count / weights[1] * weights[0] == output.count, node, "shapes")
    let rows = input.count / weights[1]
    return try matrix(
      fused,
      shapes: (
        input: [1, 1, rows, weights[1]], weights: [weights[0], 1, 1, weights[1]],
        output: [1, 1, rows, weights[0]]
      ),
      Window(kernel: (1, 1), stride: (1, 1)))
  }

  private func layerNormalization(_ node: GraphNode) throws(PlanError) -> any Step {
    let (input, output, epsilon) = (try value(node, 0), try output(node), try value(node, 3))
    let width = shape(node.inputs[0]).last ?? 1
    var factors: [UnsafePointer<Float>?] = []
    for number in 1...2 {
      guard node.inputs[number] >= 0 else {
        factors.append(nil)
        continue
      }
      let factor = try value(node, number)
      try require(factor.count == width, node, "\(factor.count) factors for rows of \(width)")
      factors.append(UnsafePointer(factor.baseAddress))
    }
    try require(input.count == output.count && epsilon.count == 1, node, "element counts differ")
    return LayerNormalizationStep(
      input: input, output: output, width: width, gamma: factors[0], beta: factors[1], epsilon: epsilon[0])
  }

  private func parametricRelu(_ node: GraphNode) throws(PlanError) -> any Step {
    let (input, slope, output) = (try value(node, 0), try value(node, 1), try output(node))
    let channels = shape(node.outputs[0]).last ?? 1
    try require(
      slope.count == channels && input.count == output.count, node, "slope must have one number a channel")
    return PReluStep(input: input, slope: slope, output: output, channels: channels)
  }

  private func pool(_ node: GraphNode, _ window: Window, mean: Bool) throws(PlanError) -> any Step {
    let (from, to) = (shape(node.inputs[0]), shape(node.outputs[0]))
    try require(
      from.count == 4 && to.count == 4 && from[3] == to[3] && from[0] == to[0], node, "shapes \(from), \(to)")
    try require(Self.fits(from, to, window), node, "output \(to) does not follow from input \(from)")
    let description = vk_pool(
      in_height: Int32(from[1]), in_width: Int32(from[2]), channels: Int32(from[3]), out_height: Int32(to[1]),
      out_width: Int32(to[2]), kernel_height: Int32(window.kernel.height),
      kernel_width: Int32(window.kernel.width),
      stride_height: Int32(window.stride.height), stride_width: Int32(window.stride.width),
      pad_top: Int32(window.padding.top), pad_left: Int32(window.padding.left), mean: mean ? 1 : 0,
      count_padding: 0)
    return PoolStep(pool: description, input: try value(node, 0), output: try output(node), batch: from[0])
  }

  /// Whether every output pixel's window touches the padded picture, and at least one tap the picture itself.
  static func fits(_ from: [Int], _ to: [Int], _ window: Window) -> Bool {
    func one(_ size: Int, _ count: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ pads: (Int, Int))
      -> Bool
    {
      let span = (kernel - 1) * dilation + 1
      let padded = size + pads.0 + pads.1
      return span <= padded && (padded - span) / stride + 1 == count && pads.0 < span
        && pads.1 < span + stride
    }
    let pads = window.padding
    return one(
      from[1], to[1], window.kernel.height, window.stride.height, window.dilation.height,
      (pads.top, pads.bottom))
      && one(
        from[2], to[2], window.kernel.width, window.stride.width, window.dilation.width,
        (pads.left, pads.right))
  }

  private func resize(_ node: GraphNode, _ align: Bool, _ half: Bool) throws(PlanError) -> any Step {
    let (from, to) = (shape(node.inputs[0]), shape(node.outputs[0]))
    try require(
      from.count == 4 && to.count == 4 && from[3] == to[3] && from[0] == 1 && to[0] == 1, node,
      "shapes \(from), \(to)")
    return ResizeStep(
      input: try value(node, 0), output: try output(node), from: (Int32(from[1]), Int32(from[2])),
      to: (Int32(to[1]), Int32(to[2])), channels: Int32(from[3]), align: align ? 1 : 0, half: half ? 1 : 0)
  }

  private func reduction(_ node: GraphNode, _ axes: [Int], _ mean: Bool) throws(PlanError) -> any Step {
    let from = shape(node.inputs[0])
    guard let first = axes.first, let last = axes.last, last - first == axes.count - 1 else {
      throw fault(node, "reduction over axes \(axes), which are not neighbours")
    }
    let (outer, inner) = (from[..<first].reduce(1, *), from[(last + 1)...].reduce(1, *))
    let length = from[first...last].reduce(1, *)
    let (input, output) = (try value(node, 0), try output(node))
    try require(outer * inner == output.count, node, "output of \(output.count) elements")
    return ReductionStep(input: input, output: output, outer: outer, length: length, inner: inner, mean: mean)
  }
}
