import CKernels
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

/// Weights in the form the steps read: f32 in the file's own mapping, f16 widened once, packed panels.
final class Constants: @unchecked Sendable {
  private let bytes: ModelBytes
  private var owned: [UnsafeMutablePointer<Float>] = []

  init(_ bytes: ModelBytes) { self.bytes = bytes }

  /// Memory that lives as long as the network; zeros, unless the caller fills the first `count` places anyway.
  func allocate(_ count: Int, cleared: Bool = true) -> UnsafeMutablePointer<Float> {
    let raw = UnsafeMutableRawPointer.allocate(byteCount: (count + 16) * 4, alignment: 64)
    let pointer = raw.bindMemory(to: Float.self, capacity: count + 16)
    let filled = cleared ? 0 : count
    (pointer + filled).initialize(repeating: 0, count: count + 16 - filled)
    owned.append(pointer)
    return pointer
  }

  /// The floats of a constant tensor; nil for integers.
  func floats(_ tensor: GraphTensor) -> UnsafeMutableBufferPointer<Float>? {
    guard let range = tensor.constant, tensor.type != .int32, let base = bytes.buffer.baseAddress else {
      return nil
    }
    let place = base + range.lowerBound
    if tensor.type == .float32, Int(bitPattern: place) % 4 == 0 {
      // Weights are only read: the mapping itself will do.
      let mapped = UnsafeMutableRawPointer(mutating: place).assumingMemoryBound(to: Float.self)
      return UnsafeMutableBufferPointer(start: mapped, count: tensor.count)
    }
    let pointer = allocate(tensor.count, cleared: false)
    if tensor.type == .float32 {
      UnsafeMutableRawPointer(pointer).copyMemory(from: place, byteCount: range.count)
    } else {
      vk_widen_halves(place, tensor.count, pointer)
    }
    return UnsafeMutableBufferPointer(start: pointer, count: tensor.count)
  }

  deinit { for pointer in owned { pointer.deallocate() } }
}
