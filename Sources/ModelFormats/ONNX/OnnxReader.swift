public import Foundation
internal import SwiftProtobuf

/// Reads ONNX files, opset 6 to the newest of the table, into an `OnnxModel`.
///
/// Everything is checked before anything is used: structure, names and their order, operators, versions, attributes,
/// types, shapes, sizes of constants. What is not known is refused with the name of the node or tensor.
/// Weights are not copied: `StoredTensor.bytes` are parts of the data given.
public struct OnnxReader {
  let tensors: OnnxTensorReader
  private let limits: OnnxWire.Limits

  /// - Parameter file: how the file is called in errors.
  public init(_ data: Data, file: String) {
    tensors = OnnxTensorReader(file: data, name: file)
    limits = OnnxWire.Limits()
  }

  /// The checked network, with what `choices` fix of it.
  public func model(_ choices: OnnxChoices = OnnxChoices()) throws(OnnxError) -> OnnxModel {
    let message = try decode()
    let opset = try opset(of: message)
    guard message.hasGraph else { throw fault(.invalid, "file", "it holds no graph") }
    var builder = OnnxGraphBuilder(reader: self, opset: opset)
    return try builder.build(choices.applied(to: message.graph))
  }

  /// One tensor message, as ONNX stores test data (`input_0.pb`).
  public func tensor() throws(OnnxError) -> StoredTensor {
    let bytes = try skeleton(.tensor)
    guard let message = try? Onnx_TensorProto(serializedBytes: bytes, options: options) else {
      throw fault(.malformed, "file", "it is no tensor message")
    }
    return try tensors.read(message, place: "tensor", allowNaN: true)
  }

  private var options: BinaryDecodingOptions {
    var options = BinaryDecodingOptions()
    options.messageDepthLimit = 2 * limits.depth
    options.discardUnknownFields = true
    return options
  }

  private func decode() throws(OnnxError) -> Onnx_ModelProto {
    let bytes = try skeleton(.model)
    guard let message = try? Onnx_ModelProto(serializedBytes: bytes, options: options) else {
      throw fault(
        .malformed, "file", "it is no ONNX message: a text is not UTF-8, or a field has the wrong kind")
    }
    return message
  }

  private func skeleton(_ root: OnnxMessage) throws(OnnxError) -> [UInt8] {
    do {
      return try OnnxWire.skeleton(of: tensors.file, as: root, limits: limits)
    } catch {
      switch error {
      case .truncated(let offset): throw fault(.malformed, "byte \(offset)", "the file is cut off here")
      case .malformed(let offset):
        throw fault(.malformed, "byte \(offset)", "this is no field of an ONNX message")
      case .tooLarge(let what, let limit): throw fault(.tooLarge, "file", "\(what) beyond \(limit)")
      }
    }
  }

  private func opset(of message: Onnx_ModelProto) throws(OnnxError) -> Int {
    guard message.irVersion >= 3, message.irVersion <= 14 else {
      throw fault(.unsupported, "file", "format version (IR) \(message.irVersion); 3 to 14 are known")
    }
    let versions = message.opsetImport.filter { $0.domain.isEmpty || $0.domain == "ai.onnx" }.map(\.version)
    guard let version = versions.first else {
      if let node = message.graph.node.first, !node.domain.isEmpty {
        throw fault(
          .unsupported, "node \(node.name) (\(node.opType))",
          "operator \(node.opType) of the domain \(node.domain)")
      }
      throw fault(.invalid, "file", "it imports no default operator set")
    }
    guard versions.count == 1 else {
      throw fault(.invalid, "file", "it imports the default operator set twice")
    }
    guard let opset = Int(exactly: version), OnnxSchema.opsets.contains(opset) else {
      let known = "\(OnnxSchema.opsets.lowerBound) to \(OnnxSchema.opsets.upperBound)"
      throw fault(.unsupported, "file", "opset \(version); \(known) are known")
    }
    return opset
  }

  func fault(_ problem: OnnxError.Problem, _ place: String, _ reason: String) -> OnnxError {
    tensors.fault(problem, place, reason)
  }
}
