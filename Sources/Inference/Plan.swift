import ModelFormats

/// One step of a run; knows where its inputs and outputs lie.
package protocol Step {
  func run() throws(NetworkError)
}

/// What a step is, for people and benchmarks.
struct StepDescription {
  let name: String
  /// Multiplications and additions of a convolution or product.
  let operations: Int
}

/// A network laid out in memory: steps in order, and the memory they work in.
struct Plan {
  let steps: [any Step]
  /// The same steps where they can be shared between threads.
  let partitioned: [(any PartitionedStep)?]
  let descriptions: [StepDescription]
  let arena: Arena
  /// Bytes that any layout of the memory needs.
  let largestLiveBytes: Int
  let constants: Constants
  let inputs: [Int]
  let outputs: [Int]
  private let addresses: [UnsafeMutableBufferPointer<Float>?]

  init(
    steps: [(any Step, StepDescription)], arena: (arena: Arena, live: Int), constants: Constants,
    graph: Graph,
    addresses: [UnsafeMutableBufferPointer<Float>?]
  ) {
    (self.steps, descriptions) = (steps.map(\.0), steps.map(\.1))
    partitioned = steps.map { $0.0 as? any PartitionedStep }
    (self.arena, self.constants, self.addresses) = (arena.arena, constants, addresses)
    largestLiveBytes = arena.live
    (inputs, outputs) = (graph.inputs, graph.outputs)
  }

  func storage(_ tensor: Int) -> UnsafeMutableBufferPointer<Float> {
    addresses[tensor] ?? UnsafeMutableBufferPointer(start: nil, count: 0)
  }
}
