import Foundation
import Inference
import ModelFormats
import Testing

/// Whole networks on the fast path against the reference operators.
@Suite struct OnnxPlanTests {
  /// Largest difference relative to the largest output; infinite where shapes differ.
  func difference(_ network: TestNetwork, seed: UInt64 = 7) throws -> (
    difference: Double, slow: [String]
  ) {
    let model = try OnnxReader(network.bytes(), file: "test.onnx").model()
    let planned = try Network(
      graph: OnnxLowering.graph(StaticNetwork(model, file: "test.onnx")), file: "test.onnx", options: .init())
    var random = SeededNumbers(state: seed)
    let inputs = planned.inputs.map { input in
      Tensor(
        input.shape, (0..<input.shape.reduce(1, *)).map { _ in Float.random(in: -1...1, using: &random) })
    }
    let found = try planned.run(inputs)
    let wanted = try ReferenceNetwork(model, file: "test.onnx").run(inputs)
    var worst = 0.0
    for (a, b) in zip(found, wanted) {
      guard a.shape == b.shape else { return (.infinity, []) }
      let scale = max(b.doubles.map(abs).max() ?? 0, 1e-6)
      worst = max(worst, (zip(a.doubles, b.doubles).map { abs($0 - $1) }.max() ?? 0) / scale)
    }
    return (worst, planned.slowSteps)
  }

  @Test(arguments: [(1, 1, 1), (3, 2, 1), (3, 1, 2), (5, 2, 1), (2, 1, 1)])
  func convolutions(kernel: Int, stride: Int, dilation: Int) throws {
    for (channels, outputs, group) in [(3, 7, 1), (8, 8, 8), (6, 9, 3), (17, 33, 1)] {
      var network = TestNetwork(seed: UInt64(kernel * 100 + stride * 10 + channels))
      network.input("x", [1, channels, 13, 11])
      network.convolution(
        "x", "y", (channels, outputs, kernel), group: group, stride: stride, dilation: dilation)
      network.output("y")
      let result = try difference(network)
      #expect(result.difference < 1e-5, "\(channels) to \(outputs), \(group) groups")
      #expect(result.slow.isEmpty)
    }
  }

  @Test func bodyWithNormalizationPoolingAndResidual() throws {
    var network = TestNetwork(seed: 3)
    network.input("x", [2, 3, 16, 16])
    network.convolution("x", "c1", (3, 8, 3), stride: 2)
    network.normalization("c1", "n1", 8)
    network.node("Relu", ["n1"], ["r1"])
    network.convolution("r1", "c2", (8, 8, 3))
    network.node("Add", ["c2", "r1"], ["s"])
    network.normalization("s", "n2", 8)
    network.node(
      "MaxPool", ["n2"], ["p"],
      ["kernel_shape": .integers([3, 3]), "strides": .integers([2, 2]), "pads": .integers([1, 1, 1, 1])])
    network.node(
      "AveragePool", ["p"], ["a"],
      [
        "kernel_shape": .integers([3, 3]), "pads": .integers([1, 1, 1, 1]), "count_include_pad": .integer(1),
      ])
    network.node("GlobalAveragePool", ["a"], ["g"])
    network.node("Flatten", ["g"], ["f"])
    network.weights("w", [5, 8])
    network.weights("b", [5])
    network.node("Gemm", ["f", "w", "b"], ["l"], ["transB": .integer(1)])
    network.node("Softmax", ["l"], ["y"])
    network.output("y")
    let result = try difference(network)
    #expect(result.difference < 1e-5)
    #expect(result.slow.isEmpty)
  }

  @Test func squeezeAndExcitationWithHardSwish() throws {
    var network = TestNetwork(seed: 4)
    network.input("x", [1, 6, 7, 5])
    network.convolution("x", "c", (6, 12, 1))
    network.node("HardSwish", ["c"], ["h"])
    network.node("GlobalAveragePool", ["h"], ["g"])
    network.convolution("g", "e1", (12, 3, 1))
    network.node("Relu", ["e1"], ["r"])
    network.convolution("r", "e2", (3, 12, 1))
    network.node("HardSigmoid", ["e2"], ["gate"])
    network.node("Mul", ["h", "gate"], ["m"])
    network.node("Mish", ["m"], ["y"])
    network.output("y")
    #expect(try difference(network).difference < 1e-5)
  }

