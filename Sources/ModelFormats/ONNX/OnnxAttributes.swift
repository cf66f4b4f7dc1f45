internal import Foundation

/// The attributes of one node, checked against the operator's definition.
struct OnnxAttributes {
  private(set) var values: [String: AttributeValue] = [:]
  /// The attribute `value` of Constant and ConstantOfShape.
  private(set) var tensor: StoredTensor?
  private let reader: OnnxReader
  private let place: String

  init(
    _ attributes: [Onnx_AttributeProto], schema: OnnxSchema, reader: OnnxReader, place: String
  ) throws(OnnxError) {
    self.reader = reader
    self.place = place
    var seen: Set<String> = []
    for attribute in attributes {
      guard seen.insert(attribute.name).inserted else {
        throw fault(.invalid, "attribute \(attribute.name) is given twice")
      }
      guard let known = schema.attributes[attribute.name] else {
        throw fault(
          .unsupported, "attribute \(attribute.name) is not part of the operator's version \(schema.version)")
      }
      guard attribute.refAttrName.isEmpty else {
        throw fault(.unsupported, "attribute \(attribute.name) refers to a function")
      }
      try add(attribute, known.kind)
    }
    for (name, attribute) in schema.attributes where attribute.required && !seen.contains(name) {
      throw fault(.invalid, "attribute \(name) is missing")
    }
  }

  private mutating func add(_ attribute: Onnx_AttributeProto, _ kind: OnnxSchema.AttributeKind)
    throws(OnnxError)
  {
    let name = attribute.name
    let expected: Onnx_AttributeProto.AttributeType
    switch kind {
    case .number:
      expected = .float
      values[name] = .number(attribute.f)
    case .integer:
      expected = .int
      values[name] = .integer(Int(attribute.i))
    case .text:
      expected = .string
      values[name] = .text(try text(attribute.s, name))
    case .numbers:
      expected = .floats
      values[name] = .numbers(attribute.floats)
    case .integers:
      expected = .ints
      values[name] = .integers(attribute.ints.map { Int($0) })
    case .texts:
      expected = .strings
      var texts: [String] = []
      for string in attribute.strings { texts.append(try text(string, name)) }
      values[name] = .texts(texts)
    case .tensor:
      expected = .tensor
      tensor = try reader.tensors.read(attribute.t, place: place)
    case .graph, .sparse: throw fault(.unsupported, "attribute \(name)")
    }
    guard attribute.type == expected else { throw fault(.invalid, "attribute \(name) has the wrong kind") }
  }

  /// Turns the other forms of a constant into a tensor and type numbers into names, and checks ranges.
  mutating func finish(kind: String, version: Int) throws(OnnxError) {
    if kind == "Constant" {
      if tensor == nil {
        tensor = try constant()
      } else if !values.isEmpty {
        throw fault(.invalid, "two values")
      }
      values = [:]
    }
    for name in ["to", "dtype"] {
      if case .integer(let number) = values[name] {
        values[name] = .text(try reader.tensors.elementType(number, place).rawValue)
      }
    }
    guard kind != "Slice" else { return }
    for (name, value) in values {
      switch value {
      case .integer(let number): try check([number], name)
      case .integers(let numbers): try check(numbers, name)
      case .number(let number): try check([number], name)
      case .numbers(let numbers): try check(numbers, name)
      case .text, .texts: break
      }
    }
  }

  private func check(_ numbers: [Int], _ name: String) throws(OnnxError) {
    // Sums and products of two such numbers cannot overflow.
    guard numbers.allSatisfy({ $0.magnitude < 1 << 31 }) else { throw fault(.tooLarge, "attribute \(name)") }
  }

  private func check(_ numbers: [Float], _ name: String) throws(OnnxError) {
    guard !numbers.contains(where: \.isNaN) else {
      throw fault(.invalid, "attribute \(name) is not a number (NaN)")
    }
  }

  private func constant() throws(OnnxError) -> StoredTensor {
    guard values.count == 1, let value = values.values.first else {
      throw fault(.invalid, "a constant needs one value")
    }
    var message = Onnx_TensorProto()
    switch value {
    case .number(let number): (message.dataType, message.floatData) = (1, [number])
    case .integer(let number): (message.dataType, message.int64Data) = (7, [Int64(number)])
    case .numbers(let numbers):
      (message.dataType, message.floatData, message.dims) = (1, numbers, [Int64(numbers.count)])
    case .integers(let numbers):
      (message.dataType, message.dims) = (7, [Int64(numbers.count)])
      message.int64Data = numbers.map { Int64($0) }
    case .text, .texts: throw fault(.unsupported, "text constants")
    }
    return try reader.tensors.read(message, place: place)
  }

  private func text(_ data: Data, _ name: String) throws(OnnxError) -> String {
    guard let text = String(validating: data, as: UTF8.self) else {
      throw fault(.invalid, "attribute \(name) is no UTF-8")
    }
    return text
  }

  private func fault(_ problem: OnnxError.Problem, _ reason: String) -> OnnxError {
    reader.fault(problem, place, reason)
  }
}
