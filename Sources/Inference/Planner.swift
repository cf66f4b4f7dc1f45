import ModelFormats

/// Something in a sound graph that cannot be run, and where.
struct PlanError: Error {
  let place: String
  let problem: String
}

/// Lays a graph out in memory and turns its nodes into steps.
struct Planner {
  let graph: Graph
  let nodes: [FusedNode]
  let constants: Constants
  private let limits: LoadLimits
  /// Tensors that share another one's memory (reshape).
  private var alias: [Int]

  init(_ graph: Graph, _ limits: LoadLimits) {
    self.graph = NormalizationFusion(graph).fused()
    var fusion = Fusion(self.graph)
    nodes = fusion.run()
    self.limits = limits
    constants = Constants(graph.bytes, expected: Self.packedFloats(nodes, self.graph))
    alias = Array(graph.tensors.indices)
  }

  /// About as many floats as packed weights take.
  private static func packedFloats(_ nodes: [FusedNode], _ graph: Graph) -> Int {
    let halves = graph.tensors.reduce(0) {
      $0 + ($1.type == .float16 && $1.constant != nil ? $1.count + 32 : 0)
    }
    return nodes.reduce(halves) { sum, fused in
      switch fused.node.operation {
      case .convolution, .fullyConnected:
        let weights = graph.tensors[max(fused.node.inputs[1], 0)].shape
        let steps = min(weights.dropFirst().reduce(1, *), 1 << 28) + 1
        return min(sum + ((weights.first ?? 0) + 15) / 16 * 16 * steps, 1 << 30)
      default: return sum
      }
    }
  }

  private func root(_ tensor: Int) -> Int {
    var tensor = tensor
    while alias[tensor] != tensor { tensor = alias[tensor] }
    return tensor
  }

  mutating func plan() throws(PlanError) -> Plan {
    var addresses = [UnsafeMutableBufferPointer<Float>?](repeating: nil, count: graph.tensors.count)
    for (index, tensor) in graph.tensors.enumerated() where tensor.constant != nil {
      addresses[index] = constants.floats(tensor)
    }
    var computed: [(position: Int, fused: FusedNode)] = []
    for (position, fused) in nodes.enumerated() {
      let (input, output) = (fused.node.inputs.first ?? -1, fused.node.outputs[0])
      switch fused.node.operation {
      case .reshape, .dequantize:
        guard input >= 0, graph.tensors[input].count == graph.tensors[output].count else {
          throw PlanError(
            place: "tensor \(graph.tensors[output].name)", problem: "reshape changes the element count")
        }
        if case .dequantize = fused.node.operation, let known = addresses[input] {
          addresses[output] = known
        } else {
          alias[output] = input
        }
      default: computed.append((position, fused))
      }
    }
    let known = Set(addresses.indices.filter { addresses[$0] != nil })
    let joined = JoinedParts(graph, nodes, isFree: { alias[$0] == $0 && addresses[$0] == nil })
    let layout = try arenaLayout(lifetimes(computed, known: addresses, joined))
    let arena = try Arena(count: layout.count)
    for index in graph.tensors.indices
    where addresses[index] == nil && graph.stored[index] == nil && joined.parts[index] == nil {
      let count = graph.tensors[index].count
      if let constant = addresses[root(index)] {
        addresses[index] = constant
      } else if let offset = layout.offsets[root(index)] {
        addresses[index] = UnsafeMutableBufferPointer(start: arena.base + offset, count: count)
      }
    }
    for (tensor, part) in joined.parts {
      guard let whole = addresses[part.whole] else { continue }
      addresses[tensor] = UnsafeMutableBufferPointer(rebasing: whole[part.channel...])
    }
    let knownRoots = Set(addresses.indices.filter { known.contains($0) || known.contains(root($0)) })
    let builder = StepBuilder(
      graph: graph, addresses: addresses, known: knownRoots, constants: constants, joined: joined)
    var steps: [(any Step, StepDescription)] = []
    for (_, fused) in computed {
      steps.append((try builder.step(fused), describe(fused)))
      guard constants.count <= limits.floats else {
        throw PlanError(
          place: "node that makes \"\(graph.tensors[fused.node.outputs[0]].name)\"",
          problem: "packed weights beyond \(limits.floats) numbers")
      }
    }
    constants.pack()
    for tensor in graph.inputs + graph.outputs where addresses[tensor] == nil {
      throw PlanError(place: "tensor \(graph.tensors[tensor].name)", problem: "nothing computes it")
    }
    return Plan(
      steps: steps, arena: (arena, 4 * layout.largestLiveSet), constants: constants, graph: graph,
      addresses: addresses)
  }

