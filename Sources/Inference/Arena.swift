import Foundation
import ModelFormats

/// Places values of known lifetimes in one block of memory.
///
/// Largest first, each at the lowest offset free during its whole life: the "greedy by size" rule of Pisarchyk and
/// Lee, Efficient Memory Management for Deep Neural Net Inference, 2020. Offsets in floats, aligned to 16.
struct ArenaLayout {
  struct Value {
    let tensor: Int
    let count: Int
    var first: Int
    var last: Int
  }

  private(set) var offsets: [Int: Int] = [:]
  private(set) var count = 0
  /// Largest sum of the values alive at one step: no layout can be smaller.
  private(set) var largestLiveSet = 0

  init(_ values: [Value]) {
    // By lower end.
    var placed: [(range: Range<Int>, value: Value)] = []
    for value in values.sorted(by: { ($0.count, $1.tensor) > ($1.count, $0.tensor) }) {
      let size = (value.count + 15) / 16 * 16
      var start = 0
      for (range, other) in placed where other.first <= value.last && value.first <= other.last {
        if range.lowerBound - start >= size { break }
        start = max(start, range.upperBound)
      }
      let place = placed.firstIndex { $0.range.lowerBound > start } ?? placed.count
      placed.insert((start..<start + size, value), at: place)
      offsets[value.tensor] = start
      count = max(count, start + size)
    }
    // What comes and goes at each step; what goes does so after the step.
    let changes = (values.map { ($0.first, $0.count) } + values.map { ($0.last + 1, -$0.count) })
      .sorted { ($0.0, $0.1) < ($1.0, $1.1) }
    var alive = 0
    for (_, change) in changes {
      alive += change
      largestLiveSet = max(largestLiveSet, alive)
    }
  }
}

/// The block of memory, zeroed, freed in `deinit`. `@unchecked Sendable` for the reason given at ``Network``.
final class Arena: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
  let count: Int
  private let size: Int

  init(count: Int) throws(PlanError) {
    self.count = count
    // 16 floats more than asked for: kernels may read a whole register at the end.
    size = (count + 16) * MemoryLayout<Float>.size
    let mapped = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapped, mapped != MAP_FAILED else {
      throw PlanError(place: "graph", problem: "no memory for \(size) bytes of values")
    }
    base = mapped.bindMemory(to: Float.self, capacity: count + 16)
    // Touched now, so that the first run is no slower than the others; beyond what real networks need, the pages come
    // zeroed when they are first used.
    if size > 1 << 22 { madvise(mapped, size, MADV_HUGEPAGE) }
    if count < 1 << 25 { base.initialize(repeating: 0, count: count + 16) }
  }

  deinit { munmap(base, size) }
}
