import Foundation
import ModelFormats
import Testing

@Suite struct OnnxReaderTests {
  @Test func readsNodesConstantsAndShapes() throws {
    let model = try OnnxFile.addRelu().read()
    #expect(model.opset == 17)
    #expect(model.inputs.map(\.name) == ["x"])
    #expect(model.inputs[0].type == .float32)
    #expect(model.inputs[0].shape == [1, 3])
    #expect(model.outputs.map(\.name) == ["y"])
    #expect(model.nodes.map(\.kind) == ["Add", "Relu"])
    #expect(model.nodes.map(\.version) == [14, 14])
    let weights = try #require(model.constants["w"])
    #expect(weights.shape == [3])
    #expect(weights.bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 4, as: Float.self) } == -2)
  }

  @Test func weightsAreAPartOfTheFile() throws {
    var file = OnnxFile.addRelu()
    file.weights("big", [1 << 16], [Float](repeating: 0.5, count: 1 << 16))
    let data = try file.bytes()
    let model = try OnnxReader(data, file: "test.onnx").model()
    let big = try #require(model.constants["big"])
    let inside = data.withUnsafeBytes { whole in
      big.bytes.withUnsafeBytes { part in
        guard let start = whole.baseAddress, let at = part.baseAddress else { return false }
        return at >= start && at + part.count <= start + whole.count
      }
    }
    #expect(inside)
  }

  @Test func olderVersionsKeepTheirMeaning() throws {
    var file = OnnxFile(opset: 11)
    file.input("x", [2, 3])
    file.node("Softmax", ["x"], ["y"])
    file.output("y", [2, 3])
    #expect(try file.read().nodes[0].version == 11)
  }

  @Test func constantNodesBecomeConstants() throws {
    var file = OnnxFile.addRelu()
    file.node("Constant", [], ["c"], [OnnxFile.integers("value_ints", [4, 5])])
    let constant = try #require(try file.read().constants["c"])
    #expect(constant.type == .int64)
    #expect(constant.shape == [2])
  }

  @Test func openSizesAreNil() throws {
    var file = OnnxFile.addRelu()
    file.model.graph.input[0].type.tensorType.shape.dim[0].dimParam = "N"
    #expect(try file.read().inputs[0].shape == [nil, 3])
  }

  @Test(arguments: [5, 29, 0, -1]) func unknownOpsets(opset: Int) {
    var file = OnnxFile.addRelu()
    file.model.opsetImport[0].version = Int64(opset)
    let error = file.error()
    #expect(error?.problem == .unsupported)
    #expect(error?.reason.contains("opset \(opset)") == true)
  }

  @Test func everyOperatorOfTheListHasASchema() throws {
    var file = OnnxFile(opset: 28)
    file.input("x", [1])
    file.node("Upsample", ["x"], ["y"])
    file.output("y", [1])
    #expect(file.error()?.reason.contains("not part of opset 28") == true)
  }
}
