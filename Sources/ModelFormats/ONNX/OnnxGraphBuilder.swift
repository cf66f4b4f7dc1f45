/// Checks the graph of a decoded file and collects it.
struct OnnxGraphBuilder {
  private let reader: OnnxReader
  private let opset: Int
  private var constants: [String: StoredTensor] = [:]
  private var defined: Set<String> = []
  private var nodes: [OnnxNode] = []

  init(reader: OnnxReader, opset: Int) {
    self.reader = reader
    self.opset = opset
  }

  mutating func build(_ graph: Onnx_GraphProto) throws(OnnxError) -> OnnxModel {
    guard graph.sparseInitializer.isEmpty else {
      throw fault(.unsupported, "graph", "sparse initializers")
    }
    for initializer in graph.initializer {
      let place = "initializer \(initializer.name)"
      guard !initializer.name.isEmpty else { throw fault(.invalid, "initializer", "it has no name") }
      let tensor = try reader.tensors.read(initializer, place: place, allowNaN: true)
      guard constants.updateValue(tensor, forKey: initializer.name) == nil else {
        throw fault(.invalid, place, "the name is given twice")
      }
    }
    if let name = reader.tensors.firstWithNaN(graph.initializer.map(\.name), of: constants) {
      throw fault(.invalid, "initializer \(name)", "a value is not a number (NaN)")
    }
    defined = Set(constants.keys)
    var inputs: [OnnxValue] = []
    for input in graph.input where constants[input.name] == nil {
      inputs.append(try value(input, "input \(input.name)"))
      try define(input.name, "input \(input.name)")
    }
    for (index, node) in graph.node.enumerated() { try add(node, index) }
    var outputs: [OnnxValue] = []
    for output in graph.output {
      let place = "output \(output.name)"
      guard defined.contains(output.name) else { throw fault(.invalid, place, "no node computes it") }
      outputs.append(try value(output, place))
    }
    guard !outputs.isEmpty else { throw fault(.invalid, "graph", "it has no output") }
    return OnnxModel(opset: opset, inputs: inputs, outputs: outputs, nodes: nodes, constants: constants)
  }

  private mutating func define(_ name: String, _ place: String) throws(OnnxError) {
    guard !name.isEmpty else { throw fault(.invalid, place, "a value has no name") }
    guard defined.insert(name).inserted else {
      throw fault(.invalid, place, "the value \(name) is defined twice")
    }
  }

  private func value(_ info: Onnx_ValueInfoProto, _ place: String) throws(OnnxError) -> OnnxValue {
    guard case .tensorType(let type) = info.type.value else {
      throw fault(.unsupported, place, "its type is no tensor (sequence, map, optional or none)")
    }
    var shape: [Int?]?
    if type.hasShape {
      guard type.shape.dim.count <= 16 else { throw fault(.tooLarge, place, "\(type.shape.dim.count) axes") }
      var sizes: [Int?] = []
      for dimension in type.shape.dim {
        guard case .dimValue(let size) = dimension.value else {
          sizes.append(nil)
          continue
        }
        guard size >= 0, size < 1 << 31 else { throw fault(.invalid, place, "size \(size) of an axis") }
        sizes.append(Int(size))
      }
      shape = sizes
    }
    return OnnxValue(
      name: info.name, type: try reader.tensors.elementType(Int(type.elemType), place), shape: shape)
  }

  private mutating func add(_ node: Onnx_NodeProto, _ index: Int) throws(OnnxError) {
    let name = node.name.isEmpty ? node.output.first { !$0.isEmpty } ?? "\(index)" : node.name
    let place = "node \(name) (\(node.opType))"
    let schema = try schema(of: node, place)
    for input in node.input where !input.isEmpty && !defined.contains(input) {
      throw fault(.invalid, place, "input \(input) is defined nowhere before this node (missing, or a cycle)")
    }
    var reading = try OnnxAttributes(node.attribute, schema: schema, reader: reader, place: place)
    try reading.finish(kind: node.opType, version: schema.version)
    var inputs = node.input
    for output in node.output where !output.isEmpty { try define(output, place) }
    if let constant = reading.tensor {
      if node.opType == "Constant", let output = node.output.first {
        constants[output] = constant
        return
      }
      // The value of ConstantOfShape becomes a second input.
      let name = "\(node.output.first ?? place)/value"
      try define(name, place)
      constants[name] = constant
      inputs.append(name)
    }
    nodes.append(
      OnnxNode(
        name: name, kind: node.opType, version: schema.version, attributes: reading.values, inputs: inputs,
        outputs: node.output))
  }

  private func schema(of node: Onnx_NodeProto, _ place: String) throws(OnnxError) -> OnnxSchema {
    guard node.domain.isEmpty || node.domain == "ai.onnx" else {
      throw fault(.unsupported, place, "operator \(node.opType) of the domain \(node.domain)")
    }
    guard let schema = OnnxSchema.find(node.opType, opset: opset), !schema.deprecated else {
      let reason = OnnxSchema.knows(node.opType) ? "is not part of opset \(opset)" : "is not supported"
      throw fault(.unsupported, place, "operator \(node.opType) \(reason)")
    }
    guard schema.inputs.contains(node.input.count) || node.input.count < schema.inputs.lowerBound else {
      throw fault(.invalid, place, "\(node.input.count) inputs, expected \(schema.inputs)")
    }
    guard node.input.count >= schema.inputs.lowerBound else {
      throw fault(.invalid, place, "input \(node.input.count) is missing")
    }
    guard schema.outputs.contains(node.output.count), node.output.contains(where: { !$0.isEmpty }) else {
      throw fault(.invalid, place, "\(node.output.count) outputs, expected \(schema.outputs)")
    }
    return schema
  }

  private func fault(_ problem: OnnxError.Problem, _ place: String, _ reason: String) -> OnnxError {
    reader.fault(problem, place, reason)
  }
}