  @Test func shapeArithmeticOfExportersIsFolded() throws {
    // view(x.size(0), -1) as PyTorch writes it.
    var network = TestNetwork(seed: 5)
    network.input("x", [1, 4, 3, 2])
    network.node("Shape", ["x"], ["shape"])
    network.integers("zero", [], [0])
    network.integers("axis", [1], [0])
    network.integers("rest", [1], [-1])
    network.node("Gather", ["shape", "zero"], ["n"])
    network.node("Unsqueeze", ["n", "axis"], ["n1"])
    network.node("Concat", ["n1", "rest"], ["target"], ["axis": .integer(0)])
    network.node("Reshape", ["x", "target"], ["y"])
    network.output("y")
    let model = try OnnxReader(network.bytes(), file: "test.onnx").model()
    #expect(try StaticNetwork(model, file: "test.onnx").nodes.map(\.kind) == ["Reshape"])
    #expect(try difference(network).difference == 0)
  }

  @Test func pixelShuffleResizeSplitAndConcat() throws {
    var network = TestNetwork(seed: 6)
    network.input("x", [1, 8, 5, 6])
    network.convolution("x", "c", (8, 8, 3))
    network.node("DepthToSpace", ["c"], ["d"], ["blocksize": .integer(2), "mode": .text("CRD")])
    network.numbers("scales", [4], [1, 1, 2, 2])
    network.node("Resize", ["d", "", "scales"], ["u"], ["mode": .text("linear")])
    network.integers("sizes", [2], [1, 1])
    network.node("Split", ["u", "sizes"], ["a", "b"], ["axis": .integer(1)])
    network.node("LeakyRelu", ["a"], ["a1"])
    network.node("Concat", ["a1", "b", "a"], ["y"], ["axis": .integer(1)])
    network.output("y")
    let result = try difference(network)
    #expect(result.difference < 1e-5)
    #expect(result.slow.isEmpty)
  }

  @Test func transformerBlock() throws {
    let (tokens, width, heads) = (7, 12, 3)
    var network = TestNetwork(seed: 8)
    network.input("x", [1, tokens, width])
    for name in ["scale", "bias"] { network.weights(name, [width]) }
    network.node("LayerNormalization", ["x", "scale", "bias"], ["n"])
    network.integers("split", [4], [1, Int64(tokens), Int64(heads), Int64(width / heads)])
    for name in ["q", "k", "v"] {
      network.weights("w\(name)", [width, width])
      network.node("MatMul", ["n", "w\(name)"], [name])
      network.node("Reshape", [name, "split"], ["\(name)r"])
      let order = name == "k" ? [0, 2, 3, 1] : [0, 2, 1, 3]
      network.node("Transpose", ["\(name)r"], ["\(name)t"], ["perm": .integers(order)])
    }
    network.node("MatMul", ["qt", "kt"], ["scores"])
    network.node("Softmax", ["scores"], ["p"])
    network.node("MatMul", ["p", "vt"], ["o"])
    network.node("Transpose", ["o"], ["ot"], ["perm": .integers([0, 2, 1, 3])])
    network.integers("join", [3], [1, Int64(tokens), Int64(width)])
    network.node("Reshape", ["ot", "join"], ["j"])
    network.node("Add", ["x", "j"], ["s"])
    network.node("Gelu", ["s"], ["y"])
    network.output("y")
    #expect(try difference(network).difference < 1e-5)
  }

  @Test(arguments: ["GRU", "LSTM"], [false, true])
  func recurrentHeads(kind: String, resetsProduct: Bool) throws {
    let gates = kind == "GRU" ? 3 : 4
    for (batch, width, hidden, direction) in [
      (1, 4, 3, "bidirectional"), (2, 5, 8, "reverse"), (1, 33, 17, "forward"),
    ] {
      let count = direction == "bidirectional" ? 2 : 1
      var network = TestNetwork(seed: 9)
      network.input("x", [5, batch, width])
      network.weights("w", [count, gates * hidden, width])
      network.weights("r", [count, gates * hidden, hidden])
      network.weights("b", [count, 2 * gates * hidden])
      // The state of the middle case comes from outside, those of the others are zeros.
      let states = batch == 2 ? ["", "h", "c"].prefix(gates - 1) : []
      if batch == 2 {
        for name in states.dropFirst() { network.input(name, [count, batch, hidden]) }
      }
      var attributes: [String: AttributeValue] = [
        "hidden_size": .integer(hidden), "direction": .text(direction),
      ]
      if kind == "GRU" { attributes["linear_before_reset"] = .integer(resetsProduct ? 1 : 0) }
      network.node(kind, ["x", "w", "r", "b"] + states, ["all", "last"], attributes)
      network.output("all")
      network.output("last")
      let result = try difference(network)
      #expect(result.difference < 1e-5, "\(batch) x \(width) to \(hidden), \(direction)")
      #expect(result.slow.isEmpty)
    }
  }

