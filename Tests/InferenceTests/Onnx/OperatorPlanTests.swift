import Foundation
import Inference
import ModelFormats
import Testing

/// The same cases through the whole way of a network: file, reader, lowering, plan, run.
@Suite struct OperatorPlanTests {
  // The length of a range depends on what the caller gives.
  private static let cases = OperatorCaseTests.all.filter { one in
    one.op != "Range" && one.inputs.first??.type == "float32"
      && one.outputs.allSatisfy { $0.type == "float32" && !$0.shape.contains(0) }
  }

  /// A network of the one operator: its first input comes from the caller, the others are constants of the file.
  private func network(_ one: OperatorCaseTests.Case) throws -> Network {
    // The operator's version is the opset in which it came.
    var made = TestNetwork(seed: 1, opset: max(one.version, 6))
    var names: [String] = []
    for (place, input) in one.inputs.enumerated() {
      guard let input else {
        names.append("")
        continue
      }
      names.append("x\(place)")
      if place == 0 {
        made.input("x0", input.shape)
      } else {
        made.constant("x\(place)", type: input.number, input.shape, input.bytes)
      }
    }
    let results = one.outputs.indices.map { "y\($0)" }
    made.node(one.op, names, results, one.attributes.mapValues(\.value))
    for (name, output) in zip(results, one.outputs) { made.output(name, type: output.number) }
    let model = try OnnxReader(made.bytes(), file: "case.onnx").model()
    return try Network(
      graph: OnnxLowering.graph(StaticNetwork(model, file: "case.onnx")), file: "case.onnx", options: .init())
  }

  @Test(arguments: cases) func aNetworkOfOneOperatorGivesONNXsResult(one: OperatorCaseTests.Case) throws {
    let network = try network(one)
    let input = try #require(one.inputs[0]).tensor
    // Twice: what the first run leaves must not matter.
    _ = try network.run([input])
    let found = try network.run([input])
    #expect(found.count == one.outputs.count)
    for (result, expected) in zip(found, one.outputs) {
      #expect(result.shape == expected.shape)
      for (a, b) in zip(result.doubles, expected.values) {
        #expect(abs(a - b) <= 5e-5 * max(1, abs(b)), "\(a) for \(b)")
      }
    }
  }

  @Test func mostCasesAreTried() { #expect(Self.cases.count > 90) }
}
