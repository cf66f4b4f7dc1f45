public import ModelFormats

/// What a caller fills or reads: one input or output of a network.
public struct TensorDescription: Sendable, Hashable {
  /// Name in the file.
  public let name: String
  /// Sizes in the file's own order.
  public let shape: [Int]
  /// Type of the elements the caller sees.
  public let elementType: ElementType
}

/// A network that is ready to run: load, fill the inputs, run, read the outputs.
///
/// Shapes are those of the file (NHWC for TFLite). All memory is taken when loading; ``run()`` allocates nothing.
/// `@unchecked Sendable` because a network may move between queues, but only one may use it at a time.
public final class Network: @unchecked Sendable {
  /// Choices made when loading.
  public struct Options: Sendable {
    /// Threads that one run may use; 1 is best for small networks beside other work.
    public var threads = 1
    /// What is fixed of an ONNX file that holds branches or leaves sizes open.
    public var choices = OnnxChoices()

    /// One thread.
    public init() {}
  }

  /// What the caller fills.
  public let inputs: [TensorDescription]
  /// What the caller reads.
  public let outputs: [TensorDescription]
  private let plan: Plan
  private let workers: Workers

  /// Loads the network in the file at `path`: TFLite or ONNX, told apart by content. Cost: milliseconds.
  public convenience init(path: String, options: Options = .init()) throws(NetworkError) {
    let bytes: ModelBytes
    do { bytes = try ModelBytes(path: path) } catch { throw .format(error) }
    try self.init(bytes: bytes, file: path, options: options)
  }

  /// Loads the network in `bytes`; `file` is named in errors.
  package convenience init(bytes: ModelBytes, file: String, options: Options = .init()) throws(NetworkError) {
    let graph: Graph
    if bytes.isTFLite {
      do { graph = try TFLiteReader.read(bytes, file: file) } catch { throw .format(error) }
    } else {
      do { graph = try OnnxLowering.graph(bytes, file: file, choices: options.choices) } catch {
        throw NetworkError(error)
      }
    }
    let limits = LoadLimits(storedBytes: bytes.buffer.count)
    try self.init(graph: graph, file: file, options: options, limits: limits)
  }

  /// Prepares a graph; `file` is named in errors. Without `limits` they follow from the graph's own constants.
  package init(graph: Graph, file: String, options: Options, limits: LoadLimits? = nil) throws(NetworkError) {
    func describe(_ tensor: Int) -> TensorDescription {
      let tensor = graph.tensors[tensor]
      return TensorDescription(name: tensor.name, shape: tensor.shape, elementType: tensor.type)
    }
    inputs = graph.inputs.map(describe)
    outputs = graph.outputs.map(describe)
    var planner = Planner(graph, limits ?? LoadLimits(storedBytes: graph.bytes.buffer.count))
    do { plan = try planner.plan() } catch {
      throw .unsupported(file: file, place: error.place, problem: error.problem)
    }
    workers = Workers(threads: options.threads)
  }

  /// Names of the operators that run by their reference because no fast step exists for them.
  public var slowSteps: [String] {
    plan.steps.compactMap { ($0 as? ReferenceStep)?.operation.name }.sorted()
  }

  deinit { workers.stop() }

  private func run(_ index: Int) throws(NetworkError) {
    if let step = plan.partitioned.places[index] { workers.run(step) } else { try plan.steps[index].run() }
  }

  /// Bytes of memory that all values share while the network runs.
  public var arenaBytes: Int { plan.arena.count * MemoryLayout<Float>.size }

  /// Bytes of the largest set of values that are alive at the same time: no arena can be smaller.
  public var largestLiveBytes: Int { plan.largestLiveBytes }

  /// What each step of a run is.
  var stepDescriptions: [StepDescription] { plan.descriptions }

  /// Runs once and gives the nanoseconds of each step.
  func timedRun() throws(NetworkError) -> [Int64] {
    var times: [Int64] = []
    times.reserveCapacity(plan.steps.count)
    for index in plan.steps.indices {
      let start = ContinuousClock.now
      try run(index)
      let time = ContinuousClock.now - start
      times.append(time.components.seconds * 1_000_000_000 + time.components.attoseconds / 1_000_000_000)
    }
    return times
  }

  /// Lets `body` fill input number `index` in place.
  public func withInput<R>(_ index: Int, _ body: (UnsafeMutableBufferPointer<Float>) throws -> R) rethrows
    -> R
  {
    try body(plan.storage(plan.inputs[index]))
  }

  /// Runs the network on what the inputs hold.
  public func run() throws(NetworkError) {
    for index in plan.steps.indices { try run(index) }
  }

  /// Lets `body` read output number `index`.
  public func withOutput<R>(_ index: Int, _ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
    try body(UnsafeBufferPointer(plan.storage(plan.outputs[index])))
  }
}