  @Test func recurrentHeadWithOtherFunctionsRunsByReference() throws {
    var network = TestNetwork(seed: 10)
    network.input("x", [3, 1, 4])
    network.weights("w", [1, 9, 4])
    network.weights("r", [1, 9, 3])
    network.node("GRU", ["x", "w", "r"], ["all"], ["hidden_size": .integer(3), "clip": .number(0.1)])
    network.output("all")
    let result = try difference(network)
    #expect(result.difference < 1e-5)
    #expect(result.slow == ["GRU"])
  }

  @Test func errorFunctionOfSpelledOutGelu() throws {
    var network = TestNetwork(seed: 11)
    network.input("x", [3, 50])
    network.numbers("wide", [], [6])
    network.node("Mul", ["x", "wide"], ["a"])
    network.node("Erf", ["a"], ["y"])
    network.output("y")
    let result = try difference(network)
    #expect(result.difference < 1e-6)
    #expect(result.slow.isEmpty)
  }

  /// A product, its bias, and Gelu as exporters spell it, in all the orders; wide values reach the tails.
  @Test(arguments: [false, true], [false, true]) func spelledOutGeluIsOneStep(halfFirst: Bool, divides: Bool)
    throws
  {
    var network = TestNetwork(seed: 12)
    network.input("x", [2, 5, 9])
    network.weights("w", [9, 40], in: -4...4)
    network.weights("b", [40])
    network.node("MatMul", ["x", "w"], ["p"])
    network.node("Add", ["b", "p"], ["v"])
    network.numbers("root", [], [divides ? Float(2).squareRoot() : Float(0.5).squareRoot()])
    network.numbers("one", [1], [1])
    network.numbers("half", [], [0.5])
    network.node(divides ? "Div" : "Mul", ["v", "root"], ["e0"])
    network.node("Erf", ["e0"], ["e1"])
    network.node("Add", ["e1", "one"], ["e2"])
    if halfFirst {
      network.node("Mul", ["v", "half"], ["h"])
      network.node("Mul", ["h", "e2"], ["y"])
    } else {
      network.node("Mul", ["v", "e2"], ["h"])
      network.node("Mul", ["half", "h"], ["y"])
    }
    network.output("y")
    #expect(try difference(network).difference < 1e-6)
    let model = try OnnxReader(network.bytes(), file: "test.onnx").model()
    let graph = try OnnxLowering.graph(StaticNetwork(model, file: "test.onnx"))
    #expect(graph.nodes.count == 2)
  }

  /// What looks like Gelu or a bias but is read elsewhere too, or has another number, is computed as it stands.
  @Test(arguments: ["", "e2", "v", "p"], [Float(0.5), 0.6]) func nearlyGelu(also: String, half: Float) throws
  {
    var network = TestNetwork(seed: 13)
    network.input("x", [3, 4])
    network.weights("w", [4, 6])
    network.weights("b", [6])
    network.node("MatMul", ["x", "w"], ["p"])
    network.node("Add", ["p", "b"], ["v"])
    network.numbers("root", [], [Float(2).squareRoot()])
    network.numbers("one", [], [1])
    network.numbers("half", [], [half])
    network.node("Div", ["v", "root"], ["e0"])
    network.node("Erf", ["e0"], ["e1"])
    network.node("Add", ["e1", "one"], ["e2"])
    network.node("Mul", ["v", "half"], ["h"])
    network.node("Mul", ["h", "e2"], ["y"])
    network.output("y")
    if !also.isEmpty { network.output(also) }
    #expect(try difference(network).difference < 1e-6)
  }

  @Test(arguments: [-1, 1, -2]) func layerNormalizationOverSeveralAxes(axis: Int) throws {
    var network = TestNetwork(seed: 14)
    network.input("x", [3, 4, 19])
    let shape = axis == -1 ? [19] : [4, 19]
    for name in ["scale", "bias"] { network.weights(name, shape) }
    network.node("LayerNormalization", ["x", "scale", "bias"], ["n"], ["axis": .integer(axis)])
    network.node(
      "LayerNormalization", ["n", "scale"], ["y"], ["axis": .integer(axis), "epsilon": .number(0.1)])
    network.output("y")
    #expect(try difference(network).difference < 1e-5)
  }

  /// One and two rows through panels side by side, whole and not; weights given either way round.
  @Test(arguments: [1, 2, 3], [8, 33, 96, 97, 128, 129, 300])
  func fewRowsTimesManyColumns(rows: Int, columns: Int) throws {
    for turned in [0, 1] {
      var network = TestNetwork(seed: UInt64(columns))
      network.input("x", [rows, 37])
      network.weights("w", turned == 1 ? [columns, 37] : [37, columns])
      network.weights("b", [columns])
      network.node("Gemm", ["x", "w", "b"], ["g"], ["transB": .integer(turned), "alpha": .number(0.5)])
      network.node("Relu", ["g"], ["y"])
      network.output("y")
      #expect(try difference(network).difference < 1e-5)
    }
  }
}
