import Foundation
import ModelFormats
import SwiftProtobuf
import Testing

/// Graphs that contradict themselves, and attributes that are not what they seem.
@Suite struct OnnxGraphTests {
  private func attribute(_ name: String, _ fill: (inout Onnx_AttributeProto) -> Void) -> Onnx_AttributeProto {
    var attribute = Onnx_AttributeProto()
    attribute.name = name
    fill(&attribute)
    return attribute
  }

  private func one(
    _ kind: String, _ attributes: [Onnx_AttributeProto] = [], inputs: [String] = ["x"], opset: Int = 17
  ) -> OnnxFile {
    var file = OnnxFile(opset: opset)
    file.input("x", [1, 3])
    file.node(kind, inputs, ["y"], attributes)
    file.output("y", [1, 3])
    return file
  }

  // MARK: Files

  @Test(arguments: [(2, false), (3, true), (14, true), (15, false), (0, false)] as [(Int64, Bool)])
  func versionsOfTheFormat(version: Int64, isRead: Bool) {
    var file = OnnxFile.addRelu()
    file.model.irVersion = version
    #expect((file.error() == nil) == isRead)
    if !isRead { #expect(file.error()?.reason == "format version (IR) \(version); 3 to 14 are known") }
  }

  @Test func theOperatorSetIsImportedOnce() {
    var file = OnnxFile.addRelu()
    let set = file.model.opsetImport[0]
    file.model.opsetImport = [set, set]
    #expect(file.error()?.reason == "it imports the default operator set twice")
    file.model.opsetImport = []
    #expect(file.error()?.reason == "it imports no default operator set")
    var other = set
    other.domain = "com.example"
    file.model.opsetImport = [other, set]
    #expect(file.error() == nil)
    file.model.opsetImport[1].domain = "ai.onnx"
    #expect(file.error() == nil)
  }

  @Test func aFileWithoutAGraphOrAnOutputIsRefused() {
    var file = OnnxFile.addRelu()
    file.model.graph.output = []
    #expect(file.error()?.reason == "it has no output")
    file.model.clearGraph()
    #expect(file.error()?.reason == "it holds no graph")
    file = OnnxFile.addRelu()
    file.output("z", [1])
    #expect(file.error()?.place == "output z" && file.error()?.reason == "no node computes it")
    file = OnnxFile.addRelu()
    file.model.graph.sparseInitializer = [.init()]
    #expect(file.error()?.reason == "sparse initializers")
  }

  // MARK: Values

  @Test func namesAreGivenOnce() {
    var file = OnnxFile.addRelu()
    file.weights("w", [1], [1])
    #expect(file.error()?.place == "initializer w" && file.error()?.reason == "the name is given twice")
    file = OnnxFile.addRelu()
    file.weights("", [1], [1])
    #expect(file.error()?.reason == "it has no name")
    file = OnnxFile.addRelu()
    file.input("x", [1])
    #expect(file.error()?.reason == "the value x is defined twice")
    file = OnnxFile.addRelu()
    file.input("", [1])
    #expect(file.error()?.reason == "a value has no name")
    // Before IR 4 an initializer stood among the inputs, too: it is no input of the caller.
    file = OnnxFile.addRelu()
    file.input("w", [3])
    #expect(file.error() == nil && (try? file.read().inputs.map(\.name)) == ["x"])
  }

  @Test func typesOfInputsAreTensors() {
    var file = OnnxFile.addRelu()
    file.model.graph.input[0].type = .init()
    #expect(file.error()?.place == "input x" && file.error()?.reason.contains("no tensor") == true)
    file = OnnxFile.addRelu()
    file.model.graph.input[0].type.tensorType.clearShape()
    #expect(file.error() == nil && (try? file.read().inputs[0].shape) == .some(nil))
    file = OnnxFile.addRelu()
    file.model.graph.input = [OnnxFile.value("x", [Int64](repeating: 1, count: 17), 1)]
    #expect(file.error()?.reason == "17 axes")
  }

  @Test func theNaNOfLargeWeightsIsNamedByTheFirst() {
    var file = OnnxFile.addRelu()
    for (name, value) in [("good", Float(1)), ("bad", .nan), ("worse", .nan)] {
      file.weights(name, [1 << 19], [Float](repeating: 0.5, count: (1 << 19) - 1) + [value])
    }
    #expect(file.error()?.place == "initializer bad")
  }

  // MARK: Attributes

  @Test func attributesAreReadByKind() throws {
    let concat = try one("Concat", [OnnxFile.integer("axis", 1)], inputs: ["x", "x"]).read().nodes[0]
    #expect(
      concat.attributes == ["axis": .integer(1)] && concat.version == 13 && concat.inputs == ["x", "x"])
    let leaky = try one("LeakyRelu", [attribute("alpha") { ($0.type, $0.f) = (.float, 0.25) }]).read().nodes[
      0]
    #expect(leaky.attributes == ["alpha": .number(0.25)])
    let cast = try one("Cast", [OnnxFile.integer("to", 10)]).read().nodes[0]
    #expect(cast.attributes == ["to": .text("float16")])
  }

