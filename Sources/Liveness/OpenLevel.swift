import Quantities

/// A person's own open-eye level: a high quantile of recent eye aspect ratios, so that blinks do not lower it.
///
/// Known after a set time of samples, then follows slowly. Fixed memory; cost: one insertion into 128 numbers.
struct OpenLevel: Sendable, Equatable {
  private static let capacity = 128
  private static let quantile = 0.7
  private var ring: [Float] = []
  private var sorted: [Float] = []
  private var next = 0
  private var observed = Duration.zero
  private var last: MonotonicInstant?

  init() {
    ring.reserveCapacity(Self.capacity)
    sorted.reserveCapacity(Self.capacity + 1)
  }

  /// How long eyes were observed; gaps above a quarter second do not count.
  var observedSeconds: Double { observed.inSeconds }

  /// The level so far; nil before the first sample.
  var value: Float? {
    sorted.isEmpty ? nil : sorted[Int(Double(sorted.count - 1) * Self.quantile)]
  }

  mutating func add(_ ratio: Float, at now: MonotonicInstant) {
    if let last, now > last, now - last < .milliseconds(250) { observed += now - last }
    last = now
    insert(ratio)
    if ring.count < Self.capacity {
      ring.append(ratio)
    } else {
      remove(ring[next])
      ring[next] = ratio
      next = (next + 1) % Self.capacity
    }
  }

  private func place(of ratio: Float) -> Int {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < ratio { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private mutating func insert(_ ratio: Float) { sorted.insert(ratio, at: place(of: ratio)) }
  private mutating func remove(_ ratio: Float) { sorted.remove(at: place(of: ratio)) }
}
