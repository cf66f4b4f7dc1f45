import Foundation
import Inference
import ModelFormats

/// One case of the ONNX project's backend tests.
struct BackendCase {
  let folder: URL
  /// Run the reference too where the fast path runs.
  let thorough: Bool

  func result() -> CaseResult {
    do {
      let model = try OnnxReader(read("model.onnx"), file: "model.onnx").model()
      let planned = Self.planned(model)
      let network = ReferenceNetwork(model, file: "model.onnx")
      for set in try sets() {
        let inputs = try tensors(set, "input", count: model.inputs.count)
        let wanted = try tensors(set, "output", count: model.outputs.count)
        if let planned, let difference = try difference(planned.run(inputs), wanted) {
          return .failed("planned: \(difference)")
        }
        if planned == nil || thorough, let difference = try difference(network.run(inputs), wanted) {
          return .failed("reference: \(difference)")
        }
      }
      return planned == nil ? .passed(planned: false) : .passed(planned: true)
    } catch let error as OnnxError where error.problem == .unsupported {
      return .refused(reason: error.reason, message: "\(error)")
    } catch {
      return .failed("\(error)")
    }
  }

  /// The network on the engine's fast path, or nil when its types or shapes are not for it.
  private static func planned(_ model: OnnxModel) -> Network? {
    let limits = LoadLimits(storedBytes: model.storedBytes).generous
    guard let fixed = try? StaticNetwork(model, file: "model.onnx", limits: limits),
      let graph = try? OnnxLowering.graph(fixed)
    else {
      return nil
    }
    return try? Network(graph: graph, file: "model.onnx", options: .init(), limits: limits)
  }

  private func difference(_ found: [Tensor], _ expected: [Tensor]) throws -> String? {
    for (index, (found, expected)) in zip(found, expected).enumerated() {
      if let difference = try difference(found, expected) { return "output \(index): \(difference)" }
    }
    return nil
  }

  private func read(_ name: String) throws -> Data {
    try Data(contentsOf: folder.appendingPathComponent(name), options: .alwaysMapped)
  }

  /// Names of the folders with inputs and outputs.
  private func sets() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("test_data_set") }
      .sorted()
  }

  private func tensors(_ set: String, _ kind: String, count: Int) throws -> [Tensor] {
    try (0..<count).map { index in
      let name = "\(set)/\(kind)_\(index).pb"
      return Tensor(try OnnxReader(read(name), file: name).tensor())
    }
  }

  /// What differs, or nil: types and shapes exactly, numbers within the case's tolerance.
  private func difference(_ found: Tensor, _ expected: Tensor) throws -> String? {
    guard found.type == expected.type else { return "type \(found.type), expected \(expected.type)" }
    guard found.shape == expected.shape else { return "shape \(found.shape), expected \(expected.shape)" }
    let limits = try String(contentsOf: folder.appendingPathComponent("tolerance.txt"), encoding: .utf8)
      .split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
    guard limits.count == 2 else { return "tolerance.txt is unreadable" }
    for (index, (a, b)) in zip(found.doubles, expected.doubles).enumerated() {
      if a == b || (a.isNaN && b.isNaN) { continue }
      guard abs(a - b) <= limits[1] + limits[0] * abs(b) else {
        return "element \(index) is \(a), expected \(b)"
      }
    }
    return nil
  }
}
