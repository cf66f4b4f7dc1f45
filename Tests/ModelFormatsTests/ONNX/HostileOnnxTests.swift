import Foundation
import ModelFormats
import SwiftProtobuf
import Testing

/// Files that lie: each is refused with the place named.
@Suite struct HostileOnnxTests {
  @Test func unknownOperatorNamesTheNode() {
    var file = OnnxFile.addRelu()
    file.node("Frobnicate", ["y"], ["z"])
    let error = file.error()
    #expect(error?.problem == .unsupported)
    #expect(error?.place == "node frobnicate_2 (Frobnicate)")
  }

  @Test func otherDomainIsRefused() {
    var file = OnnxFile.addRelu()
    file.model.graph.node[0].domain = "com.example"
    #expect(file.error()?.reason.contains("com.example") == true)
  }

  @Test func unknownAttributeIsRefused() {
    var file = OnnxFile.addRelu()
    file.model.graph.node[1].attribute = [OnnxFile.integer("leak", 1)]
    #expect(file.error()?.reason.contains("attribute leak") == true)
    #expect(file.error()?.place == "node relu_1 (Relu)")
  }

  @Test func attributeOfTheWrongKindIsRefused() {
    var file = OnnxFile(opset: 17)
    file.input("x", [1, 3])
    file.node("Softmax", ["x"], ["y"], [OnnxFile.integers("axis", [1])])
    file.output("y", [1, 3])
    #expect(file.error()?.reason == "attribute axis has the wrong kind")
  }

  @Test func cycleIsRefused() {
    var file = OnnxFile.addRelu()
    file.model.graph.node[0].input = ["x", "y"]
    #expect(file.error()?.reason.contains("y is defined nowhere before") == true)
  }

  @Test func missingWeightIsRefused() {
    var file = OnnxFile.addRelu()
    file.model.graph.initializer = []
    #expect(file.error()?.place == "node add_0 (Add)")
    #expect(file.error()?.reason.contains("input w") == true)
  }

  @Test func valueDefinedTwiceIsRefused() {
    var file = OnnxFile.addRelu()
    file.node("Neg", ["x"], ["y"])
    #expect(file.error()?.reason.contains("y is defined twice") == true)
  }

  @Test(arguments: [[-3], [1 << 40, 1 << 40], [Int64.max, 4], [4], [1 << 62, 0]] as [[Int64]])
  func sizesThatDoNotFit(dims: [Int64]) {
    var file = OnnxFile.addRelu()
    file.model.graph.initializer[0].dims = dims
    let error = file.error()
    #expect(error?.place == "initializer w")
    #expect(error?.problem == .invalid || error?.problem == .tooLarge)
  }

  @Test(arguments: [-1, 1 << 40] as [Int64]) func sizesOfInputs(size: Int64) {
    var file = OnnxFile.addRelu()
    file.model.graph.input[0].type.tensorType.shape.dim[1].dimValue = size
    #expect(file.error()?.place == "input x")
  }

  @Test(arguments: [8, 16, 17, 99, -1] as [Int32]) func typesThatAreNotKnown(type: Int32) {
    var file = OnnxFile.addRelu()
    file.model.graph.initializer[0].dataType = type
    #expect(file.error()?.reason.contains("element type") == true)
  }

  @Test func externalDataIsRefused() {
    var file = OnnxFile.addRelu()
    var entry = Onnx_StringStringEntryProto()
    (entry.key, entry.value) = ("location", "../../etc/passwd")
    file.model.graph.initializer[0].externalData = [entry]
    #expect(file.error()?.reason.contains("external data") == true)
  }

  @Test func weightThatIsNotANumberIsRefused() {
    var file = OnnxFile.addRelu()
    file.model.graph.initializer[0].rawData = [Float.nan, 1, 2].withUnsafeBytes { Data($0) }
    #expect(file.error()?.place == "initializer w")
    #expect(file.error()?.reason.contains("NaN") == true)
  }

  @Test func everyTruncationIsRefusedOrHarmless() throws {
    let whole = try OnnxFile.addRelu().bytes()
    for count in 0..<whole.count {
      #expect(throws: OnnxError.self) { try OnnxReader(whole.prefix(count), file: "cut.onnx").model() }
    }
  }

  @Test func deepNestingEnds() throws {
    // A graph attribute inside a node inside a graph attribute …
    var graph = Onnx_GraphProto()
    for _ in 0..<40 {
      var attribute = Onnx_AttributeProto()
      attribute.g = graph
      var node = Onnx_NodeProto()
      node.attribute = [attribute]
      graph = Onnx_GraphProto()
      graph.node = [node]
    }
    var file = OnnxFile.addRelu()
    file.model.graph = graph
    #expect(file.error()?.reason.contains("nesting") == true)
  }

  @Test func bytesThatAreNoFieldNameTheirPlace() throws {
    var data = try OnnxFile.addRelu().bytes()
    data.append(contentsOf: [0xff, 0xff])
    let reader = OnnxReader(data, file: "tail.onnx")
    #expect(throws: OnnxError.self) { try reader.model() }
  }
}
