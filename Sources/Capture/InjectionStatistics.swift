import Observations
import Quantities

/// Statistics of the times between frames that follow each other.
struct TimingStatistics {
  /// Frames before anything is said: four seconds at 30 a second.
  static let required: UInt64 = 120
  private var count: UInt64 = 0
  private var mean = 0.0
  private var squares = 0.0
  private var last: (captured: MonotonicInstant, index: UInt64)?

  /// The stream broke off: what comes next follows no frame.
  mutating func noteBreak() { last = nil }

  mutating func add(_ captured: MonotonicInstant, index: UInt64) {
    defer { last = (captured, index) }
    guard let last, index == last.index + 1 else { return }
    let interval = (captured - last.captured).inSeconds
    guard interval > 0, interval < 2 else { return }
    // Welford's running mean and variance.
    count += 1
    let delta = interval - mean
    mean += delta / Double(count)
    squares += delta * (interval - mean)
  }

  /// Standard deviation of the interval divided by its mean; nil until enough was seen.
  var variation: Double? {
    count >= Self.required && mean > 0 ? (squares / Double(count - 1)).squareRoot() / mean : nil
  }

  /// A sensor's clock passes through a bus and an interrupt: tens of microseconds of jitter at least. A program that
  /// sleeps between frames on a busy machine, or a network behind it, scatters them by a good part of a period.
  var finding: InjectionFinding? {
    guard let variation else { return nil }
    let words = "the time between frames varies by \(percent(variation)) over \(count) intervals"
    if variation < 2e-5 {
      return InjectionFinding(.timing, strength: 0.5, detail: "\(words): too regular for a sensor")
    }
    if variation > 0.35 {
      return InjectionFinding(.timing, strength: 0.3, detail: "\(words): too irregular for a sensor")
    }
    return nil
  }

  private func percent(_ share: Double) -> String {
    let scaled = (share * 1e5).rounded() / 1e3
    return "\(scaled) %"
  }
}

/// Finds frames that are exactly the one before, and stretches that come again.
struct RepeatDetector {
  /// Frames remembered: about four and a half minutes at 30 a second.
  static let memory = 8192
  /// Frames in a row that must come again at the same distance before it is a loop.
  static let loopLength = 10
  private var seen: [UInt64: UInt64] = [:]
  private var ring: [UInt64] = []
  private var index: UInt64 = 0
  private var stored: UInt64 = 0
  private var lastHash: UInt64?
  private var repeats: UInt64 = 0
  private var judged: UInt64 = 0
  private var lag: UInt64 = 0
  private var run = 0
  private var longest: (frames: Int, lag: UInt64) = (0, 0)

  mutating func add(_ samples: [UInt8], hasTexture: Bool) {
    defer { index += 1 }
    guard hasTexture else {
      (lastHash, run) = (nil, 0)
      return
    }
    let hash = Self.hash(samples)
    judged += 1
    defer { lastHash = hash }
    if hash == lastHash {
      repeats += 1
      return
    }
    if let before = seen[hash], index - before > 2 {
      // Feeding at another rate repeats frames, which shifts the distance a little.
      let distance = index - before
      let isNear = distance > lag ? distance - lag <= 2 : lag - distance <= 2
      run = run > 0 && isNear ? run + 1 : 1
      lag = distance
      if run > longest.frames { longest = (run, lag) }
    } else {
      run = 0
    }
    remember(hash)
  }

  private mutating func remember(_ hash: UInt64) {
    if ring.count < Self.memory {
      ring.append(hash)
    } else {
      let slot = Int(stored % UInt64(Self.memory))
      seen[ring[slot]] = nil
      ring[slot] = hash
    }
    seen[hash] = index
    stored += 1
  }

  /// FNV-1a over 64-bit words; collisions by chance are out of the question, and nothing else is asked of it.
  private static func hash(_ samples: [UInt8]) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    samples.withUnsafeBytes { bytes in
      for word in bytes.bindMemory(to: UInt64.self) {
        hash = (hash ^ word) &* 0x0000_0100_0000_01B3
        hash ^= hash >> 29
      }
    }
    return hash
  }

  var findings: [InjectionFinding] {
    var findings: [InjectionFinding] = []
    let share = judged > 0 ? Double(repeats) / Double(judged) : 0
    if repeats >= 3, share >= 0.01 {
      let words = "\(repeats) of \(judged) frames repeat the one before exactly"
      findings.append(InjectionFinding(.exactRepeats, strength: share >= 0.1 ? 0.7 : 0.5, detail: words))
    }
    if longest.frames >= Self.loopLength {
      let words = "\(longest.frames) frames in a row came again after \(longest.lag) frames"
      findings.append(InjectionFinding(.loop, strength: 0.9, detail: words))
    }
    return findings
  }
}

/// Measures how often a pixel of a still, mid-grey part keeps its exact value from frame to frame.
///
/// Sensor noise of one level changes about two of three; noise that a camera's own compression smooths leaves more.
/// Video that was compressed between frames repeats whole blocks.
struct NoiseMeter {
  /// Still pixels before anything is said.
  static let required = 100_000
  private var still = 0
  private var same = 0
  private var frames: UInt64 = 0

  mutating func add(_ now: [UInt8], before: [UInt8]) {
    guard now.count == before.count, !now.isEmpty, now != before else { return }
    frames += 1
    let length = LumaSampler.runLength
    for start in stride(from: 0, through: now.count - length, by: length) {
      var (equal, calm) = (0, true)
      for place in start..<start + length {
        let difference = Int(now[place]) - Int(before[place])
        if difference == 0 { equal += 1 }
        if abs(difference) > 3 || now[place] <= 20 || now[place] >= 235 { calm = false }
      }
      guard calm else { continue }
      still += length
      same += equal
    }
    // Halve now and then so that the newest minute counts most.
    if still > 8_000_000 { (still, same) = (still / 2, same / 2) }
  }

  /// Share of still pixels that do not change at all; nil until enough was seen.
  var unchanged: Double? { still >= Self.required ? Double(same) / Double(still) : nil }

  var finding: InjectionFinding? {
    guard let unchanged, unchanged > 0.95 else { return nil }
    let percent = (unchanged * 1000).rounded() / 10
    return InjectionFinding(
      .missingNoise, strength: 0.4,
      detail: "\(percent) % of the still pixels keep their exact value: no sensor noise (\(frames) frames)")
  }
}
