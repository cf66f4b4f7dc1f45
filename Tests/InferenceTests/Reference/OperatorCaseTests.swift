import Foundation
import Inference
import ModelFormats
import Testing

/// Reference operators against ONNX's own reference: `Tools/generate/operator-cases.py` wrote the cases.
@Suite struct OperatorCaseTests {
  private struct File: Decodable {
    let cases: [Case]
  }

  /// One use of an operator with its results.
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let op: String
    let version: Int
    let attributes: [String: Attribute]
    let inputs: [Array?]
    let outputs: [Array]

    var testDescription: String { "\(op) \(version) \(attributes.keys.sorted())" }
  }

  /// One kind of value is there, as in ONNX's attributes.
  struct Attribute: Decodable, Sendable {
    let i: Int?
    let f: Float?
    let s: String?
    let `is`: [Int]?

    var value: AttributeValue {
      if let i { return .integer(i) }
      if let f { return .number(f) }
      if let s { return .text(s) }
      return .integers(self.is ?? [])
    }
  }

  struct Array: Decodable, Sendable {
    let type: String
    let shape: [Int]
    let values: [Double]

    /// The type's number in onnx.proto.
    var number: Int32 {
      ["float32": 1, "uint8": 2, "int8": 3, "int32": 6, "int64": 7, "bool": 9][type] ?? 0
    }

    /// The elements as a file stores them.
    var bytes: Data {
      func raw<T>(_ values: [T]) -> Data { values.withUnsafeBytes { Data($0) } }
      return switch type {
      case "float32": raw(values.map { Float($0) })
      case "int64": raw(values.map { Int64($0) })
      case "int32": raw(values.map { Int32($0) })
      default: raw(values.map { UInt8(truncatingIfNeeded: Int($0)) })
      }
    }

    var tensor: Tensor {
      switch type {
      case "float32": Tensor(shape, values.map { Float($0) })
      case "int64": Tensor(shape, values.map { Int64($0) })
      case "int32": Tensor(shape, values.map { Int32($0) })
      case "uint8": Tensor(shape, values.map { UInt8($0) })
      case "int8": Tensor(shape, values.map { Int8($0) })
      default: Tensor(shape, values.map { $0 != 0 })
      }
    }
  }

  static let all: [Case] = {
    let place = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Goldens/operators.json")
    return (try? JSONDecoder().decode(File.self, from: Data(contentsOf: place)))?.cases ?? []
  }()

  @Test func theFileIsThere() { #expect(Self.all.count > 130) }

  @Test(arguments: all) func theResultIsONNXs(one: Case) throws {
    let found = try ReferenceOperators.run(
      OperatorCall(
        one.op, version: one.version, attributes: one.attributes.mapValues(\.value),
        inputs: one.inputs.map { $0?.tensor }, outputCount: one.outputs.count))
    #expect(found.count >= one.outputs.count)
    for (result, expected) in zip(found, one.outputs) {
      #expect(
        result.shape == expected.shape && "\(result.type)" == expected.type, "\(result.shape) \(result.type)")
      for (a, b) in zip(result.doubles, expected.values) {
        // Single precision, sums of some dozen products.
        #expect(abs(a - b) <= 2e-5 * max(1, abs(b)), "\(a) for \(b)")
      }
    }
  }

  /// The lowest number has no magnitude of its own type: a file with it ended the program.
  @Test(arguments: [Int64.min, Int64.max, 1 << 31, -(1 << 31)]) func sizesThatCannotBeAreFaults(size: Int64) {
    let call = OperatorCall("Reshape", inputs: [Tensor([2], [Float(1), 2]), Tensor([1], [size])])
    #expect(throws: OperatorFault.self) { try ReferenceOperators.run(call) }
  }

  /// Inputs and attributes of files are anyone's: a result or a fault, never the program's end.
  @Test func whatDoesNotFitIsAFault() throws {
    let inputs: [Tensor?] = [
      nil, Tensor([0], [Float]()), Tensor([], [Float.nan]), Tensor([2, 0, 3], [Int64]()),
      Tensor([2], [Int64.min, .max]), Tensor([1], [Int64(-1)]), Tensor([1], [Int64(1) << 40]),
      Tensor([3], [true, false, true]), Tensor([1, 1, 1, 1, 1, 2], [Float.infinity, -0]),
    ]
    let attributes: [AttributeValue] = [
      .integer(.min), .integer(.max), .integer(-1), .integer(0), .integers([]),
      .integers([.min, .max, 0, -1]),
      .number(.nan), .text("\u{301}"),
    ]
    for one in Self.all {
      let (own, values) = (one.inputs.map { $0?.tensor }, one.attributes.mapValues(\.value))
      func run(_ inputs: [Tensor?], _ attributes: [String: AttributeValue]) {
        let call = OperatorCall(
          one.op, version: one.version, attributes: attributes, inputs: inputs,
          outputCount: one.outputs.count)
        for result in (try? ReferenceOperators.run(call)) ?? [] {
          #expect(result.doubles.count == result.shape.reduce(1, *), "\(one.op) \(result.shape)")
        }
      }
      for (place, hostile) in own.indices.flatMap({ place in inputs.map { (place, $0) } }) {
        var changed = own
        changed[place] = hostile
        run(changed, values)
      }
      for (name, hostile) in values.keys.flatMap({ name in attributes.map { (name, $0) } }) {
        run(own, values.merging([name: hostile]) { $1 })
      }
      run([], values)
      run(own, [:])
    }
  }
}
