import Inference
import ModelFormats
import Testing

/// Values worked out by hand; the ONNX project's own cases (`make test-onnx`) cover far more.
@Suite struct ReferenceOperatorTests {
  private func run(
    _ name: String, _ inputs: [Tensor?], _ attributes: [String: AttributeValue] = [:], version: Int = 21,
    outputs: Int = 1
  ) throws -> [Tensor] {
    try ReferenceOperators.run(
      OperatorCall(name, version: version, attributes: attributes, inputs: inputs, outputCount: outputs))
  }

  private func floats(_ shape: [Int], _ values: [Float]) -> Tensor { Tensor(shape, values) }
  private func integers(_ values: [Int64]) -> Tensor { Tensor([values.count], values) }

  @Test func convolutionWithStridePaddingAndGroups() throws {
    let x = floats([1, 2, 3, 3], (0..<18).map { Float($0) })
    let w = floats([2, 1, 3, 3], [Float](repeating: 1, count: 9) + [0, 0, 0, 0, 2, 0, 0, 0, 0])
    let y = try run(
      "Conv", [x, w, floats([2], [0.5, -1])],
      ["group": .integer(2), "strides": .integers([2, 2]), "pads": .integers([1, 1, 1, 1])])[0]
    #expect(y.shape == [1, 2, 2, 2])
    #expect(try y.values(Float.self) == [8.5, 12.5, 20.5, 24.5, 17, 21, 29, 33])
  }

  @Test func samePaddingPutsTheOddOneAtTheEnd() throws {
    let x = floats([1, 1, 4], [1, 2, 3, 4])
    let w = floats([1, 1, 2], [1, 10])
    let upper = try run("Conv", [x, w], ["auto_pad": .text("SAME_UPPER")])[0]
    let lower = try run("Conv", [x, w], ["auto_pad": .text("SAME_LOWER")])[0]
    #expect(try upper.values(Float.self) == [21, 32, 43, 4])
    #expect(try lower.values(Float.self) == [10, 21, 32, 43])
  }

  @Test func windowLargerThanThePictureIsRefused() {
    let x = floats([1, 1, 2, 2], [1, 2, 3, 4])
    #expect(throws: OperatorFault.self) { try run("MaxPool", [x], ["kernel_shape": .integers([5, 5])]) }
  }

  @Test func softmaxFollowsItsVersion() throws {
    let x = floats([1, 2, 2], [0, 0, 0, 0])
    #expect(try run("Softmax", [x], version: 13)[0].values(Float.self) == [0.5, 0.5, 0.5, 0.5])
    #expect(try run("Softmax", [x], version: 11)[0].values(Float.self) == [0.25, 0.25, 0.25, 0.25])
  }

  @Test func reshapeCopiesAndInfers() throws {
    let x = floats([2, 3, 4], (0..<24).map { Float($0) })
    #expect(try run("Reshape", [x, integers([0, -1])])[0].shape == [2, 12])
    #expect(throws: OperatorFault.self) { try run("Reshape", [x, integers([5, -1])]) }
    #expect(throws: OperatorFault.self) { try run("Reshape", [x, integers([-1, -1])]) }
  }

  @Test func sliceBackwards() throws {
    let x = floats([5], [0, 1, 2, 3, 4])
    let y = try run("Slice", [x, integers([-1]), integers([Int64.min]), integers([0]), integers([-2])])[0]
    #expect(try y.values(Float.self) == [4, 2, 0])
  }

  @Test func broadcastingRefusesWhatDoesNotFit() {
    let (a, b) = (floats([2, 3], [1, 2, 3, 4, 5, 6]), floats([2], [1, 2]))
    #expect(throws: OperatorFault.self) { try run("Add", [a, b]) }
    #expect(throws: OperatorFault.self) { try run("Add", [a, Tensor([3], [Int64(1), 2, 3])]) }
  }

  @Test func integersDivideWithoutTrapping() throws {
    let (a, b) = (Tensor([3], [Int32.min, 7, 5]), Tensor([3], [Int32(-1), 0, 2]))
    #expect(try run("Div", [a, b])[0].values(Int32.self) == [Int32.min, 0, 2])
  }

  @Test func castSaturatesAndDropsNaN() throws {
    let x = floats([4], [.nan, .infinity, -1e20, 1.9])
    #expect(try run("Cast", [x], ["to": .text("int32")])[0].values(Int32.self) == [0, .max, .min, 1])
  }

  @Test func hugeResultsAreRefusedBeforeTheyAreMade() {
    let one = floats([1], [1])
    #expect(throws: OperatorFault.self) { try run("Expand", [one, integers([1 << 20, 1 << 20])]) }
    #expect(throws: OperatorFault.self) { try run("Tile", [one, integers([1 << 40])]) }
    #expect(throws: OperatorFault.self) { try run("ConstantOfShape", [integers([1 << 30, 4]), one]) }
    #expect(throws: OperatorFault.self) { try run("Pad", [one, integers([1 << 30, 1 << 30])]) }
  }

  @Test func resizeHalfPixel() throws {
    let x = floats([1, 1, 1, 2], [1, 3])
    let y = try run("Resize", [x, nil, floats([4], [1, 1, 1, 2])], ["mode": .text("linear")])[0]
    #expect(try y.values(Float.self) == [1, 1.5, 2.5, 3])
  }

  @Test func resetGateOfAGru() throws {
    // One input, one hidden unit, all weights 1: z = r = sigmoid(x + h), candidate = tanh(x + r h).
    let x = floats([1, 1, 1], [0])
    let (w, r) = (floats([1, 3, 1], [1, 1, 1]), floats([1, 3, 1], [1, 1, 1]))
    let state = floats([1, 1, 1], [1])
    let y = try run("GRU", [x, w, r, nil, nil, state], outputs: 2)[1].values(Float.self)[0]
    #expect(abs(y - 0.898_80) < 1e-4)
  }
}
