package import ModelFormats

/// An ONNX network with every shape fixed and everything computed that does not depend on the inputs.
///
/// What exporters emit around the real operators (Shape, Gather, Concat, Unsqueeze, Cast, Constant … that compute
/// shapes) is gone. Nodes whose results nobody needs are gone too.
package struct StaticNetwork {
  /// The nodes that remain, in running order.
  package private(set) var nodes: [OnnxNode] = []
  /// Every input, constant and result by name.
  package private(set) var values: [String: StaticValue] = [:]
  package let inputs: [String]
  package let outputs: [String]
  package let file: String
  /// What loading may compute and keep.
  package let limits: LoadLimits

  /// - Parameter shapes: sizes for the axes that the file leaves open, by input name. An open axis without one
  ///   becomes 1, as batch axes do.
  /// - Parameter limits: what loading may compute and keep; by default what the file's weights justify.
  /// - Throws: `OnnxError` naming the node whose shape depends on data, that does not fit its inputs, or at which the
  ///   work came to its limit.
  package init(
    _ model: OnnxModel, file: String, shapes: [String: [Int]] = [:], limits: LoadLimits? = nil
  ) throws(OnnxError) {
    self.file = file
    self.limits = limits ?? LoadLimits(storedBytes: model.storedBytes)
    let budget = LoadBudget(self.limits)
    inputs = model.inputs.map(\.name)
    outputs = model.outputs.map(\.name)
    values = model.constants.mapValues { StaticValue($0) }
    for input in model.inputs { values[input.name] = try Self.input(input, shapes[input.name], file) }
    for node in model.nodes { try add(node, budget) }
    removeUnused()
  }

  private static func input(_ input: OnnxValue, _ wanted: [Int]?, _ file: String) throws(OnnxError)
    -> StaticValue
  {
    func fault(_ reason: String) -> OnnxError {
      OnnxError(problem: .unsupported, file: file, place: "input \(input.name)", reason: reason)
    }
    guard let declared = input.shape ?? wanted.map({ $0.map(Optional.some) }) else {
      throw fault("the file states no shape; give one")
    }
    let shape = declared.enumerated().map { index, size in
      size ?? wanted.flatMap { index < $0.count ? $0[index] : nil } ?? 1
    }
    do throws(OperatorFault) { _ = try TensorShape.count(shape) } catch {
      throw OnnxError(fault: error, file: file, place: "input \(input.name)")
    }
    return StaticValue(type: input.type, shape: shape)
  }

  private mutating func add(_ node: OnnxNode, _ budget: LoadBudget) throws(OnnxError) {
    let place = "node \(node.name) (\(node.kind))"
    var inputs: [StaticValue?] = []
    for name in node.inputs {
      if name.isEmpty {
        inputs.append(nil)
      } else if let value = values[name] {
        inputs.append(value)
      } else {
        throw OnnxError(problem: .unsupported, file: file, place: place, reason: "input \(name) has no value")
      }
    }
    do throws(OperatorFault) {
      let results = try ShapeRules(node, inputs, budget).results()
      for (index, name) in node.outputs.enumerated() where !name.isEmpty {
        guard index < results.count else { throw .unsupported("output \(index)") }
        values[name] = results[index]
      }
      if results.contains(where: { !$0.isConstant }) { nodes.append(node) }
    } catch {
      throw OnnxError(fault: error, file: file, place: place)
    }
  }

  private mutating func removeUnused() {
    var needed = Set(outputs)
    var kept: [OnnxNode] = []
    for node in nodes.reversed() where node.outputs.contains(where: needed.contains) {
      needed.formUnion(node.inputs)
      kept.append(node)
    }
    nodes = kept.reversed()
    needed.formUnion(inputs)
    for node in nodes { needed.formUnion(node.outputs) }
    values = values.filter { needed.contains($0.key) }
  }
}

extension OnnxModel {
  /// Bytes of all constants that lie in the file.
  package var storedBytes: Int { constants.values.reduce(0) { $0 + $1.bytes.count } }
}
