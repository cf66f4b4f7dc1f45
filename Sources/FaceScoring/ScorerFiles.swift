import Crypto
import Foundation
import Inference
import Quantities

/// Reads what lies in a network's folder, and a network's answer.
enum ScorerFiles {
  /// Largest network file accepted, in bytes.
  static let largestFile = 256 << 20

  /// The network in `file`, once its bytes are those that the manifest names.
  static func network(_ file: URL, sha256: String, threads: Int) throws(ScoringError) -> Network {
    let hash = SHA256.hash(data: try read(file, limit: largestFile))
      .map { String(format: "%02x", $0) }.joined()
    guard hash == sha256 else { throw .wrongHash(file: file.path, expected: sha256, found: hash) }
    var options = Network.Options()
    options.threads = threads
    do { return try Network(path: file.path, options: options) } catch { throw .network(error) }
  }

  static func demand(_ network: Network, input: [Int], answer: Int, file: String) throws(ScoringError) {
    let count = network.outputs.first?.shape.reduce(1, *)
    guard network.inputs.count == 1, network.inputs[0].shape == input, count == answer else {
      throw .unexpectedShape(
        file: file, expected: "\(input) in, \(answer) numbers out",
        found: "\(network.inputs.map(\.shape)) in, \(network.outputs.map(\.shape)) out")
    }
  }

  /// Where the output `name` stands, which must come after the answer and have a sound shape; nil for no name.
  static func output(
    _ name: String?, of network: Network, file: String, expected: String, isSound: ([Int]) -> Bool
  ) throws(ScoringError) -> Int? {
    guard let name else { return nil }
    let index = network.outputs.firstIndex { $0.name == name } ?? 0
    guard index > 0, isSound(network.outputs[index].shape) else {
      let found = network.outputs.map { "\($0.name) \($0.shape)" }
      throw .unexpectedShape(
        file: file, expected: "an output \(name) \(expected), after the answer", found: "\(found)")
    }
    return index
  }

  static func answer(_ network: Network, _ rule: OutputRule, model: String) throws(ScoringError) -> Logit {
    do { try network.run() } catch { throw .network(error) }
    guard let logit = network.withOutput(0, { rule.logit($0) }) else { throw .notFinite(model: model) }
    return logit
  }

  static func read(_ file: URL, limit: Int) throws(ScoringError) -> Data {
    let size = (try? FileManager.default.attributesOfItem(atPath: file.path))?[.size] as? Int
    guard let size else { throw .unreadable(file: file.path, problem: "is not there or cannot be read") }
    guard size <= limit else {
      throw .unreadable(file: file.path, problem: "\(size) bytes; expected at most \(limit)")
    }
    do { return try Data(contentsOf: file) } catch {
      throw .unreadable(file: file.path, problem: error.localizedDescription)
    }
  }
}
