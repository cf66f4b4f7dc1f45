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
  private func network(
    _ one: OperatorCaseTests.Case, attributes: [String: AttributeValue]? = nil, indices: Int64? = nil
  ) throws -> Network {
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
        var bytes = input.bytes
        if let indices, input.type == "int64" {
          bytes = [Int64](repeating: indices, count: input.values.count).withUnsafeBytes { Data($0) }
        }
        made.constant("x\(place)", type: input.number, input.shape, bytes)
      }
    }
    let results = one.outputs.indices.map { "y\($0)" }
    made.node(one.op, names, results, attributes ?? one.attributes.mapValues(\.value))
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

  /// A file is anyone's: its numbers are refused when it is loaded or give some result, and never end the program.
  @Test func numbersThatCannotBeAreRefusedOrRun() throws {
    let hostile: [AttributeValue] = [
      .integer(.min), .integer(.max), .integer(-1), .integer(0), .integers([]),
      .integers([.min, .max, 0, -1]),
      .number(.nan), .text("\u{301}"),
    ]
    for one in Self.cases {
      let input = try #require(one.inputs[0]).tensor
      let values = one.attributes.mapValues(\.value)
      for (name, value) in values.keys.flatMap({ name in hostile.map { (name, $0) } }) {
        _ = try? network(one, attributes: values.merging([name: value]) { $1 }).run([input])
      }
      for value in [Int64.min, .max, -1, 1 << 31, 1 << 40] {
        _ = try? network(one, indices: value).run([input])
      }
    }
  }

  @Test func mostCasesAreTried() { #expect(Self.cases.count > 90) }
}
