import Foundation
import ModelFormats
import SwiftProtobuf

/// Numbers from a seed (SplitMix64, public domain), so that a failing run can be repeated.
struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// An ONNX file put together in a test, with seeded weights.
struct TestNetwork {
  private var model = Onnx_ModelProto()
  private var random: SeededNumbers

  init(seed: UInt64, opset: Int = 20) {
    random = SeededNumbers(state: seed)
    model.irVersion = 9
    var set = Onnx_OperatorSetIdProto()
    set.version = Int64(opset)
    model.opsetImport = [set]
  }

  func bytes() throws -> Data { try model.serializedBytes() }

  mutating func input(_ name: String, _ shape: [Int]) {
    var info = Onnx_ValueInfoProto()
    info.name = name
    info.type.tensorType.elemType = 1
    info.type.tensorType.shape.dim = shape.map { size in
      var dimension = Onnx_TensorShapeProto.Dimension()
      dimension.dimValue = Int64(size)
      return dimension
    }
    model.graph.input.append(info)
  }

  mutating func output(_ name: String, type: Int32 = 1) {
    var info = Onnx_ValueInfoProto()
    info.name = name
    info.type.tensorType.elemType = type
    model.graph.output.append(info)
  }

  /// Seeded numbers in `range`.
  mutating func weights(_ name: String, _ shape: [Int], in range: ClosedRange<Float> = -1...1) {
    let values = (0..<shape.reduce(1, *)).map { _ in Float.random(in: range, using: &random) }
    numbers(name, shape, values)
  }

  mutating func numbers(_ name: String, _ shape: [Int], _ values: [Float]) {
    var tensor = Onnx_TensorProto()
    (tensor.name, tensor.dims, tensor.dataType) = (name, shape.map { Int64($0) }, 1)
    tensor.rawData = values.withUnsafeBytes { Data($0) }
    model.graph.initializer.append(tensor)
  }

  mutating func integers(_ name: String, _ shape: [Int], _ values: [Int64]) {
    var tensor = Onnx_TensorProto()
    (tensor.name, tensor.dims, tensor.dataType) = (name, shape.map { Int64($0) }, 7)
    tensor.int64Data = values
    model.graph.initializer.append(tensor)
  }

  /// A constant of any type, by its number in the format and its little-endian bytes.
  mutating func constant(_ name: String, type: Int32, _ shape: [Int], _ bytes: Data) {
    var tensor = Onnx_TensorProto()
    (tensor.name, tensor.dims, tensor.dataType, tensor.rawData) = (name, shape.map { Int64($0) }, type, bytes)
    model.graph.initializer.append(tensor)
  }

  mutating func node(
    _ kind: String, _ inputs: [String], _ outputs: [String], _ attributes: [String: AttributeValue] = [:]
  ) {
    var node = Onnx_NodeProto()
    (node.opType, node.input, node.output) = (kind, inputs, outputs)
    node.attribute = attributes.map { name, value in
      var attribute = Onnx_AttributeProto()
      attribute.name = name
      switch value {
      case .integer(let number): (attribute.type, attribute.i) = (.int, Int64(number))
      case .number(let number): (attribute.type, attribute.f) = (.float, number)
      case .text(let text): (attribute.type, attribute.s) = (.string, Data(text.utf8))
      case .integers(let numbers): (attribute.type, attribute.ints) = (.ints, numbers.map { Int64($0) })
      case .numbers(let numbers): (attribute.type, attribute.floats) = (.floats, numbers)
      case .texts(let texts): (attribute.type, attribute.strings) = (.strings, texts.map { Data($0.utf8) })
      }
      return attribute
    }
    model.graph.node.append(node)
  }

  /// A convolution that keeps the size at stride 1, with weights and bias; `sizes` are channels in, out, and kernel.
  mutating func convolution(
    _ input: String, _ output: String, _ sizes: (Int, Int, Int), group: Int = 1, stride: Int = 1,
    dilation: Int = 1
  ) {
    let (channels, outputs, kernel) = sizes
    weights("\(output)_w", [outputs, channels / group, kernel, kernel])
    weights("\(output)_b", [outputs])
    let (before, after) = ((kernel - 1) * dilation / 2, kernel / 2 * dilation)
    node(
      "Conv", [input, "\(output)_w", "\(output)_b"], [output],
      [
        "group": .integer(group), "strides": .integers([stride, stride]),
        "dilations": .integers([dilation, dilation]),
        "pads": .integers([before, before, after, after]),
      ])
  }

  mutating func normalization(_ input: String, _ output: String, _ channels: Int) {
    for name in ["scale", "bias", "mean"] { weights("\(output)_\(name)", [channels]) }
    weights("\(output)_variance", [channels], in: 0.5...2)
    node(
      "BatchNormalization", [input] + ["scale", "bias", "mean", "variance"].map { "\(output)_\($0)" },
      [output])
  }
}
