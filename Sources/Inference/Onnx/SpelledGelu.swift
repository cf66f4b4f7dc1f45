internal import ModelFormats

/// x/2 (1 + erf(x / sqrt 2)) spelled out: x / sqrt 2 (or x * sqrt 1/2), Erf, + 1, and two products with x and 1/2 in
/// either order, as exporters write before opset 20.
struct SpelledGelu {
  let input: String
  /// Results of the nodes that are not needed any more.
  let needless: [[String]]

  /// All of them in a network, by the results of their last nodes.
  static func all(in lowering: OnnxLowering) -> [[String]: SpelledGelu] {
    var found: [[String]: SpelledGelu] = [:]
    for node in lowering.network.nodes where node.kind == "Erf" {
      if let (last, gelu) = Search(lowering: lowering).around(node) { found[last.outputs] = gelu }
    }
    return found
  }

  private struct Search {
    let lowering: OnnxLowering

    func around(_ erf: OnnxNode) -> (last: OnnxNode, gelu: SpelledGelu)? {
      guard let scaled = onlyUse(maker(erf.inputs[0])), let input = scaledInput(scaled),
        lowering.isFloat(input), let plus = reader(of: erf), plus.kind == "Add",
        number(plus, beside: erf.outputs[0]) == 1, let first = reader(of: plus), first.kind == "Mul",
        let other = other(first, beside: plus.outputs[0])
      else { return nil }
      let inner = [scaled.outputs, erf.outputs, plus.outputs]
      // (x/2) (1 + erf)
      if let half = onlyUse(maker(other)), half.kind == "Mul", number(half, beside: input) == 0.5 {
        return (first, SpelledGelu(input: input, needless: inner + [half.outputs]))
      }
      // x (1 + erf), then 1/2
      guard other == input, let last = reader(of: first), last.kind == "Mul",
        number(last, beside: first.outputs[0]) == 0.5
      else { return nil }
      return (last, SpelledGelu(input: input, needless: inner + [first.outputs]))
    }

    private func maker(_ name: String) -> OnnxNode? { lowering.makers[name] }

    /// The node, when its result is read once.
    private func onlyUse(_ node: OnnxNode?) -> OnnxNode? {
      guard let node, lowering.readers[node.outputs[0]] == 1 else { return nil }
      return node
    }

    /// The only node that reads a node's result.
    private func reader(of node: OnnxNode) -> OnnxNode? {
      guard onlyUse(node) != nil else { return nil }
      return lowering.onlyReader[node.outputs[0]]
    }

    /// What is divided by sqrt 2, or multiplied with its reciprocal.
    private func scaledInput(_ node: OnnxNode) -> String? {
      for side in 0..<(node.kind == "Mul" ? 2 : 1) where node.kind == "Mul" || node.kind == "Div" {
        guard let factor = number(node, beside: node.inputs[side]) else { continue }
        let wanted = (node.kind == "Mul" ? Float(0.5) : Float(2)).squareRoot()
        if abs(factor - wanted) < 1e-4 { return node.inputs[side] }
      }
      return nil
    }

    private func other(_ node: OnnxNode, beside name: String) -> String? {
      guard node.inputs.count == 2, node.version >= 7, node.inputs.contains(name) else { return nil }
      return node.inputs[0] == name ? node.inputs[1] : node.inputs[0]
    }

    /// The one constant number that stands beside `name`, and does not widen its shape.
    private func number(_ node: OnnxNode, beside name: String) -> Float? {
      guard let constant = other(node, beside: name), lowering.value(constant)?.count == 1,
        let values = lowering.floats(constant),
        lowering.shape(node.outputs[0]) == lowering.shape(name)
      else { return nil }
      return values[0]
    }
  }
}
