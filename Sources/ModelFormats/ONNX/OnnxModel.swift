public import Foundation

/// An ONNX file, read and checked, with nothing computed: nodes in order, constants still in the file's bytes.
///
/// Every name that a node uses is defined before it. Operators, their versions, their attributes' names and kinds and
/// the number of their inputs and outputs are those of the ONNX definitions.
public struct OnnxModel: Sendable {
  /// The version of the default operator set that the file asks for.
  public let opset: Int
  /// What the caller gives, without the initializers.
  public let inputs: [OnnxValue]
  /// What the network gives.
  public let outputs: [OnnxValue]
  /// Operators in an order in which they can run.
  public let nodes: [OnnxNode]
  /// Initializers and values of Constant nodes by name.
  public let constants: [String: StoredTensor]
}

/// A graph input or output as the file declares it.
public struct OnnxValue: Sendable, Equatable {
  /// The name that nodes use.
  public let name: String
  /// Type of the elements.
  public let type: OnnxElementType
  /// Sizes of the axes; nil for one left open. The whole is nil when the file states no shape.
  public let shape: [Int?]?
}

/// One use of an operator.
public struct OnnxNode: Sendable {
  /// The node's name, or its first output when it has none.
  public let name: String
  /// The operator's name, such as "Conv".
  public let kind: String
  /// The newest version of the operator within the file's opset: its meaning is that version's.
  public let version: Int
  /// Attributes that the file sets, by name.
  public let attributes: [String: AttributeValue]
  /// Names of the inputs; empty for one left out.
  public let inputs: [String]
  /// Names of the outputs; empty for one that is not asked for.
  public let outputs: [String]
}

/// A constant tensor whose elements lie, little-endian and row-major, in `bytes`: mostly a part of the mapped file.
public struct StoredTensor: Sendable, Equatable {
  /// Type of the elements.
  public let type: OnnxElementType
  /// Sizes of the axes.
  public let shape: [Int]
  /// The elements, little-endian, row-major.
  public let bytes: Data

  /// The number of elements.
  public var count: Int { bytes.count / type.size }
}
