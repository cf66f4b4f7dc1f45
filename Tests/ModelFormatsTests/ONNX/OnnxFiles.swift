import Foundation
import ModelFormats
import SwiftProtobuf

/// Small ONNX files for tests, made with the generated messages.
struct OnnxFile {
  var model = Onnx_ModelProto()

  /// y = Relu(x + w), with w = [1, -2, 3] as raw bytes.
  static func addRelu() -> OnnxFile {
    var file = OnnxFile(opset: 17)
    file.input("x", [1, 3])
    file.weights("w", [3], [1, -2, 3])
    file.node("Add", ["x", "w"], ["s"])
    file.node("Relu", ["s"], ["y"])
    file.output("y", [1, 3])
    return file
  }

  init(opset: Int) {
    model.irVersion = 8
    var set = Onnx_OperatorSetIdProto()
    set.version = Int64(opset)
    model.opsetImport = [set]
    model.graph.name = "test"
  }

  mutating func input(_ name: String, _ shape: [Int64], type: Int32 = 1) {
    model.graph.input.append(Self.value(name, shape, type))
  }

  mutating func output(_ name: String, _ shape: [Int64], type: Int32 = 1) {
    model.graph.output.append(Self.value(name, shape, type))
  }

  mutating func weights(_ name: String, _ shape: [Int64], _ values: [Float]) {
    var tensor = Onnx_TensorProto()
    (tensor.name, tensor.dims, tensor.dataType) = (name, shape, 1)
    tensor.rawData = values.withUnsafeBytes { Data($0) }
    model.graph.initializer.append(tensor)
  }

  mutating func node(
    _ kind: String, _ inputs: [String], _ outputs: [String], _ attributes: [Onnx_AttributeProto] = []
  ) {
    var node = Onnx_NodeProto()
    (node.opType, node.input, node.output, node.attribute) = (kind, inputs, outputs, attributes)
    node.name = "\(kind.lowercased())_\(model.graph.node.count)"
    model.graph.node.append(node)
  }

  static func integer(_ name: String, _ value: Int64) -> Onnx_AttributeProto {
    var attribute = Onnx_AttributeProto()
    (attribute.name, attribute.type, attribute.i) = (name, .int, value)
    return attribute
  }

  static func integers(_ name: String, _ values: [Int64]) -> Onnx_AttributeProto {
    var attribute = Onnx_AttributeProto()
    (attribute.name, attribute.type, attribute.ints) = (name, .ints, values)
    return attribute
  }

  static func value(_ name: String, _ shape: [Int64], _ type: Int32) -> Onnx_ValueInfoProto {
    var info = Onnx_ValueInfoProto()
    info.name = name
    info.type.tensorType.elemType = type
    info.type.tensorType.shape.dim = shape.map { size in
      var dimension = Onnx_TensorShapeProto.Dimension()
      dimension.dimValue = size
      return dimension
    }
    return info
  }

  func bytes() throws -> Data { try model.serializedBytes() }

  func read() throws(OnnxError) -> OnnxModel {
    guard let data = try? bytes() else {
      throw OnnxError(problem: .malformed, file: "test", place: "test", reason: "cannot be written")
    }
    return try OnnxReader(data, file: "test.onnx").model()
  }

  /// The error of reading, or nil.
  func error() -> OnnxError? {
    do throws(OnnxError) {
      _ = try read()
      return nil
    } catch {
      return error
    }
  }
}
