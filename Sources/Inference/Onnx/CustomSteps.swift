internal import ModelFormats

/// A custom operation that can make its own step.
protocol PlannedOperation: CustomOperation {
  /// The step, given where inputs (nil for one left out) and outputs lie.
  func step(inputs: [Floats?], outputs: [Floats]) throws(PlanError) -> any Step
}

extension StepBuilder {
  func custom(_ node: GraphNode, _ operation: any CustomOperation) throws(PlanError) -> any Step {
    guard let operation = operation as? any PlannedOperation else {
      throw fault(node, "\(operation.name) is not supported here")
    }
    var inputs: [Floats?] = []
    for index in node.inputs.indices { inputs.append(node.inputs[index] < 0 ? nil : try value(node, index)) }
    var outputs: [Floats] = []
    for tensor in node.outputs {
      guard let place = addresses[tensor] else { throw fault(node, "an output has no place") }
      outputs.append(place)
    }
    return try operation.step(inputs: inputs, outputs: outputs)
  }
}

/// Any operator by its reference twin: correct and slow, and it allocates while it runs.
struct ReferenceOperation: PlannedOperation {
  /// Type and shape of a value; the elements of a constant.
  struct Operand: Sendable {
    let type: TensorType
    let shape: [Int]
    var constant: Tensor?
  }

  let node: OnnxNode
  let file: String
  let inputs: [Operand?]
  let outputs: [Operand]

  var name: String { node.kind }

  /// Floats of the arena that hold the elements of a type: ints and Booleans lie there as bytes.
  static func floats(_ type: TensorType, _ shape: [Int]) -> Int {
    max(1, (shape.reduce(1, *) * type.size + 3) / 4)
  }

  func step(inputs places: [Floats?], outputs: [Floats]) throws(PlanError) -> any Step {
    ReferenceStep(operation: self, inputs: places, outputs: outputs)
  }
}

struct ReferenceStep: Step {
  let operation: ReferenceOperation
  let inputs: [Floats?]
  let outputs: [Floats]

  func run() throws(NetworkError) {
    let place = "node \(operation.node.name) (\(operation.node.kind))"
    var tensors: [Tensor?] = []
    for (operand, floats) in zip(operation.inputs, inputs) {
      tensors.append(operand.flatMap { operand in operand.constant ?? floats.map { Self.read(operand, $0) } })
    }
    let call = OperatorCall(
      operation.node.kind, version: operation.node.version, attributes: operation.node.attributes,
      inputs: tensors,
      outputCount: operation.node.outputs.count)
    do throws(OperatorFault) {
      let results = try ReferenceOperators.run(call)
      for (index, (operand, floats)) in zip(operation.outputs, outputs).enumerated() {
        guard results[index].type == operand.type, results[index].shape == operand.shape else {
          throw .shape(
            "result of \(results[index].type) \(results[index].shape), planned \(operand.type) \(operand.shape)"
          )
        }
        Self.write(results[index], floats)
      }
    } catch {
      throw .unsupported(
        file: operation.file, place: place,
        problem: OnnxError(fault: error, file: operation.file, place: place).reason)
    }
  }

  private static func read(_ operand: ReferenceOperation.Operand, _ floats: Floats) -> Tensor {
    let bytes = UnsafeRawBufferPointer(floats)
    let count = operand.shape.reduce(1, *)
    func load<T: TensorElement>(_: T.Type) -> any TensorElements {
      [T](unsafeUninitializedCapacity: count) { numbers, filled in
        UnsafeMutableRawBufferPointer(numbers).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: bytes[..<(count * MemoryLayout<T>.stride)]))
        filled = count
      }
    }
    return Tensor(shape: operand.shape, elements: load(operand.type.swiftType))
  }

  private static func write(_ tensor: Tensor, _ floats: Floats) {
    func store<E: TensorElements>(_ elements: E) {
      elements.array.withUnsafeBytes { UnsafeMutableRawBufferPointer(floats).copyMemory(from: $0) }
    }
    store(tensor.elements)
  }
}
