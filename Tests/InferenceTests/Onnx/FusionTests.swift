import Foundation
import Inference
import ModelFormats
import Testing

/// Nodes that become one step, or write into one another's memory, against the reference operators.
@Suite struct FusionTests {
  private func difference(_ network: TestNetwork) throws -> Double {
    let result = try OnnxPlanTests().difference(network)
    #expect(result.slow.isEmpty)
    return result.difference
  }

  private func steps(_ network: TestNetwork) throws -> [String] {
    let bytes = [UInt8](try network.bytes())
    let planned = try Network(bytes: ModelBytes(copying: bytes), file: "test.onnx")
    return try NetworkBenchmark.steps(of: planned, runs: 1).map { String($0.name.prefix { $0 != " " }) }
  }

  /// As in MesoInception: branches of odd widths, normalized after they are put together.
  @Test(arguments: [1, 2], [1, 3]) func normalizedConcatenationOfConvolutions(batch: Int, kernel: Int) throws
  {
    var network = TestNetwork(seed: 21)
    network.input("x", [batch, 6, 9, 7])
    for (index, outputs) in [1, 4, 33, 2, 17].enumerated() {
      network.convolution("x", "c\(index)", (6, outputs, index == 0 ? 1 : kernel))
      network.node("Relu", ["c\(index)"], ["r\(index)"])
    }
    network.node("Concat", (0..<5).map { $0 == 3 ? "c3" : "r\($0)" }, ["j"], ["axis": .integer(1)])
    // The fourth branch has no clamp.
    network.normalization("j", "n", 57)
    network.node("MaxPool", ["n"], ["y"], ["kernel_shape": .integers([2, 2])])
    network.output("y")
    var bytes = network
    bytes.output("r3")
    #expect(try difference(network) < 1e-5)
    #expect(try steps(network).filter { $0 == "multiply" || $0 == "add" } == [])
    // With one branch read elsewhere the normalization stays behind.
    #expect(try difference(bytes) < 1e-5)
  }

  /// Only what a convolution makes for the concatenation alone is written in place.
  @Test func concatenationOfAllKinds() throws {
    var network = TestNetwork(seed: 22)
    network.input("x", [1, 8, 10, 6])
    network.convolution("x", "a", (8, 24, 3))
    network.convolution("x", "b", (8, 8, 1))
    network.convolution("x", "c", (8, 8, 3), group: 8)
    network.node("Add", ["b", "c"], ["d"])
    network.node("Concat", ["a", "x", "d", "b", "c"], ["j"], ["axis": .integer(1)])
    network.convolution("j", "e", (56, 5, 1))
    network.convolution("j", "f", (56, 40, 1))
    network.node("Sigmoid", ["f"], ["g"])
    network.node("Concat", ["e", "g", "j"], ["y"], ["axis": .integer(1)])
    network.output("y")
    #expect(try difference(network) < 1e-5)
  }

  @Test(arguments: ["HardSwish", "Sigmoid", "Gelu", "swish", "swish, gate first"], [1, 3])
  func activationsOfConvolutions(kind: String, kernel: Int) throws {
    for (channels, group) in [(5, 1), (24, 1), (24, 24), (8, 8), (70, 1)] {
      var network = TestNetwork(seed: 23)
      network.input("x", [1, channels, 9, 13])
      network.convolution("x", "c", (channels, channels, kernel), group: group)
      if kind.hasPrefix("swish") {
        network.node("Sigmoid", ["c"], ["s"])
        network.node("Mul", kind == "swish" ? ["c", "s"] : ["s", "c"], ["y"])
      } else {
        network.node(kind, ["c"], ["y"])
      }
      network.output("y")
      #expect(try difference(network) < 2e-6, "\(channels) channels, \(group) groups")
      #expect(try !steps(network).contains { ["logistic", "multiply", "hardSwish", "Gelu"].contains($0) })
    }
  }

  /// What is read elsewhere too is not fused away.
  @Test(arguments: ["c", "s"]) func swishWhosePartsAreOutputs(also: String) throws {
    var network = TestNetwork(seed: 24)
    network.input("x", [1, 6, 5, 4])
    network.convolution("x", "c", (6, 10, 3))
    network.node("Sigmoid", ["c"], ["s"])
    network.node("Mul", ["c", "s"], ["m"])
    network.node("Relu", ["m"], ["y"])
    network.output("y")
    network.output(also)
    #expect(try difference(network) < 2e-6)
  }

  @Test func productsTakeBiasResidualAndActivation() throws {
    var network = TestNetwork(seed: 25)
    network.input("x", [5, 12])
    for name in ["w1", "w2"] { network.weights(name, [12, 12]) }
    network.weights("b", [12])
    network.node("Gemm", ["x", "w1", "b"], ["g"])
    network.node("Gelu", ["g"], ["h"])
    network.node("MatMul", ["h", "w2"], ["p"])
    network.node("Add", ["p", "x"], ["s"])
    network.node("Relu", ["s"], ["y"])
    network.output("y")
    #expect(try difference(network) < 2e-6)
    #expect(try steps(network) == ["product", "product"])
  }

  /// A normalization that no convolution comes before, as DenseNet has it: one pass with the clamp behind it.
  @Test(arguments: [3, 16, 37]) func normalizationAlone(channels: Int) throws {
    var network = TestNetwork(seed: 26)
    network.input("x", [2, channels, 5, 7])
    network.normalization("x", "n", channels)
    network.node("Relu", ["n"], ["r"])
    network.convolution("r", "c", (channels, 9, 1))
    network.node("AveragePool", ["x"], ["a"], ["kernel_shape": .integers([3, 3])])
    network.normalization("a", "m", channels)
    network.output("c")
    network.output("m")
    #expect(try difference(network) < 1e-5)
    #expect(try !steps(network).contains { $0 == "add" || $0 == "relu" })
  }

  @Test(arguments: [1, 5, 16, 17, 64, 100]) func softmaxOfRows(width: Int) throws {
    var network = TestNetwork(seed: 27)
    network.input("x", [3, width])
    network.numbers("wide", [], [30])
    network.node("Mul", ["x", "wide"], ["m"])
    network.numbers("less", [1], [0.25])
    network.node("Sub", ["less", "m"], ["s"])
    network.node("Softmax", ["s"], ["y"])
    network.output("y")
    #expect(try difference(network) < 1e-6)
  }
}
