package import ModelFormats

/// A network run node by node with the reference operators: slow, exact, and able to run whatever the reader takes.
///
/// It is the yardstick for the planned executor, and the only way to run networks whose shapes depend on their data.
package struct ReferenceNetwork: Sendable {
  package let model: OnnxModel
  private let file: String
  private let constants: [String: Tensor]
  /// The values that no later node needs, for each node.
  private let finished: [[String]]

  package init(_ model: OnnxModel, file: String) {
    self.model = model
    self.file = file
    constants = model.constants.mapValues(Tensor.init)
    var lastUse: [String: Int] = [:]
    for (index, node) in model.nodes.enumerated() {
      for name in node.inputs + node.outputs where !name.isEmpty { lastUse[name] = index }
    }
    for output in model.outputs { lastUse[output.name] = nil }
    var finished = [[String]](repeating: [], count: model.nodes.count)
    for (name, index) in lastUse { finished[index].append(name) }
    self.finished = finished
  }

  /// The outputs in the model's order.
  /// - Parameter inputs: one tensor for each input of the model, in its order.
  /// - Throws: `OnnxError` naming the input or node.
  package func run(_ inputs: [Tensor]) throws(OnnxError) -> [Tensor] {
    guard inputs.count == model.inputs.count else {
      throw fault("network", .invalid, "\(inputs.count) inputs, expected \(model.inputs.count)")
    }
    var values = constants
    for (declared, tensor) in zip(model.inputs, inputs) {
      guard declared.type == tensor.type else {
        throw fault("input \(declared.name)", .invalid, "it is \(tensor.type), expected \(declared.type)")
      }
      if let shape = declared.shape,
        shape.count != tensor.rank || zip(shape, tensor.shape).contains(where: { $0 != nil && $0 != $1 })
      {
        throw fault("input \(declared.name)", .invalid, "its shape is \(tensor.shape)")
      }
      values[declared.name] = tensor
    }
    for (index, node) in model.nodes.enumerated() {
      let results = try run(node, values)
      for (name, tensor) in zip(node.outputs, results) where !name.isEmpty { values[name] = tensor }
      for name in finished[index] { values[name] = nil }
    }
    var outputs: [Tensor] = []
    for output in model.outputs {
      guard let tensor = values[output.name] else {
        throw fault("output \(output.name)", .unsupported, "its node gives no such result")
      }
      outputs.append(tensor)
    }
    return outputs
  }

  private func run(_ node: OnnxNode, _ values: [String: Tensor]) throws(OnnxError) -> [Tensor] {
    let place = "node \(node.name) (\(node.kind))"
    for name in node.inputs where !name.isEmpty && values[name] == nil {
      throw fault(place, .unsupported, "input \(name) has no value")
    }
    let call = OperatorCall(
      node.kind, version: node.version, attributes: node.attributes, inputs: node.inputs.map { values[$0] },
      outputCount: node.outputs.count)
    do {
      let results = try ReferenceOperators.run(call)
      guard node.outputs.indices.allSatisfy({ node.outputs[$0].isEmpty || $0 < results.count }) else {
        throw OperatorFault.unsupported("\(node.outputs.count) outputs")
      }
      return results
    } catch let error as OperatorFault {
      throw OnnxError(fault: error, file: file, place: place)
    } catch {
      throw fault(place, .unsupported, "\(error)")
    }
  }

  private func fault(_ place: String, _ problem: OnnxError.Problem, _ reason: String) -> OnnxError {
    OnnxError(problem: problem, file: file, place: place, reason: reason)
  }
}

extension OnnxError {
  /// An operator's fault at the node where it happened.
  package init(fault: OperatorFault, file: String, place: String) {
    let (problem, reason): (Problem, String) =
      switch fault {
      case .shape(let text): (.invalid, text)
      case .type(let text): (.unsupported, text)
      case .attribute(let text): (.invalid, text)
      case .unsupported(let text): (.unsupported, "\(text) is not supported")
      case .tooLarge(let text): (.tooLarge, text)
      }
    self.init(problem: problem, file: file, place: place, reason: reason)
  }
}
