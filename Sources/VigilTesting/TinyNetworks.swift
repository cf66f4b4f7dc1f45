import Crypto
public import Foundation

/// Scoring networks small enough to be worked out by hand, written as ONNX with their manifests.
///
/// The spatial one: the mean of the red channel in each of 4 x 4 fields, as 0...1, minus `threshold`, is the map and
/// the features; their mean is the logit. The sequence one: the newest step's mean minus the oldest's.
public enum TinyNetworks {
  /// Side of the spatial network's crop.
  public static let side = 32

  /// Writes a spatial network into the new folder `folder/name`; gives the network's hash. `scale`: of its answer.
  @discardableResult
  public static func install(
    _ name: String, task: String = "forgery", threshold: Double = 0.5, scale: Double = 1, in folder: URL,
    box: Double = 1.2, extras: Bool = true
  ) throws -> String {
    let bytes = spatial(threshold: Float(threshold), scale: Float(scale), extras: extras)
    var output: [String: Any] = ["kind": "logit", "count": 1, "positive": [0]]
    if extras { (output["map"], output["features"]) = ("map", "features") }
    return try write(
      name, bytes, in: folder,
      [
        "task": task, "crop": ["kind": "box", "width": side, "height": side, "scale": box] as [String: Any],
        "input": [
          "colour": "rgb", "layout": "nchw", "scale": [1.0 / 255, 1.0 / 255, 1.0 / 255], "bias": [0, 0, 0],
        ] as [String: Any], "output": output,
      ])
  }

  /// Writes a sequence network that reads the features of network `of`.
  @discardableResult
  public static func installSequence(
    _ name: String, of: String, task: String = "forgery", length: Int = 20, least: Int = 8, in folder: URL
  ) throws -> String {
    try write(
      name, sequence(length: length), in: folder,
      [
        "task": task, "sequence": ["of": of, "length": length, "least": least] as [String: Any],
        "output": ["kind": "logit", "count": 1, "positive": [0]] as [String: Any],
      ])
  }

  private static func write(
    _ name: String, _ bytes: Data, in folder: URL, _ fields: [String: Any]
  ) throws -> String {
    let place = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    let hash = SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
    var manifest: [String: Any] = [
      "schema": 1, "name": name, "file": "net.onnx", "sha256": hash, "licence": "made for a test",
      "calibration": ["temperature": 1, "bias": 0],
    ]
    manifest.merge(fields) { $1 }
    try bytes.write(to: place.appendingPathComponent("net.onnx"))
    try JSONSerialization.data(withJSONObject: manifest, options: .sortedKeys)
      .write(to: place.appendingPathComponent("manifest.json"))
    return hash
  }

  private static func spatial(threshold: Float, scale: Float, extras: Bool) -> Data {
    let step = side / 4
    let weights =
      [Float](repeating: scale / Float(step * step), count: step * step)
      + [Float](repeating: 0, count: 2 * step * step)
    var graph = OnnxWriter()
    graph.input("picture", [1, 3, side, side])
    graph.constant("w", [1, 3, step, step], weights)
    graph.constant("b", [1], [-threshold * scale])
    graph.node(
      "Conv", ["picture", "w", "b"], "map", [("kernel_shape", [step, step]), ("strides", [step, step])])
    graph.node("GlobalAveragePool", ["map"], "mean")
    graph.node("Flatten", ["mean"], "logit")
    graph.output("logit", [1, 1])
    if extras {
      graph.node("Flatten", ["map"], "features")
      graph.output("map", [1, 1, 4, 4])
      graph.output("features", [1, 16])
    }
    return graph.model
  }

  private static func sequence(length: Int) -> Data {
    var weights = [Float](repeating: 0, count: length * 16)
    for index in 0..<16 {
      weights[index] -= 1.0 / 16
      weights[(length - 1) * 16 + index] += 1.0 / 16
    }
    var graph = OnnxWriter()
    graph.input("features", [1, length, 16])
    graph.constant("w", [length * 16, 1], weights)
    graph.node("Flatten", ["features"], "flat")
    graph.node("MatMul", ["flat", "w"], "logit")
    graph.output("logit", [1, 1])
    return graph.model
  }
}

/// Writes the few protocol buffer fields of onnx.proto that small float networks need.
struct OnnxWriter {
  private var nodes = Data()
  private var constants = Data()
  private var inputs = Data()
  private var outputs = Data()

  mutating func input(_ name: String, _ shape: [Int]) { Self.bytes(11, Self.value(name, shape), &inputs) }

  mutating func output(_ name: String, _ shape: [Int]) { Self.bytes(12, Self.value(name, shape), &outputs) }

  mutating func constant(_ name: String, _ shape: [Int], _ values: [Float]) {
    var tensor = Data()
    for size in shape { Self.number(1, size, &tensor) }
    Self.number(2, 1, &tensor)
    Self.text(8, name, &tensor)
    Self.bytes(9, values.withUnsafeBytes { Data($0) }, &tensor)
    Self.bytes(5, tensor, &constants)
  }

  mutating func node(
    _ kind: String, _ from: [String], _ to: String, _ attributes: [(String, [Int])] = []
  ) {
    var node = Data()
    for name in from { Self.text(1, name, &node) }
    Self.text(2, to, &node)
    Self.text(4, kind, &node)
    for (name, numbers) in attributes {
      var attribute = Data()
      Self.text(1, name, &attribute)
      for number in numbers { Self.number(8, number, &attribute) }
      Self.number(20, 7, &attribute)
      Self.bytes(5, attribute, &node)
    }
    Self.bytes(1, node, &nodes)
  }

  /// The finished file: IR version 8, opset 13.
  var model: Data {
    var graph = nodes
    Self.text(2, "tiny", &graph)
    graph += constants + inputs + outputs
    var (opset, model) = (Data(), Data())
    Self.text(1, "", &opset)
    Self.number(2, 13, &opset)
    Self.number(1, 8, &model)
    Self.bytes(7, graph, &model)
    Self.bytes(8, opset, &model)
    return model
  }

  private static func value(_ name: String, _ shape: [Int]) -> Data {
    var (sizes, tensor, type, value) = (Data(), Data(), Data(), Data())
    for size in shape {
      var dimension = Data()
      number(1, size, &dimension)
      bytes(1, dimension, &sizes)
    }
    number(1, 1, &tensor)
    bytes(2, sizes, &tensor)
    bytes(1, tensor, &type)
    text(1, name, &value)
    bytes(2, type, &value)
    return value
  }

  private static func varint(_ value: Int, _ out: inout Data) {
    var rest = UInt64(bitPattern: Int64(value))
    while rest >= 0x80 {
      out.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    out.append(UInt8(rest))
  }

  private static func number(_ field: Int, _ value: Int, _ out: inout Data) {
    varint(field << 3, &out)
    varint(value, &out)
  }

  private static func bytes(_ field: Int, _ value: Data, _ out: inout Data) {
    varint(field << 3 | 2, &out)
    varint(value.count, &out)
    out += value
  }

  private static func text(_ field: Int, _ value: String, _ out: inout Data) {
    bytes(field, Data(value.utf8), &out)
  }
}
