import Foundation
import Inference
import ModelFormats
import Testing

/// Small files that ask for much work or memory at load: each is refused with the node named, and soon.
@Suite struct LoadBudgetTests {
  /// Why loading ends, and the processor time it took this thread, which other programs do not lengthen; nil when the
  /// network loads.
  private func refusal(_ network: TestNetwork) throws -> (error: NetworkError, time: Duration)? {
    let bytes = [UInt8](try network.bytes())
    let start = threadTime
    do {
      _ = try Network(bytes: ModelBytes(copying: bytes), file: "test.onnx")
      return nil
    } catch {
      return (error, threadTime - start)
    }
  }

  private var threadTime: Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  /// Zeros of `shape`, made by the network.
  private func zeros(_ network: inout TestNetwork, _ name: String, _ shape: [Int]) {
    network.integers("\(name)_shape", [shape.count], shape.map { Int64($0) })
    network.node("ConstantOfShape", ["\(name)_shape"], [name])
  }

  private func expectRefusal(_ network: TestNetwork, at place: String, _ reason: String) throws {
    let refusal = try #require(try refusal(network), "it loads")
    #expect(refusal.error.description.hasPrefix("test.onnx: node \(place)"), "\(refusal.error)")
    #expect(refusal.error.description.contains(reason), "\(refusal.error)")
    // Without optimization the reference operators are some thirty times as slow.
    #expect(refusal.time < .seconds(30))
  }

  @Test func largeConstantIsRefused() throws {
    var network = TestNetwork(seed: 1)
    network.input("x", [1])
    zeros(&network, "big", [1 << 13, (1 << 13) + 1])
    network.node("Add", ["x", "big"], ["y"])
    network.output("y")
    try expectRefusal(network, at: "big (ConstantOfShape)", "beyond")
  }

  @Test func manyConstantsAreRefusedTogether() throws {
    var network = TestNetwork(seed: 2)
    network.input("x", [1])
    for index in 0..<9 { zeros(&network, "c\(index)", [1 << 23]) }
    network.node("Sum", ["x"] + (0..<9).map { "c\($0)" }, ["y"])
    network.output("y")
    // Each is an eighth of what a small file may make.
    try expectRefusal(network, at: "c8 (ConstantOfShape)", "beyond")
  }

  @Test func productOfConstantsIsRefusedBeforeItIsComputed() throws {
    var network = TestNetwork(seed: 3)
    network.input("x", [1, 1])
    zeros(&network, "a", [2048, 2048])
    network.node("MatMul", ["a", "a"], ["aa"])
    network.node("Add", ["x", "aa"], ["y"])
    network.output("y")
    try expectRefusal(network, at: "aa (MatMul)", "more work at load")
  }

  @Test func convolutionAndPoolOfConstantsAreRefused() throws {
    var network = TestNetwork(seed: 4)
    network.input("x", [1])
    zeros(&network, "a", [1, 16, 256, 256])
    zeros(&network, "w", [16, 16, 9, 9])
    network.node("Conv", ["a", "w"], ["c"])
    network.node("ReduceSum", ["c"], ["s"], ["keepdims": .integer(0)])
    network.node("Add", ["x", "s"], ["y"])
    network.output("y")
    try expectRefusal(network, at: "c (Conv)", "more work at load")
    var pool = TestNetwork(seed: 5)
    pool.input("x", [1])
    zeros(&pool, "a", [1, 1, 1024, 1024])
    pool.node("MaxPool", ["a"], ["c"], ["kernel_shape": .integers([31, 31])])
    pool.node("ReduceMax", ["c"], ["s"], ["keepdims": .integer(0)])
    pool.node("Add", ["x", "s"], ["y"])
    pool.output("y")
    try expectRefusal(pool, at: "c (MaxPool)", "more work at load")
  }

  /// The shape of a node without a rule of its own is found by running it on zeros: that is bounded too.
  @Test func shapeInferenceByTrialIsBounded() throws {
    var network = TestNetwork(seed: 6)
    network.input("x", [4096, 4096])
    network.node("Einsum", ["x", "x"], ["p"], ["equation": .text("ij,jk->ik")])
    network.node("ReduceSum", ["p"], ["y"])
    network.output("y")
    try expectRefusal(network, at: "p (Einsum)", "beyond")
  }

  @Test func stretchedResizeKernelIsRefused() throws {
    var long = TestNetwork(seed: 8)
    long.input("x", [1])
    zeros(&long, "a", [1, 1, 1, 1 << 20])
    long.numbers("scales", [4], [1, 1, 1, 0.00001])
    for index in 0..<16 {
      long.node(
        "Resize", ["a", "", "scales"], ["r\(index)"], ["mode": .text("cubic"), "antialias": .integer(1)])
    }
    long.node("Sum", ["x"] + (0..<16).map { "r\($0)" }, ["y"])
    long.output("y")
    let refusal = try #require(try self.refusal(long), "it loads")
    #expect(refusal.error.description.contains("(Resize)"), "\(refusal.error)")
  }

  /// One weight of the file that many nodes share may not become gigabytes of packed copies.
  @Test func sharedWeightsArePackedOnlySoOften() throws {
    var network = TestNetwork(seed: 9)
    network.input("x", [1, 512, 1, 1])
    network.numbers("w", [512, 512, 1, 1], [Float](repeating: 0.01, count: 512 * 512))
    for index in 0..<300 { network.node("Conv", [index == 0 ? "x" : "c\(index - 1)", "w"], ["c\(index)"]) }
    network.node("Flatten", ["c299"], ["y"])
    network.output("y")
    let refusal = try #require(try refusal(network), "it loads")
    #expect(refusal.error.description.contains("packed weights beyond"), "\(refusal.error)")
    #expect(refusal.error.description.contains("node that makes \"c"), "\(refusal.error)")
  }

  @Test func moreValuesThanAnyNetworkHasAreRefused() throws {
    var network = TestNetwork(seed: 10)
    network.input("v0", [1])
    for index in 0..<17_000 { network.node("Exp", ["v\(index)"], ["v\(index + 1)"]) }
    network.output("v17000")
    let refusal = try #require(try refusal(network), "it loads")
    #expect(refusal.error.description.contains("values to compute; at most 16384"), "\(refusal.error)")
  }

  /// What is refused by default loads when the caller knows where the file comes from.
  @Test func generousLimitsAllowMore() throws {
    var network = TestNetwork(seed: 11)
    network.input("x", [1])
    for index in 0..<9 { zeros(&network, "c\(index)", [1 << 20]) }
    network.node("Sum", ["x"] + (0..<9).map { "c\($0)" }, ["y"])
    network.output("y")
    let model = try OnnxReader(network.bytes(), file: "test.onnx").model()
    var limits = LoadLimits(storedBytes: 0)
    limits.work = 1 << 21
    #expect(throws: OnnxError.self) { try StaticNetwork(model, file: "test.onnx", limits: limits) }
    #expect(try StaticNetwork(model, file: "test.onnx", limits: limits.generous).nodes.count == 1)
  }
}
