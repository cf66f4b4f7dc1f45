import CKernels

/// Where a network's time goes.
public enum NetworkBenchmark {
  /// One step of a run: what it computes, how long it takes, and the multiplications and additions in it.
  public struct StepTime: Sendable {
    /// Kind and shape.
    public let name: String
    /// Median over the runs.
    public let nanoseconds: Int64
    /// Multiplications and additions of its convolution or product; 0 for others.
    public let operations: Int
  }

  /// Median time of each step over `runs` runs on what the inputs hold.
  public static func steps(of network: Network, runs: Int) throws(NetworkError) -> [StepTime] {
    var times: [[Int64]] = []
    for _ in 0..<max(runs, 1) { times.append(try network.timedRun()) }
    return network.stepDescriptions.enumerated().map { index, description in
      let sorted = times.map { $0[index] }.sorted()
      return StepTime(
        name: description.name, nanoseconds: sorted[sorted.count / 2], operations: description.operations)
    }
  }

  /// Measured peak of one core, in 10^9 multiplications and additions a second: fused multiply-adds on registers
  /// only, widest instructions, the best of several tries.
  public static func peak() -> Double {
    var best = 0.0
    for _ in 0..<20 {
      let start = ContinuousClock.now
      let operations = vk_peak(200_000)
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      best = max(best, Double(operations) / seconds / 1e9)
    }
    return best
  }
}
