import Inference
import Synchronization
import Testing

/// Sharing of parts between threads.
@Suite struct WorkersTests {
  /// Counts how often each part ran.
  private final class Counting: PartitionedStep, @unchecked Sendable {
    let parts: Int
    let nanoseconds = 1_000_000
    private let lock = Mutex([Int: Int]())

    init(parts: Int) { self.parts = parts }

    func run(_ range: Range<Int>) {
      lock.withLock { counts in for part in range { counts[part, default: 0] += 1 } }
    }
    var counts: [Int: Int] { lock.withLock { $0 } }
  }

  @Test(arguments: [1, 2, 3]) func everyPartRunsOnce(threads: Int) {
    let workers = Workers(threads: threads)
    defer { workers.stop() }
    for round in 0..<2000 {
      let step = Counting(parts: 1 + round % 37)
      withUnsafePointer(to: step as any PartitionedStep) { workers.run($0) }
      #expect(step.counts == Dictionary(uniqueKeysWithValues: (0..<step.parts).map { ($0, 1) }))
    }
  }
}
