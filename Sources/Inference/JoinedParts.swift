import ModelFormats

/// Results of convolutions that are only there to be put side by side: they are written where they will lie, and the
/// concatenation has nothing left to copy.
struct JoinedParts {
  struct Part {
    /// The concatenation's result.
    let whole: Int
    /// First channel of the part in it.
    let channel: Int
    /// Channels of the whole.
    let stride: Int
  }

  private(set) var parts: [Int: Part] = [:]

  /// - Parameter isFree: whether a tensor has memory of its own, which it shares with no other.
  init(_ graph: Graph, _ nodes: [FusedNode], isFree: (Int) -> Bool) {
    var (uses, convolutions) = ([Int](repeating: 0, count: graph.tensors.count), Set<Int>())
    for fused in nodes {
      for tensor in fused.node.inputs + [fused.tail.residual ?? -1] where tensor >= 0 { uses[tensor] += 1 }
      if case .convolution = fused.node.operation { convolutions.insert(fused.node.outputs[0]) }
    }
    for output in graph.outputs { uses[output] += 1 }
    for fused in nodes {
      guard case .concatenation(let axis) = fused.node.operation else { continue }
      let shape = graph.tensors[fused.node.outputs[0]].shape
      // Pictures of one batch: a pixel of a part is a run of channels in a pixel of the whole.
      guard shape.count == 4, axis == 3, shape[0] == 1, isFree(fused.node.outputs[0]) else { continue }
      let sizes = fused.node.inputs.map { $0 < 0 ? [] : graph.tensors[$0].shape }
      guard sizes.allSatisfy({ $0.count == 4 && $0.dropLast() == shape.dropLast() }),
        sizes.reduce(0, { $0 + $1[3] }) == shape[3]
      else { continue }
      var channel = 0
      for (input, size) in zip(fused.node.inputs, sizes) {
        if uses[input] == 1, convolutions.contains(input), isFree(input) {
          parts[input] = Part(whole: fused.node.outputs[0], channel: channel, stride: shape[3])
        }
        channel += size[3]
      }
    }
  }
}
