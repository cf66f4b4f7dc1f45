import ModelFormats

/// What a convolution does after its sum, once neighbours are fused into it.
struct ConvolutionTail {
  var residual: Int?
  var slope: Int?
  var activation: Activation
  /// Constants for each channel: times the activation's result, and added after that.
  var scale: Int?
  var shift: Int?
}

/// A graph's node after fusion.
struct FusedNode {
  var node: GraphNode
  var tail = ConvolutionTail(residual: nil, slope: nil, activation: .none)
}

/// Folds padding before, and residual sums, PReLU and clamping after a convolution into it, so that a value is
/// written and read once less.
struct Fusion {
  private var nodes: [FusedNode?]
  private let graph: Graph
  /// How many nodes read a tensor; outputs of the network count as read.
  private var readers: [Int]
  private var writer: [Int?]

  init(_ graph: Graph) {
    self.graph = graph
    nodes = graph.nodes.map { FusedNode(node: $0) }
    readers = Array(repeating: 0, count: graph.tensors.count)
    writer = Array(repeating: nil, count: graph.tensors.count)
    for (position, node) in graph.nodes.enumerated() {
      for input in node.inputs where input >= 0 { readers[input] += 1 }
      for output in node.outputs { writer[output] = position }
      if case .convolution(_, let activation) = node.operation {
        nodes[position]?.tail.activation = activation
      }
      if case .depthwise(_, let activation) = node.operation { nodes[position]?.tail.activation = activation }
      if case .fullyConnected(let activation) = node.operation {
        nodes[position]?.tail.activation = activation
      }
    }
    for output in graph.outputs { readers[output] += 1 }
  }

  /// The nodes in running order, neighbours fused.
  mutating func run() -> [FusedNode] {
    for position in nodes.indices {
      guard let fused = nodes[position] else { continue }
      switch fused.node.operation {
      case .convolution(let window, let activation):
        absorbPadding(position, window) { .convolution($0, activation) }
      case .depthwise(let window, let activation):
        absorbPadding(position, window) { .depthwise($0, activation) }
      case .parametricRelu: absorbSlope(position, fused.node)
      case .unary(let function):
        if let activation = Self.activations[function] { absorbActivation(position, fused.node, activation) }
      case .custom(let operation) where (operation as? FunctionOperation)?.isGelu ?? false:
        absorbActivation(position, fused.node, .gelu)
      case .binary(.multiply, .none):
        absorbSwish(position, fused.node)
        absorbConstant(position, fused.node, \.scale)
      case .binary(.add, let activation) where [.none, .relu, .relu6].contains(activation):
        absorbSum(position, fused.node, activation)
        if activation == .none {
          absorbConstant(position, fused.node, \.shift)
          absorbFactor(position, fused.node)
        }
      default: break
      }
    }
    return nodes.compactMap { $0 }
  }

  private static let activations: [UnaryFunction: Activation] = [
    .relu: .relu, .relu6: .relu6, .hardSwish: .hardSwish, .logistic: .logistic,
  ]

  private mutating func absorbPadding(_ position: Int, _ window: Window, _ make: (Window) -> Operation) {
    guard let node = nodes[position]?.node, let before = writer[node.inputs[0]], readers[node.inputs[0]] == 1,
      let pad = nodes[before]?.node, case .pad(let amounts) = pad.operation, amounts.count == 4,
      amounts[0] == (0, 0), amounts[3] == (0, 0)
    else { return }
    let wider = window.padded(
      top: amounts[1].before, bottom: amounts[1].after, left: amounts[2].before, right: amounts[2].after)
    nodes[position]?.node.operation = make(wider)
    nodes[position]?.node.inputs[0] = pad.inputs[0]
    nodes[before] = nil
  }

  /// The convolution or product that feeds `tensor`, which is read `uses` times, and has nothing after its sum yet.
  private func open(_ tensor: Int, uses: Int = 1) -> Int? {
    guard let position = writer[tensor], readers[tensor] == uses, let fused = nodes[position],
      fused.tail.activation == .none, fused.tail.slope == nil, fused.tail.scale == nil,
      fused.tail.shift == nil
    else { return nil }
    return isConvolution(position) ? position : nil
  }

  private func isConvolution(_ position: Int) -> Bool {
    switch nodes[position]?.node.operation {
    case .convolution, .depthwise, .fullyConnected: true
    default: false
    }
  }

  /// Whether a tensor's value is known at load: in the file, perhaps as 16-bit floats.
  private func isConstant(_ tensor: Int) -> Bool {
    if graph.tensors[tensor].constant != nil { return true }
    guard let position = writer[tensor], case .dequantize = graph.nodes[position].operation else {
      return false
    }
    return graph.tensors[graph.nodes[position].inputs[0]].constant != nil
  }

  private mutating func redirect(_ convolution: Int, to position: Int, _ node: GraphNode) {
    // The convolution moves to the place of its successor: all that the successor reads exists there.
    var fused = nodes[convolution]
    fused?.node.outputs = node.outputs
    nodes[convolution] = nil
    nodes[position] = fused
    writer[node.outputs[0]] = position
  }

