import Inference
import ModelFormats

/// A graph put together in a test, channels last, with seeded constants; also gives the constants as reference tensors.
struct SmallGraph {
  private var tensors: [GraphTensor] = []
  private var nodes: [GraphNode] = []
  private var bytes: [UInt8] = []
  private var inputs: [Int] = []
  var random: SeededNumbers

  init(seed: UInt64) { random = SeededNumbers(state: seed) }

  func shape(_ tensor: Int) -> [Int] { tensors[tensor].shape }

  mutating func numbers(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
    (0..<count).map { _ in Float.random(in: range, using: &random) }
  }

  mutating func input(_ shape: [Int]) -> Int {
    tensors.append(GraphTensor(name: "input \(tensors.count)", shape: shape, type: .float32, constant: nil))
    inputs.append(tensors.count - 1)
    return tensors.count - 1
  }

  mutating func constant(_ shape: [Int], _ values: [Float]) -> Int {
    let start = bytes.count
    values.withUnsafeBytes { bytes += Array($0) }
    tensors.append(
      GraphTensor(
        name: "constant \(tensors.count)", shape: shape, type: .float32, constant: start..<bytes.count))
    return tensors.count - 1
  }

  mutating func node(_ operation: Operation, _ inputs: [Int], _ shape: [Int]) -> Int {
    tensors.append(GraphTensor(name: "value \(tensors.count)", shape: shape, type: .float32, constant: nil))
    nodes.append(GraphNode(operation, inputs: inputs, outputs: [tensors.count - 1]))
    return tensors.count - 1
  }

  /// The results of `outputs` for the given inputs. Runs twice: what the first run leaves must not matter.
  func run(_ values: [[Float]], outputs: [Int], threads: Int = 1) throws -> [[Float]] {
    let graph = Graph(
      tensors: tensors, nodes: nodes, inputs: inputs, outputs: outputs, bytes: ModelBytes(copying: bytes))
    var options = Network.Options()
    options.threads = threads
    let network = try Network(graph: graph, file: "test", options: options)
    for _ in 0..<2 {
      for (index, value) in values.enumerated() {
        network.withInput(index) { place in for i in value.indices { place[i] = value[i] } }
      }
      try network.run()
    }
    return outputs.indices.map { network.withOutput($0) { Array($0) } }
  }
}

/// Largest difference, relative to the largest expected magnitude.
func difference(_ found: [Float], _ expected: [Float]) -> Float {
  guard found.count == expected.count else { return .infinity }
  let largest = max(expected.map(abs).max() ?? 0, 1e-6)
  var worst: Float = 0
  for (a, b) in zip(found, expected) {
    guard a.isFinite, b.isFinite else { return .infinity }
    worst = max(worst, abs(a - b))
  }
  return worst / largest
}

/// One reference operator on pictures with channels last: the reference works with channels first.
func reference(
  _ name: String, _ pictures: [(shape: [Int], values: [Float])], others: [Tensor] = [],
  _ attributes: [String: AttributeValue]
) throws -> [Float] {
  let inputs: [Tensor?] =
    try pictures.map { try Tensor($0.shape, $0.values).transposed([0, 3, 1, 2]) } + others
  let result = try ReferenceOperators.run(OperatorCall(name, attributes: attributes, inputs: inputs))[0]
  return try result.transposed([0, 2, 3, 1]).values()
}
