import ArgumentParser
import Foundation
import Inference
import ModelFormats

/// Runs networks on the fast path and by reference, and prints how far apart they are.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Compares the fast path with the reference operators on seeded inputs.")

  @Argument(help: "ONNX files.")
  var files: [String]

  @Option(help: "Largest difference allowed, relative to the largest output.")
  var tolerance = 1e-4

  @Option(help: "Shape of the first input, for a file that leaves axes open: 1,3,64,64.")
  var shape: String?

  @Flag(help: "Do not run the reference; print times only.")
  var quick = false

  func run() throws {
    var worst = 0.0
    for file in files {
      worst = max(worst, try compare(file))
    }
    if worst > tolerance { throw ExitCode.failure }
  }

  private func compare(_ path: String) throws -> Double {
    let clock = ContinuousClock()
    var loaded: (model: OnnxModel, network: Network)?
    // The second load is the warm one.
    var time = Duration.zero
    for _ in 0..<2 { time = try clock.measure { loaded = try load(path) } }
    guard let (model, network) = loaded else { return 0 }
    let inputs = network.inputs.enumerated().map { index, input in
      SeededInput(seed: UInt64(index + 1)).tensor(input.shape)
    }
    let found = try network.run(inputs)
    let once = try (0..<5).map { _ in try clock.measure { try network.run() } }.min() ?? .zero
    var line = "\(URL(fileURLWithPath: path).lastPathComponent): load \(time.milliseconds) ms"
    line += ", run \(once.milliseconds) ms, arena \(network.arenaBytes / 1024) KiB"
    line += ", by reference: \(network.slowSteps.isEmpty ? "none" : network.slowSteps.joined(separator: " "))"
    guard !quick else {
      print(line)
      return 0
    }
    let expected = try ReferenceNetwork(model, file: path).run(inputs)
    var worst = 0.0
    for (a, b) in zip(found, expected) {
      let scale = max(b.doubles.map(abs).max() ?? 0, 1e-6)
      let difference =
        zip(a.doubles, b.doubles).map { $0.isNaN != $1.isNaN ? .infinity : abs($0 - $1) }.max() ?? 0
      worst = max(worst, a.shape == b.shape ? difference / scale : .infinity)
    }
    print(line + ", largest difference \(worst)")
    return worst
  }

  private func load(_ path: String) throws -> (OnnxModel, Network) {
    let data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
    let model = try OnnxReader(data, file: path).model()
    var shapes: [String: [Int]] = [:]
    if let sizes = shape?.split(separator: ",").compactMap({ Int($0) }), let input = model.inputs.first {
      shapes[input.name] = sizes
    }
    let limits = LoadLimits(storedBytes: model.storedBytes).generous
    let fixed = try StaticNetwork(model, file: path, shapes: shapes, limits: limits)
    let graph = try OnnxLowering.graph(fixed)
    return (model, try Network(graph: graph, file: path, options: .init(), limits: limits))
  }
}

/// Numbers in -1...1 from a seed (SplitMix64).
struct SeededInput {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func bits() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func next() -> Float { Float(bits() >> 40) / Float(1 << 23) - 1 }

  func tensor(_ shape: [Int]) -> Tensor {
    var numbers = self
    return Tensor(shape, (0..<shape.reduce(1, *)).map { _ in numbers.next() })
  }
}

extension Duration {
  /// With two decimals.
  var milliseconds: String {
    let value = Double(components.seconds) * 1e3 + Double(components.attoseconds) / 1e15
    return String(format: "%.2f", value)
  }
}
