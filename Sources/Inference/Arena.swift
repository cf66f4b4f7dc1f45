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
    var placed: [(range: Range<Int>, value: Value)] = []
    for value in values.sorted(by: { ($0.count, $1.tensor) > ($1.count, $0.tensor) }) {
      let size = (value.count + 15) / 16 * 16
      let busy = placed.filter { $0.value.first <= value.last && value.first <= $0.value.last }
        .map(\.range).sorted { $0.lowerBound < $1.lowerBound }
      var start = 0
      for range in busy {
        if range.lowerBound - start >= size { break }
        start = max(start, range.upperBound)
      }
      placed.append((start..<start + size, value))
      offsets[value.tensor] = start
      count = max(count, start + size)
    }
    for step in Set(values.map(\.first)) {
      let alive = values.filter { $0.first <= step && step <= $0.last }.map(\.count).reduce(0, +)
      largestLiveSet = max(largestLiveSet, alive)
    }
  }
}

/// The block of memory, zeroed, freed in `deinit`. `@unchecked Sendable` for the reason given at ``Network``.
final class Arena: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
  let count: Int

  init(count: Int) {
    self.count = count
    // 16 floats more than asked for: kernels may read a whole register at the end.
    let raw = UnsafeMutableRawPointer.allocate(byteCount: (count + 16) * 4, alignment: 64)
    base = raw.bindMemory(to: Float.self, capacity: count + 16)
    base.initialize(repeating: 0, count: count + 16)
  }

  deinit { base.deallocate() }
}
