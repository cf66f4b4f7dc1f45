/// The part of the ONNX file format that this reader needs: which fields of which message are kept, and what
/// each holds. Every other field (documentation, metadata, training, device hints) is left out before decoding.
///
/// Field numbers are those of `Tools/generate/onnx/onnx.proto`.
enum OnnxMessage {
  case model, graph, node, attribute, tensor, sparseTensor, function, opset, textPair
  case valueInfo, type, tensorType, innerType, shape, dimension

  /// What the payload of one kept field is.
  enum Field {
    /// A number, a string, a packed list: kept as it stands.
    case plain
    /// A nested message: entered, so that it is filtered and counted too.
    case message(OnnxMessage)
    /// The raw bytes of a tensor: replaced by their place in the file.
    case tensorBytes
  }

  /// The meaning of field `number` in this message, or nil when the reader does not need it.
  func field(_ number: Int) -> Field? {
    switch self {
    case .model: Self.modelField(number)
    case .graph: Self.graphField(number)
    case .node: number == 5 ? .message(.attribute) : Self.plain([1, 2, 3, 4, 7, 8], number)
    case .attribute: Self.attributeField(number)
    case .tensor: Self.tensorField(number)
    case .sparseTensor: (1...2).contains(number) ? .message(.tensor) : nil
    case .function: Self.functionField(number)
    case .opset, .textPair: Self.plain([1, 2], number)
    case .valueInfo: number == 2 ? .message(.type) : Self.plain([1], number)
    case .type: Self.typeField(number)
    case .tensorType: number == 2 ? .message(.shape) : Self.plain([1], number)
    case .innerType: (1...2).contains(number) ? .plain : nil
    case .shape: number == 1 ? .message(.dimension) : nil
    case .dimension: Self.plain([1, 2], number)
    }
  }

  private static func plain(_ numbers: [Int], _ number: Int) -> Field? {
    numbers.contains(number) ? .plain : nil
  }

  private static func modelField(_ number: Int) -> Field? {
    switch number {
    case 1, 2, 3: .plain
    case 7: .message(.graph)
    case 8: .message(.opset)
    case 25: .message(.function)
    default: nil
    }
  }

  private static func graphField(_ number: Int) -> Field? {
    switch number {
    case 1: .message(.node)
    case 2: .plain
    case 5: .message(.tensor)
    case 11, 12, 13: .message(.valueInfo)
    case 15: .message(.sparseTensor)
    default: nil
    }
  }

  private static func attributeField(_ number: Int) -> Field? {
    switch number {
    case 1, 2, 3, 4, 7, 8, 9, 20, 21: .plain
    case 5, 10: .message(.tensor)
    case 6, 11: .message(.graph)
    case 14, 15: .message(.type)
    case 22, 23: .message(.sparseTensor)
    default: nil
    }
  }

  private static func tensorField(_ number: Int) -> Field? {
    switch number {
    case 9: .tensorBytes
    case 1, 2, 4, 5, 6, 7, 8, 10, 11, 14: .plain
    case 3: .message(.innerType)
    case 13: .message(.textPair)
    default: nil
    }
  }

  private static func functionField(_ number: Int) -> Field? {
    switch number {
    case 1, 4, 5, 10, 13: .plain
    case 7: .message(.node)
    case 9: .message(.opset)
    case 11: .message(.attribute)
    default: nil
    }
  }

  private static func typeField(_ number: Int) -> Field? {
    switch number {
    case 1, 8: .message(.tensorType)
    case 4, 5, 7, 9: .plain
    default: nil
    }
  }
}