  /// Elements of all values that a network computes, together. Networks of this field need a hundredth of it.
  private static let elementLimit = 1 << 28

  private func arenaLayout(_ values: [ArenaLayout.Value]) throws(PlanError) -> ArenaLayout {
    var elements = 0
    for value in values {
      elements += value.count
      guard elements <= Self.elementLimit else {
        throw PlanError(
          place: "tensor \(graph.tensors[value.tensor].name)",
          problem: "with it more than \(Self.elementLimit) elements to compute")
      }
    }
    guard values.count <= limits.values else {
      throw PlanError(
        place: "graph", problem: "\(values.count) values to compute; at most \(limits.values) are supported")
    }
    return ArenaLayout(values)
  }

  private func describe(_ fused: FusedNode) -> StepDescription {
    let node = fused.node
    let output = graph.tensors[node.outputs[0]]
    func shape(_ input: Int) -> [Int] {
      node.inputs[input] < 0 ? [] : graph.tensors[node.inputs[input]].shape
    }
    let shapes = "\(node.inputs.isEmpty ? [] : shape(0)) -> \(output.shape)"
    func sums(_ weights: [Int]) -> Int { 2 * output.count * weights.dropFirst().reduce(1, *) }
    switch node.operation {
    case .convolution(let window, _):
      let kernel = "\(window.kernel.height)x\(window.kernel.width)/\(window.stride.height)"
      return StepDescription(name: "convolution \(kernel) \(shapes)", operations: sums(shape(1)))
    case .depthwise(let window, _):
      let kernel = "\(window.kernel.height)x\(window.kernel.width)/\(window.stride.height)"
      let operations = 2 * output.count * window.kernel.height * window.kernel.width
      return StepDescription(name: "depthwise \(kernel) \(shapes)", operations: operations)
    case .fullyConnected:
      return StepDescription(name: "product \(shapes)", operations: sums(shape(1)))
    case .binary(let function, _):
      return StepDescription(name: "\(function.rawValue) \(shapes)", operations: 0)
    case .unary(let function): return StepDescription(name: "\(function.rawValue) \(shapes)", operations: 0)
    case .custom(let operation): return StepDescription(name: "\(operation.name) \(shapes)", operations: 0)
    default:
      let name = "\(node.operation)".prefix { $0 != "(" }
      return StepDescription(name: "\(name) \(shapes)", operations: 0)
    }
  }

  private func lifetimes(
    _ computed: [(position: Int, fused: FusedNode)], known: [UnsafeMutableBufferPointer<Float>?],
    _ joined: JoinedParts
  ) -> [ArenaLayout.Value] {
    var values: [Int: ArenaLayout.Value] = [:]
    func touch(_ tensor: Int, _ step: Int) {
      let tensor = joined.parts[tensor]?.whole ?? tensor
      guard tensor >= 0, known[tensor] == nil, graph.stored[tensor] == nil else { return }
      let root = root(tensor)
      guard known[root] == nil else { return }
      var value =
        values[root] ?? .init(tensor: root, count: graph.tensors[root].count, first: step, last: step)
      value.first = min(value.first, step)
      value.last = max(value.last, step)
      values[root] = value
    }
    for input in graph.inputs { touch(input, -1) }
    for (step, (_, fused)) in computed.enumerated() {
      for tensor in fused.node.inputs + fused.node.outputs + [fused.tail.residual ?? -1] {
        touch(tensor, step)
      }
    }
    for output in graph.outputs { touch(output, computed.count) }
    return values.values.sorted { $0.tensor < $1.tensor }
  }
}
