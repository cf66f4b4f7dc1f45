package import ModelFormats

/// Turns an ONNX network, whose pictures are batch x channels x height x width, into the engine's graph, whose
/// pictures have their channels last.
///
/// A value with four axes may exist in either order, or in both; it is turned when an operator first needs the other
/// one. So the body of a convolutional network is turned once at its beginning and once at its end. Operators that
/// have no fast step are carried out by their reference twin.
package struct OnnxLowering {
  let network: StaticNetwork
  private(set) var tensors: [GraphTensor] = []
  private var nodes: [GraphNode] = []
  private var constants: ConstantBytes
  private var stored: [Int: StoredWeights] = [:]
  private var places: [String: Place] = [:]
  /// Nodes that read a value; outputs of the network count as one more.
  private(set) var readers: [String: Int] = [:]
  /// The node that makes a value.
  private(set) var makers: [String: OnnxNode] = [:]
  /// A node that reads a value: the only one where `readers` counts one.
  private(set) var onlyReader: [String: OnnxNode] = [:]
  /// For the result of a convolution the normalization that is folded into its weights.
  private(set) var normalizations: [String: OnnxNode] = [:]
  /// For the result of a concatenation of convolutions' results the normalization that goes into its parts.
  private(set) var distributed: [String: OnnxNode] = [:]
  /// For the result of a product with constant weights the sum with one constant for each column that is folded in.
  private(set) var biases: [String: (node: OnnxNode, constant: String)] = [:]
  /// Gelu where an exporter has spelled it out, by the result of its last node.
  private(set) var spelled: [[String]: SpelledGelu] = [:]

  /// Elements of all values that a network computes, together. Networks of this field need a hundredth of it.
  private static let elementLimit = 1 << 28

  /// Where a value lies: in the file's order, with channels last, or both.
  struct Place {
    var plain: Int?
    var channelsLast: Int?
  }

  /// The graph of `network`.
  /// - Throws: `OnnxError` naming an input or output that is not float32, or an empty tensor.
  package static func graph(_ network: StaticNetwork) throws(OnnxError) -> Graph {
    var lowering = OnnxLowering(network: network)
    do throws(OnnxError) { return try lowering.run() } catch {
      lowering.constants.discard()
      throw error
    }
  }

  private init(network: StaticNetwork) {
    self.network = network
    constants = ConstantBytes(
      capacity: network.values.values.reduce(1 << 16) { $0 + ($1.stored?.bytes.count ?? 0) })
    for name in network.nodes.flatMap(\.inputs) + network.outputs { readers[name, default: 0] += 1 }
    for node in network.nodes {
      for name in node.outputs { makers[name] = node }
      for name in node.inputs { onlyReader[name] = node }
    }
  }

  private mutating func run() throws(OnnxError) -> Graph {
    for name in network.inputs + network.outputs {
      guard let value = network.values[name], value.type == .float32 else {
        throw fault("value \(name)", "inputs and outputs of type float32 only")
      }
    }
    for (name, value) in network.values where value.shape.contains(0) && !value.isConstant {
      throw fault("value \(name)", "the empty shape \(value.shape)")
    }
    for name in network.inputs {
      places[name] = Place(plain: newTensor(name, shape(name)), channelsLast: nil)
    }
    let computed = network.values.values.reduce(0) { $0 + ($1.isConstant ? 0 : $1.count) }
    guard computed <= Self.elementLimit else {
      throw OnnxError(
        problem: .tooLarge, file: network.file, place: "graph", reason: "\(computed) elements to compute")
    }
    findNormalizations()
    findBiases()
    spelled = SpelledGelu.all(in: self)
    let folded = Set(
      normalizations.values.map(\.outputs) + distributed.values.map(\.outputs)
        + biases.values.map(\.node.outputs)
        + spelled.values.flatMap(\.needless))
    for node in network.nodes where !folded.contains(node.outputs) {
      guard constants.count / MemoryLayout<Float>.size <= network.limits.floats else {
        throw OnnxError(
          problem: .tooLarge, file: network.file, place: "node \(node.name) (\(node.kind))",
          reason: "up to it more than \(network.limits.floats) numbers of weights")
      }
      if try lowerSpelled(node) { continue }
      if try !lowerConvolution(node), try !lowerElementwise(node), try !lowerMovement(node),
        try !lowerProduct(node), try !lowerRecurrent(node)
      {
        try lowerReference(node)
      }
    }
    var outputs: [Int] = []
    for name in network.outputs { outputs.append(try plain(name)) }
    let inputs = network.inputs.compactMap { places[$0]?.plain }
    return Graph(
      tensors: tensors, nodes: nodes, inputs: inputs, outputs: outputs, bytes: constants.finish(),
      stored: stored)
  }

  private mutating func findNormalizations() {
    for node in network.nodes where node.kind == "BatchNormalization" {
      if let joined = node.inputs.first, joinsConvolutions(joined), node.version >= 9,
        !call(node).flag("training_mode"), node.outputs.count == 1,
        scaling(node).map({ $0.factors.count == shape(joined)[1] }) ?? false
      {
        distributed[joined] = node
        continue
      }
      guard let input = node.inputs.first, readers[input] == 1, let maker = makers[input],
        maker.kind == "Conv",
        isConstant(maker.inputs[1]), maker.inputs.count < 3 || isConstant(maker.inputs[2]),
        node.inputs.dropFirst().allSatisfy(isConstant), shape(input).count >= 3, node.version >= 9
      else { continue }
      normalizations[input] = node
    }
  }

  /// Whether a value that is read once is put together, along the channels, from what convolutions and clamps give.
  private func joinsConvolutions(_ name: String) -> Bool {
    guard readers[name] == 1, let concat = makers[name], concat.kind == "Concat", shape(name).count == 4,
      call(concat).integer("axis") == 1
    else { return false }
    return concat.inputs.allSatisfy { part in
      guard readers[part] == 1, isFloat(part), var maker = makers[part] else { return false }
      if maker.kind == "Relu", let before = makers[maker.inputs[0]], readers[maker.inputs[0]] == 1 {
        maker = before
      }
      return maker.kind == "Conv"
    }
  }

  private mutating func findBiases() {
    for node in network.nodes where node.kind == "Add" && node.version >= 7 {
      for side in 0...1 {
        let (product, constant) = (node.inputs[side], node.inputs[1 - side])
        guard readers[product] == 1, let maker = makers[product], maker.kind == "MatMul",
          isConstant(maker.inputs[1]), isFloat(maker.inputs[1]), shape(maker.inputs[1]).count == 2,
          isConstant(constant), isFloat(constant), shape(constant) == [shape(maker.inputs[1])[1]],
          shape(node.outputs[0]) == shape(product)
        else { continue }
        biases[product] = (node, constant)
      }
    }
  }

  /// Gelu at the last of the nodes that spell it out.
  private mutating func lowerSpelled(_ node: OnnxNode) throws(OnnxError) -> Bool {
    guard let gelu = spelled[node.outputs] else { return false }
    define(
      node.outputs[0],
      plain: emit(
        .custom(FunctionOperation.gelu), [try plain(gelu.input)], node.outputs[0], shape(node.outputs[0])))
    return true
  }

  // MARK: What is known

  func value(_ name: String) -> StaticValue? { network.values[name] }
  func shape(_ name: String) -> [Int] { network.values[name]?.shape ?? [] }
  func isConstant(_ name: String) -> Bool { network.values[name]?.isConstant ?? false }
  func isFloat(_ name: String) -> Bool { network.values[name]?.type == .float32 }

  /// The elements of a float32 constant.
  func floats(_ name: String) -> [Float]? { network.values[name]?.tensor?.elements as? [Float] }

  /// Attributes and small constant inputs (sizes, axes, limits), as the reference operators read them.
  func call(_ node: OnnxNode) -> OperatorCall {
    OperatorCall(
      node.kind, version: node.version, attributes: node.attributes,
      inputs: node.inputs.map { value($0).flatMap { $0.count <= 64 ? $0.tensor : nil } },
      outputCount: node.outputs.count)
  }

  func fault(_ place: String, _ reason: String) -> OnnxError {
    OnnxError(problem: .unsupported, file: network.file, place: place, reason: "\(reason) is not supported")
  }

  // MARK: Making the graph

  mutating func newTensor(_ name: String, _ shape: [Int]) -> Int {
    tensors.append(GraphTensor(name: name, shape: shape, type: .float32, constant: nil))
    return tensors.count - 1
  }

  mutating func constant(_ name: String, _ shape: [Int], _ values: [Float]) -> Int {
    tensors.append(GraphTensor(name: name, shape: shape, type: .float32, constant: constants.add(values)))
    return tensors.count - 1
  }

  /// The weights of a convolution or product, left where they are; `shape` is outputs x height x width x inputs.
  mutating func weights(_ name: String, _ shape: [Int], _ weights: StoredWeights) -> Int {
    let tensor = newTensor(name, shape)
    stored[tensor] = weights
    return tensor
  }

  /// The numbers of a float32 constant without a copy.
  func numbers(_ name: String) -> StoredWeights.Numbers? {
    guard let value = network.values[name], value.type == .float32 else { return nil }
    if let stored = value.stored { return .bytes(stored.bytes) }
    return (value.tensor?.elements as? [Float]).map { .floats($0) }
  }

  mutating func emit(_ operation: Operation, _ inputs: [Int], _ outputs: [Int]) {
    nodes.append(GraphNode(operation, inputs: inputs, outputs: outputs))
  }

  /// A new value of `shape` computed by `operation`.
  mutating func emit(_ operation: Operation, _ inputs: [Int], _ name: String, _ shape: [Int]) -> Int {
    let output = newTensor(name, shape)
    emit(operation, inputs, [output])
    return output
  }

  mutating func define(_ name: String, plain tensor: Int) {
    places[name] = Place(plain: tensor, channelsLast: nil)
  }
  mutating func define(_ name: String, channelsLast tensor: Int) {
    places[name] = Place(plain: nil, channelsLast: tensor)
  }

  // MARK: Orders of axes

  /// True when the value already exists with channels last.
  func hasChannelsLast(_ name: String) -> Bool { places[name]?.channelsLast != nil }

  static func lastShape(_ shape: [Int]) -> [Int] { [shape[0], shape[2], shape[3], shape[1]] }

  /// The value in the file's order of axes.
  mutating func plain(_ name: String) throws(OnnxError) -> Int {
    if let tensor = places[name]?.plain { return tensor }
    if isConstant(name) {
      guard let values = floats(name), !values.isEmpty else {
        throw fault("constant \(name)", "this type or shape")
      }
      let tensor = constant(name, shape(name), values)
      places[name, default: Place()].plain = tensor
      return tensor
    }
    guard let last = places[name]?.channelsLast else {
      throw fault("value \(name)", "a value that is not computed")
    }
    let sizes = shape(name)
    let tensor = turn(last, name, sizes, count: sizes[0], rows: sizes[2] * sizes[3], columns: sizes[1])
    places[name]?.plain = tensor
    return tensor
  }

  /// The value, which has four axes, with its channels last.
  mutating func channelsLast(_ name: String) throws(OnnxError) -> Int {
    if let tensor = places[name]?.channelsLast { return tensor }
    let sizes = shape(name)
    if isConstant(name) {
      guard let turned = try? value(name)?.tensor?.transposed([0, 2, 3, 1]),
        let values = turned.elements as? [Float],
        !values.isEmpty
      else { throw fault("constant \(name)", "this type or shape") }
      let tensor = constant(name, turned.shape, values)
      places[name, default: Place()].channelsLast = tensor
      return tensor
    }
    let first = try plain(name)
    let area = sizes[2] * sizes[3]
    let tensor = turn(first, name, Self.lastShape(sizes), count: sizes[0], rows: sizes[1], columns: area)
    places[name]?.channelsLast = tensor
    return tensor
  }

  /// Matrices turned one by one; a single row or column stays as it is.
  mutating func turn(
    _ tensor: Int, _ name: String, _ shape: [Int], count: Int, rows: Int, columns: Int
  ) -> Int {
    if rows == 1 || columns == 1 { return emit(.reshape, [tensor], name, shape) }
    return emit(.custom(TurnOperation(count: count, rows: rows, columns: columns)), [tensor], name, shape)
  }

  // MARK: The rest

  private mutating func lowerReference(_ node: OnnxNode) throws(OnnxError) {
    var (inputs, operands) = ([Int](), [ReferenceOperation.Operand?]())
    for name in node.inputs {
      guard let value = value(name) else {
        inputs.append(-1)
        operands.append(nil)
        continue
      }
      inputs.append(value.isConstant ? -1 : try plain(name))
      operands.append(.init(type: value.type, shape: value.shape, constant: value.tensor))
    }
    var (outputs, results) = ([Int](), [ReferenceOperation.Operand]())
    for name in node.outputs {
      guard let value = value(name), !name.isEmpty else { break }
      let size = [ReferenceOperation.floats(value.type, value.shape)]
      let tensor = newTensor(name, value.type == .float32 ? value.shape : size)
      define(name, plain: tensor)
      outputs.append(tensor)
      results.append(.init(type: value.type, shape: value.shape))
    }
    guard outputs.count == node.outputs.count else {
      throw fault("node \(node.name) (\(node.kind))", "leaving out this output")
    }
    emit(
      .custom(ReferenceOperation(node: node, file: network.file, inputs: operands, outputs: results)), inputs,
      outputs)
  }
}

/// The bytes of all constants of a graph, one after another.
///
/// Grows by doubling; the memory goes over to the graph without a copy.
struct ConstantBytes {
  private var memory: UnsafeMutableRawBufferPointer
  /// Bytes so far.
  private(set) var count = 0

  init(capacity: Int) {
    memory = .allocate(byteCount: max(capacity, 64), alignment: 64)
  }

  mutating func add(_ values: [Float]) -> Range<Int> {
    let start = count
    let size = values.count * MemoryLayout<Float>.size
    if start + size > memory.count {
      let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * (start + size), alignment: 64)
      larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<start]))
      memory.deallocate()
      memory = larger
    }
    values.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: memory[start...]).copyMemory(from: $0) }
    count += size
    return start..<count
  }

  /// Gives the memory away; nothing may be added afterwards.
  func finish() -> ModelBytes { ModelBytes(adopting: memory, count: count) }

  /// Frees the memory of a graph that was not finished.
  func discard() { memory.deallocate() }
}