  @Test func attributesThatAreNotRightAreRefused() {
    let axis = OnnxFile.integer("axis", 1)
    #expect(one("Concat", [], inputs: ["x", "x"]).error()?.reason == "attribute axis is missing")
    #expect(
      one("Concat", [axis, axis], inputs: ["x", "x"]).error()?.reason == "attribute axis is given twice")
    let huge = OnnxFile.integer("axis", 1 << 31)
    #expect(one("Concat", [huge], inputs: ["x", "x"]).error()?.problem == .tooLarge)
    let reference = attribute("axis") { ($0.type, $0.i, $0.refAttrName) = (.int, 1, "outer") }
    #expect(
      one("Concat", [reference], inputs: ["x", "x"]).error()?.reason == "attribute axis refers to a function")
    let nan = attribute("alpha") { ($0.type, $0.f) = (.float, .nan) }
    #expect(one("LeakyRelu", [nan]).error()?.reason == "attribute alpha is not a number (NaN)")
    #expect(one("Cast", [OnnxFile.integer("to", 8)]).error()?.reason == "element type string")
    let text = attribute("auto_pad") { ($0.type, $0.s) = (.string, Data([0xFF])) }
    let kernel = OnnxFile.integers("kernel_shape", [1, 1])
    #expect(one("MaxPool", [text, kernel]).error()?.reason == "attribute auto_pad is no UTF-8")
  }

  @Test func aConstantHasOneValue() throws {
    func constant(_ attributes: [Onnx_AttributeProto]) -> OnnxFile {
      var file = OnnxFile.addRelu()
      file.node("Constant", [], ["c"], attributes)
      return file
    }
    let number = attribute("value_float") { ($0.type, $0.f) = (.float, 2) }
    let found = try #require(try constant([number]).read().constants["c"])
    #expect(found.shape == [] && found.type == .float32 && found.count == 1)
    let list = attribute("value_floats") { ($0.type, $0.floats) = (.floats, [1, 2]) }
    #expect(try constant([list]).read().constants["c"]?.shape == [2])
    #expect(constant([]).error()?.reason == "a constant needs one value")
    #expect(constant([number, list]).error()?.reason == "a constant needs one value")
    let text = attribute("value_string") { ($0.type, $0.s) = (.string, Data("a".utf8)) }
    #expect(constant([text]).error()?.reason == "text constants")
    var tensor = Onnx_TensorProto()
    (tensor.dataType, tensor.floatData) = (1, [3])
    let whole = attribute("value") { ($0.type, $0.t) = (.tensor, tensor) }
    #expect(try constant([whole]).read().constants["c"]?.count == 1)
    #expect(constant([whole, number]).error()?.reason == "two values")
  }

  // MARK: Inputs and outputs

  @Test func countsOfInputsAndOutputsAreTheOperators() {
    #expect(one("Add", inputs: ["x"]).error()?.reason == "input 1 is missing")
    #expect(one("Relu", inputs: ["x", "x"]).error()?.reason == "2 inputs, expected 1...1")
    var file = one("Relu")
    file.model.graph.node[0].output = ["y", "z"]
    #expect(file.error()?.reason == "2 outputs, expected 1...1")
    file.model.graph.node[0].output = [""]
    #expect(file.error()?.reason == "1 outputs, expected 1...1")
    // An optional input may be left out in the middle.
    #expect(one("Clip", inputs: ["x", "", "x"]).error() == nil)
  }

  @Test func aNodeWithoutANameIsCalledByItsOutput() throws {
    var file = OnnxFile.addRelu()
    file.model.graph.node[1].name = ""
    #expect(try file.read().nodes[1].name == "y")
    file.model.graph.node[1].input = ["nothing"]
    #expect(file.error()?.place == "node y (Relu)")
    #expect(
      file.error()?.description
        == "test.onnx: node y (Relu): input nothing is defined nowhere before this node (missing, or a cycle)"
    )
  }

  @Test func anOperatorOfALaterOpsetIsNotYetThere() {
    #expect(one("Gelu", opset: 19).error()?.reason == "operator Gelu is not part of opset 19")
    #expect(one("Gelu", opset: 20).error() == nil)
  }
}