  private mutating func absorbSlope(_ position: Int, _ node: GraphNode) {
    guard node.inputs.count == 2, let convolution = open(node.inputs[0]) else { return }
    let slope = graph.tensors[node.inputs[1]]
    guard isConstant(node.inputs[1]), slope.count == graph.tensors[node.outputs[0]].shape.last else { return }
    nodes[convolution]?.tail.slope = node.inputs[1]
    redirect(convolution, to: position, node)
  }

  private mutating func absorbActivation(_ position: Int, _ node: GraphNode, _ activation: Activation) {
    guard let convolution = open(node.inputs[0]) else {
      return absorbIntoAffine(position, node, activation)
    }
    nodes[convolution]?.tail.activation = activation
    redirect(convolution, to: position, node)
  }

  /// A clamp behind a product and sum with constants that no convolution took.
  private mutating func absorbIntoAffine(_ position: Int, _ node: GraphNode, _ activation: Activation) {
    guard activation == .relu || activation == .relu6, let before = writer[node.inputs[0]],
      readers[node.inputs[0]] == 1, case .binary(.multiply, .none) = nodes[before]?.node.operation,
      nodes[before]?.tail.shift != nil, nodes[before]?.tail.activation == Activation.none
    else { return }
    nodes[before]?.tail.activation = activation
    redirect(before, to: position, node)
  }

  /// x * logistic(x) behind a convolution.
  private mutating func absorbSwish(_ position: Int, _ node: GraphNode) {
    for side in 0...1 {
      let (gate, value) = (node.inputs[side], node.inputs[1 - side])
      guard let logistic = writer[gate], readers[gate] == 1,
        case .unary(.logistic) = nodes[logistic]?.node.operation,
        nodes[logistic]?.node.inputs[0] == value, let convolution = open(value, uses: 2)
      else { continue }
      nodes[logistic] = nil
      nodes[convolution]?.tail.activation = .swish
      return redirect(convolution, to: position, node)
    }
  }

  /// A product with one constant for each channel, just before a sum with another: both in one pass.
  private mutating func absorbFactor(_ position: Int, _ node: GraphNode) {
    guard let sum = nodes[position]?.node, case .binary(.add, .none) = sum.operation,
      sum.inputs == node.inputs,
      let (product, shift) = channelConstant(node), let before = writer[product], readers[product] == 1,
      let factor = nodes[before]?.node, case .binary(.multiply, .none) = factor.operation,
      nodes[before]?.tail.shift == nil, let (value, scale) = channelConstant(factor)
    else { return }
    var fused = FusedNode(
      node: GraphNode(.binary(.multiply, .none), inputs: [value, scale], outputs: node.outputs))
    fused.tail.shift = shift
    (nodes[before], nodes[position]) = (nil, fused)
  }

  /// The value of a node's output's shape, and the constant with one number for each channel beside it.
  private func channelConstant(_ node: GraphNode) -> (value: Int, constant: Int)? {
    guard let side = [0, 1].first(where: { isConstant(node.inputs[$0]) }) else { return nil }
    let (constant, output) = (graph.tensors[node.inputs[side]], graph.tensors[node.outputs[0]])
    guard constant.count == output.shape.last, constant.shape.last == constant.count,
      graph.tensors[node.inputs[1 - side]].shape == output.shape
    else { return nil }
    return (node.inputs[1 - side], node.inputs[side])
  }

  /// A number for each channel that is multiplied with, or added to, a convolution's result.
  private mutating func absorbConstant(
    _ position: Int, _ node: GraphNode, _ part: WritableKeyPath<ConvolutionTail, Int?>
  ) {
    guard nodes[position] != nil, nodes[position]?.node.inputs == node.inputs, !isConvolution(position),
      let (value, constant) = channelConstant(node), let before = writer[value], readers[value] == 1,
      isConvolution(before), let tail = nodes[before]?.tail, tail.shift == nil, tail[keyPath: part] == nil
    else { return }
    nodes[before]?.tail[keyPath: part] = constant
    redirect(before, to: position, node)
  }

  private mutating func absorbSum(_ position: Int, _ node: GraphNode, _ activation: Activation) {
    let shapes = node.inputs.map { graph.tensors[$0].shape }
    guard shapes[0] == shapes[1] else { return }
    defer { absorbChannelPadding(position) }
    // The later writer absorbs the sum, so that the other value exists when it runs.
    let candidates = [0, 1].compactMap { side -> (side: Int, convolution: Int)? in
      guard let convolution = open(node.inputs[side]), nodes[convolution]?.tail.residual == nil else {
        return nil
      }
      return (side, convolution)
    }
    guard let best = candidates.max(by: { $0.convolution < $1.convolution }) else { return }
    nodes[best.convolution]?.tail.residual = node.inputs[1 - best.side]
    nodes[best.convolution]?.tail.activation = activation
    redirect(best.convolution, to: position, node)
  }

  /// A residual that only gets zero channels behind its own is read without them.
  private mutating func absorbChannelPadding(_ position: Int) {
    guard let residual = nodes[position]?.tail.residual, readers[residual] == 1,
      let before = writer[residual],
      let pad = nodes[before]?.node, case .pad(let amounts) = pad.operation, amounts.count == 4,
      amounts.dropLast().allSatisfy({ $0 == (0, 0) }), amounts[3].before == 0
    else { return }
    nodes[position]?.tail.residual = pad.inputs[0]
    nodes[before] = nil
  }
}
