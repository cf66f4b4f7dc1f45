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

/// The steps of a plan that can be shared between threads, each at a place of its own: threads read them there without
/// counting references, which would be one more word that they take from each other.
final class PartitionedSteps {
  /// By number of the step; nil where it cannot be shared.
  let places: [UnsafePointer<any PartitionedStep>?]
  private let storage: UnsafeMutablePointer<any PartitionedStep>
  private let count: Int

  init(_ steps: [any Step]) {
    let shared = steps.map { $0 as? any PartitionedStep }
    count = shared.count { $0 != nil }
    storage = .allocate(capacity: count)
    var free = storage
    places = shared.map { step in
      guard let step else { return nil }
      free.initialize(to: step)
      defer { free += 1 }
      return UnsafePointer(free)
    }
  }

  deinit {
    storage.deinitialize(count: count)
    storage.deallocate()
  }
}

/// A network laid out in memory: steps in order, and the memory they work in.
struct Plan {
  let steps: [any Step]
  /// The same steps where they can be shared between threads.
  let partitioned: PartitionedSteps
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
    partitioned = PartitionedSteps(steps.map(\.0))
    (self.arena, self.constants, self.addresses) = (arena.arena, constants, addresses)
    largestLiveBytes = arena.live
    (inputs, outputs) = (graph.inputs, graph.outputs)
  }

  func storage(_ tensor: Int) -> UnsafeMutableBufferPointer<Float> {
    addresses[tensor] ?? UnsafeMutableBufferPointer(start: nil, count: 0)
  }
}
