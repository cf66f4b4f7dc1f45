internal import ModelFormats

extension Network {
  /// Runs the network on tensors and gives its outputs as tensors: for tests and checks, since it allocates.
  package func run(_ inputs: [Tensor]) throws -> [Tensor] {
    for (index, input) in inputs.enumerated() {
      let values = try input.values(Float.self)
      withInput(index) { place in _ = place.update(fromContentsOf: values) }
    }
    try run()
    return outputs.indices.map { index in
      withOutput(index) { Tensor(outputs[index].shape, Array($0)) }
    }
  }
}
