import ModelFormats

/// Finds layer normalization where a converter has spelled it out, and makes one node of it.
///
/// TensorFlow's converter writes, with all means over the last axis and g = rsqrt(mean((x - m)^2) + epsilon) * factor:
/// y = x * g + (-m) * g, or y = x * g + (offset - m * g).
struct NormalizationFusion {
  private let graph: Graph
  private let writer: [Int: Int]
  private let readers: [Int: [Int]]

  init(_ graph: Graph) {
    self.graph = graph
    var (writer, readers): ([Int: Int], [Int: [Int]]) = ([:], [:])
    for (position, node) in graph.nodes.enumerated() {
      for output in node.outputs { writer[output] = position }
      for input in node.inputs { readers[input, default: []].append(position) }
    }
    (self.writer, self.readers) = (writer, readers)
  }

  /// The graph with every spelled-out normalization replaced.
  func fused() -> Graph {
    var result = graph
    var removed: Set<Int> = []
    for position in graph.nodes.indices {
      guard let match = match(at: position) else { continue }
      removed.formUnion(match.covered)
      result.nodes[match.last] = GraphNode(
        .layerNormalization, inputs: [match.value, match.factor, match.offset, match.epsilon],
        outputs: graph.nodes[match.last].outputs)
    }
    if !removed.isEmpty {
      result.nodes = result.nodes.enumerated().filter { !removed.contains($0.offset) }.map(\.element)
    }
    return result
  }

  private struct Match {
    var value = -1
    var factor = -1
    var offset = -1
    var epsilon = -1
    /// The node whose output is the result.
    var last = -1
    /// Nodes that the result makes needless.
    var covered: Set<Int> = []
  }

  /// The normalization around the reciprocal root at `position`.
  private func match(at position: Int) -> Match? {
    guard case .unary(.reciprocalSqrt) = graph.nodes[position].operation else { return nil }
    var match = Match()
    guard let (mean, squares) = statistics(of: graph.nodes[position].inputs[0], &match) else { return nil }
    match.covered.insert(position)
    var scale = graph.nodes[position].outputs[0]
    // The factor, when there is one: the only use of the reciprocal root.
    if let uses = readers[scale], uses.count == 1, let (_, other) = product(uses[0], of: scale),
      isConstant(other)
    {
      (match.factor, scale) = (other, graph.nodes[uses[0]].outputs[0])
      match.covered.insert(uses[0])
      guard graph.tensors[other].count == graph.tensors[match.value].shape.last else { return nil }
    }
    guard let uses = readers[scale], uses.count == 2,
      let direct = uses.first(where: { product($0, of: scale)?.other == match.value }),
      let shift = uses.first(where: { $0 != direct }), let (_, other) = product(shift, of: scale)
    else { return nil }
    match.covered.formUnion([direct, shift])
    guard close(&match, direct: direct, shift: shift, other: other, mean: mean) else { return nil }
    // Nothing else may read what disappears.
    match.covered.remove(match.last)
    let inner = match.covered.union([match.last])
    for node in match.covered {
      for output in graph.nodes[node].outputs {
        guard !graph.outputs.contains(output), (readers[output] ?? []).allSatisfy(inner.contains) else {
          return nil
        }
      }
    }
    match.covered.formUnion(squares)
    return match
  }

  /// From variance + epsilon back to the value: its mean, and the nodes on the way.
  private func statistics(of sum: Int, _ match: inout Match) -> (mean: Int, nodes: Set<Int>)? {
    guard let addition = writer[sum], case .binary(.add, .none) = graph.nodes[addition].operation else {
      return nil
    }
    let inputs = graph.nodes[addition].inputs
    guard let side = [0, 1].first(where: { isConstant(inputs[$0]) && graph.tensors[inputs[$0]].count == 1 }),
      let variance = writer[inputs[1 - side]], isRowMean(variance),
      let squares = writer[graph.nodes[variance].inputs[0]],
      case .binary(.squaredDifference, .none) = graph.nodes[squares].operation
    else { return nil }
    let operands = graph.nodes[squares].inputs
    guard
      let meanSide = [0, 1].first(where: { side in
        writer[operands[side]].map { isRowMean($0) && graph.nodes[$0].inputs[0] == operands[1 - side] }
          ?? false
      }), let mean = writer[operands[meanSide]]
    else { return nil }
    (match.value, match.epsilon) = (operands[1 - meanSide], inputs[side])
    let nodes: Set<Int> = [addition, variance, squares, mean]
    match.covered.formUnion(nodes)
    return (operands[meanSide], nodes)
  }

  /// The last sum: x * g + (-m) * g, or x * g + (offset - m * g).
  private func close(_ match: inout Match, direct: Int, shift: Int, other: Int, mean: Int) -> Bool {
    let (scaled, shifted) = (graph.nodes[direct].outputs[0], graph.nodes[shift].outputs[0])
    var addend = shifted
    if let negation = writer[other], case .unary(.negative) = graph.nodes[negation].operation,
      graph.nodes[negation].inputs[0] == mean
    {
      match.covered.insert(negation)
    } else if other == mean, let uses = readers[shifted], uses.count == 1,
      case .binary(.subtract, .none) = graph.nodes[uses[0]].operation,
      graph.nodes[uses[0]].inputs[1] == shifted,
      isConstant(graph.nodes[uses[0]].inputs[0]),
      graph.tensors[graph.nodes[uses[0]].inputs[0]].count == graph.tensors[match.value].shape.last
    {
      match.offset = graph.nodes[uses[0]].inputs[0]
      addend = graph.nodes[uses[0]].outputs[0]
      match.covered.insert(uses[0])
    } else {
      return false
    }
    guard let last = readers[addend]?.first, case .binary(.add, .none) = graph.nodes[last].operation,
      Set(graph.nodes[last].inputs) == [scaled, addend]
    else { return false }
    match.last = last
    return true
  }

  /// The other operand when the node multiplies `tensor` with something.
  private func product(_ position: Int, of tensor: Int) -> (position: Int, other: Int)? {
    guard case .binary(.multiply, .none) = graph.nodes[position].operation else { return nil }
    let inputs = graph.nodes[position].inputs
    return inputs[0] == tensor ? (position, inputs[1]) : (position, inputs[0])
  }

  private func isRowMean(_ position: Int) -> Bool {
    guard case .reduction(let axes, mean: true) = graph.nodes[position].operation else { return false }
    return axes == [graph.tensors[graph.nodes[position].inputs[0]].shape.count - 1]
  }

  private func isConstant(_ tensor: Int) -> Bool {
    if graph.tensors[tensor].constant != nil { return true }
    guard let position = writer[tensor], case .dequantize = graph.nodes[position].operation else {
      return false
    }
    return graph.tensors[graph.nodes[position].inputs[0]].constant != nil
  }
}
