internal import ModelFormats

extension OnnxLowering {
  /// GRU and LSTM as exporters write them; others run by reference.
  mutating func lowerRecurrent(_ node: OnnxNode) throws(OnnxError) -> Bool {
    guard node.kind == "GRU" || node.kind == "LSTM", let input = node.inputs.first, isFloat(input),
      let directions = directions(node)
    else { return false }
    let (call, sizes) = (call(node), shape(input))
    let (gates, hidden) = (node.kind == "GRU" ? 3 : 4, shape(node.inputs[2])[2])
    guard sizes.count == 3, !sizes.contains(0), hidden > 0 else { return false }
    let operation = RecurrentOperation(
      gates: gates, frames: sizes[0], batch: sizes[1], width: sizes[2], hidden: hidden,
      resetsProduct: call.flag("linear_before_reset"), directions: directions)
    var operands = [try plain(input)]
    for index in 5..<(gates + 3) {
      operands.append(
        index < node.inputs.count && !node.inputs[index].isEmpty ? try plain(node.inputs[index]) : -1)
    }
    let state = [directions.count, sizes[1], hidden]
    let shapes = [[sizes[0]] + state, state, state]
    var outputs: [Int] = []
    for index in 0..<(gates - 1) {
      let name = index < node.outputs.count ? node.outputs[index] : ""
      let tensor = newTensor(name.isEmpty ? "\(node.name) state \(index)" : name, shapes[index])
      if !name.isEmpty { define(name, plain: tensor) }
      outputs.append(tensor)
    }
    emit(.custom(operation), operands, outputs)
    return true
  }

  /// The weights of each direction, or nil when something about the node needs the reference.
  private func directions(_ node: OnnxNode) -> [RecurrentOperation.Direction]? {
    let call = call(node)
    let plain = ["activations", "activation_alpha", "activation_beta", "clip"]
    guard plain.allSatisfy({ node.attributes[$0] == nil }), call.integer("layout") ?? 0 == 0,
      !call.flag("input_forget"), (node.inputs.count < 5 || node.inputs[4].isEmpty),
      (node.inputs.count < 8 || node.inputs[7].isEmpty), node.inputs.count >= 3,
      let input = floats(node.inputs[1]), let state = floats(node.inputs[2]),
      let direction = try? call.choice("direction", ["forward", "reverse", "bidirectional"]),
      node.inputs.dropFirst(5).allSatisfy({ $0.isEmpty || isFloat($0) })
    else { return nil }
    let backward = direction == "bidirectional" ? [false, true] : [direction == "reverse"]
    let (w, r) = (shape(node.inputs[1]), shape(node.inputs[2]))
    guard w.count == 3, r.count == 3, w[0] == backward.count, w[1] == r[1] else { return nil }
    var bias = [Float](repeating: 0, count: 2 * w[0] * w[1])
    if node.inputs.count > 3, !node.inputs[3].isEmpty {
      guard let given = floats(node.inputs[3]), given.count == bias.count else { return nil }
      bias = given
    }
    let rows = w[1]
    return backward.enumerated().map { index, backward in
      func part(_ values: [Float], _ each: Int) -> [Float] {
        Array(values[index * each..<(index + 1) * each])
      }
      let both = part(bias, 2 * rows)
      return .init(
        backward: backward, input: part(input, rows * w[2]), state: part(state, rows * r[2]),
        inputBias: Array(both[..<rows]), stateBias: Array(both[rows...]))
    }
  }
}
