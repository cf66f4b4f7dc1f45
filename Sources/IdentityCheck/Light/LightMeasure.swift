import Foundation
package import Quantities

/// What was shown when: changes of the screen in the clock of the frames.
package struct LightTimeline: Sendable {
  private var changes: [(at: MonotonicInstant, zones: LightZones)] = []

  package init() {}

  /// The screen shows `zones` from `at` on.
  package mutating func show(_ zones: LightZones, at now: MonotonicInstant) {
    guard changes.last?.zones != zones else { return }
    changes.append((now, zones))
  }

  /// Light of the three parts in each channel, as the mean over the time from `start` to `end`.
  func mean(from start: MonotonicInstant, to end: MonotonicInstant) -> [SIMD3<Double>] {
    var sums = [SIMD3<Double>](repeating: .zero, count: 3)
    let span = max((end - start).inSeconds, 1e-6)
    for (index, change) in changes.enumerated() {
      let from = index == 0 ? start : max(change.at, start)
      let to = index + 1 < changes.count ? min(changes[index + 1].at, end) : end
      let share = (to - from).inSeconds / span
      guard share > 0 else { continue }
      for channel in 0..<3 { sums[channel] += change.zones.channel(channel) * share }
    }
    return sums
  }
}

/// Compares what came back from a face with what was shown.
///
/// Works on colour alone: the logarithm of each channel less the mean of the three, so that neither movement under
/// white light nor the camera's exposure counts. The light on a place is taken as 1 + k s, s the screen's and k the
/// screen's share against all other light, one for each channel because that light may be coloured. Cost: some
/// milliseconds, once at the end.
package struct LightMeasure {
  /// A frame's colour balance, or the change of it that is foreseen: three channels that add up to zero.
  private typealias Balance = SIMD3<Double>

  private let timeline: LightTimeline
  private let samples: [LightSample]
  private let times: [Double]
  private var strength = SIMD3<Double>(repeating: 1)
  private var delay = 0.0

  /// Seconds over which a frame gathers light.
  private static let exposure = 1.0 / 30
  /// Delays that are tried, in seconds.
  private static let delays = stride(from: -0.1, through: 0.5, by: 1.0 / 60)

  private init(_ timeline: LightTimeline, _ samples: [LightSample]) {
    (self.timeline, self.samples) = (timeline, samples)
    times = samples.map { ($0.at - samples[0].at).inSeconds }
  }

  /// The answer of the face in `samples`, in the order of time.
  package static func answer(_ timeline: LightTimeline, _ all: [LightSample]) -> LightAnswer {
    let seen = all.filter { sample in
      LightRegion.face.count { sample.colors[$0.index] != nil } >= 4
    }
    var answer = LightAnswer()
    answer.frames = seen.count
    guard seen.count >= 20 else { return answer }
    var measure = LightMeasure(timeline, seen)
    measure.fill(&answer)
    return answer
  }

  private mutating func fill(_ answer: inout LightAnswer) {
    let face = mean(of: LightRegion.face)
    guard !face.isEmpty else { return answer.frames = 0 }
    answer.activity = Self.root(face)
    findDelay(face)
    fitStrength(face)
    answer.delay = refineDelay(face)
    let foreseen = screen(delay: delay)
    let expected = level(foreseen.map { light in light.map { $0.sum() / 3 } }, strength)
    answer.correlation = Self.correlation(face, expected)
    answer.gain = exp((log(strength.x) + log(strength.y) + log(strength.z)) / 3)
    (answer.relief, answer.reliefError) = relief(foreseen)
    answer.background = share(LightRegion.background, foreseen)
    answer.neck = share([.neck], foreseen)
  }

  // MARK: what was measured

  /// The regions' colour balance over time, each region about its own mean, then their mean; without its trend.
  private func mean(of regions: [LightRegion]) -> [Balance] {
    var sums = [Balance](repeating: .zero, count: samples.count)
    var counts = [Int](repeating: 0, count: samples.count)
    for region in regions {
      guard let series = series(region) else { continue }
      for (index, value) in series.enumerated() {
        guard let value else { continue }
        sums[index] += value
        counts[index] += 1
      }
    }
    guard counts.contains(where: { $0 > 0 }) else { return [] }
    return level(sums.indices.map { sums[$0] / Double(max(counts[$0], 1)) })
  }

  /// A region's colour balance about its mean over time; nil when it is seen in less than half of the frames.
  private func series(_ region: LightRegion) -> [Balance?]? {
    let values = samples.map { sample in sample.colors[region.index].flatMap(Self.balance) }
    let seen = values.compactMap { $0 }
    guard seen.count * 2 >= values.count else { return nil }
    let middle = seen.reduce(.zero, +) / Double(seen.count)
    return values.map { value in value.map { $0 - middle } }
  }

  private static func balance(_ color: SIMD3<Double>) -> Balance? {
    guard color.min() > 1e-5 else { return nil }
    let logarithm = SIMD3(log(color.x), log(color.y), log(color.z))
    return logarithm - logarithm.sum() / 3
  }

  /// Without mean and trend over time.
  private func level(_ series: [Balance]) -> [Balance] {
    let count = Double(series.count)
    let middle = times.reduce(0, +) / count
    let mean = series.reduce(.zero, +) / count
    var (slope, square) = (Balance.zero, 0.0)
    for (index, value) in series.enumerated() {
      slope += (value - mean) * (times[index] - middle)
      square += (times[index] - middle) * (times[index] - middle)
    }
    slope /= max(square, 1e-9)
    return series.indices.map { series[$0] - mean - slope * (times[$0] - middle) }
  }

  // MARK: what is foreseen

  /// The screen's light at each frame: for each channel the three parts.
  private func screen(delay: Double) -> [[SIMD3<Double>]] {
    samples.map { sample in
      let end = sample.at - .nanoseconds(Int64(delay * 1e9))
      return timeline.mean(from: end - .nanoseconds(Int64(Self.exposure * 1e9)), to: end)
    }
  }

  /// The colour balance under the screen's light `light` (three channels a frame), without mean and trend.
  private func level(_ light: [[Double]], _ strength: SIMD3<Double>) -> [Balance] {
    level(light.map { Self.lit($0, strength) })
  }

  private static func lit(_ light: [Double], _ strength: SIMD3<Double>) -> Balance {
    let logarithm = SIMD3(
      log1p(strength.x * light[0]), log1p(strength.y * light[1]), log1p(strength.z * light[2]))
    return logarithm - logarithm.sum() / 3
  }

  private func whole(_ delay: Double) -> [[Double]] { screen(delay: delay).map { $0.map { $0.sum() / 3 } } }

  private mutating func findDelay(_ face: [Balance]) {
    var best = -2.0
    for delay in Self.delays {
      let light = whole(delay)
      for strength in [0.2, 2.0] {
        let match = Self.correlation(face, level(light, SIMD3(repeating: strength)))
        if match > best { (best, self.delay, self.strength) = (match, delay, SIMD3(repeating: strength)) }
      }
    }
  }

  /// The screen's share in each channel that explains the face's colours best.
  private mutating func fitStrength(_ face: [Balance]) {
    let light = whole(delay)
    func rest(_ strength: SIMD3<Double>) -> Double {
      zip(face, level(light, strength)).reduce(0) { $0 + ($1.0 - $1.1).squared }
    }
    var best = (strength, Double.infinity)
    for power in stride(from: -9.0, through: 5.0, by: 1) {
      let tried = SIMD3(repeating: pow(2, power))
      let left = rest(tried)
      if left < best.1 { best = (tried, left) }
    }
    for step in [1.6, 1.25, 1.1] {
      for _ in 0..<3 {
        for channel in 0..<3 {
          for factor in [step, 1 / step] {
            var tried = best.0
            tried[channel] = min(max(tried[channel] * factor, 1e-3), 64)
            let left = rest(tried)
            if left < best.1 { best = (tried, left) }
          }
        }
      }
    }
    strength = best.0
  }

  /// The delay between the tried ones at which the agreement is best.
  private mutating func refineDelay(_ face: [Balance]) -> Double {
    let step = 1.0 / 120
    func match(_ delay: Double) -> Double { Self.correlation(face, level(whole(delay), strength)) }
    var tried = (-3...3).map { ($0, match(delay + Double($0) * step)) }
    tried.sort { $0.1 > $1.1 }
    let middle = delay + Double(tried[0].0) * step
    let (before, at, after) = (match(middle - step), tried[0].1, match(middle + step))
    let bend = before - 2 * at + after
    delay = bend < -1e-12 ? middle + step * min(max((before - after) / (2 * bend), -1), 1) : middle
    return delay
  }

  // MARK: shape and surroundings

  /// Differences between places that a head shows and a flat picture does not.
  private func relief(_ light: [[SIMD3<Double>]]) -> (Double?, Double?) {
    let pairs: [(LightRegion, LightRegion)] = [
      (.leftCheek, .rightCheek), (.leftNose, .rightNose), (.forehead, .chin),
    ]
    var (product, square, rest, count) = (0.0, 0.0, 0.0, 0)
    var all: [([Balance], [Balance])] = []
    for (first, second) in pairs {
      guard let a = series(first), let b = series(second) else { continue }
      var (measured, foreseen) = ([Balance](), [Balance]())
      for index in samples.indices {
        let known = (a[index], b[index], weights(first, index), weights(second, index))
        guard let x = known.0, let y = known.1, let v = known.2, let w = known.3 else {
          measured.append(.zero)
          foreseen.append(.zero)
          continue
        }
        measured.append(x - y)
        let near = light[index].map { ($0 * v).sum() }
        let far = light[index].map { ($0 * w).sum() }
        foreseen.append(Self.lit(near, strength) - Self.lit(far, strength))
      }
      // Skin in shadow answers more to the same light: that part of a difference tells nothing about its shape.
      let even = level(light.map { light in light.map { $0.sum() / 3 } }, strength)
      all.append((Self.without(even, level(measured)), Self.without(even, level(foreseen))))
    }
    for (measured, foreseen) in all {
      for (x, q) in zip(measured, foreseen) {
        product += (x * q).sum()
        square += q.squared
        count += 2
      }
    }
    guard square > 1e-9, count > 20 else { return (nil, nil) }
    let relief = product / square
    for (measured, foreseen) in all {
      for (x, q) in zip(measured, foreseen) { rest += (x - q * relief).squared }
    }
    // Neighbouring frames share their noise (compression): taken as a third of independent ones.
    return (relief, (3 * rest / Double(count) / square).squareRoot())
  }

  /// What is left of `series` when the part along `common` is taken away.
  private static func without(_ common: [Balance], _ series: [Balance]) -> [Balance] {
    let square = common.reduce(0) { $0 + $1.squared }
    guard square > 1e-12 else { return series }
    let share = zip(common, series).reduce(0) { $0 + ($1.0 * $1.1).sum() } / square
    return zip(common, series).map { $1 - $0 * share }
  }

  private func weights(_ region: LightRegion, _ index: Int) -> SIMD3<Double>? {
    samples[index].weights[region.index]
  }

  /// The answer of regions in parts of the face's, at the same delay.
  private func share(_ regions: [LightRegion], _ light: [[SIMD3<Double>]]) -> Double? {
    let measured = mean(of: regions)
    guard !measured.isEmpty else { return nil }
    let whole = light.map { $0.map { $0.sum() / 3 } }
    var best = (0.0, Double.infinity)
    for share in stride(from: 0.0, through: 2.0, by: 0.05) {
      let rest = zip(measured, level(whole, strength * share)).reduce(0) { $0 + ($1.0 - $1.1).squared }
      if rest < best.1 { best = (share, rest) }
    }
    return best.0
  }

  private static func correlation(_ a: [Balance], _ b: [Balance]) -> Double {
    let product = zip(a, b).reduce(0) { $0 + ($1.0 * $1.1).sum() }
    let size = (a.reduce(0) { $0 + $1.squared } * b.reduce(0) { $0 + $1.squared }).squareRoot()
    return size > 1e-12 ? product / size : 0
  }

  private static func root(_ series: [Balance]) -> Double {
    (series.reduce(0) { $0 + $1.squared } / Double(max(series.count, 1))).squareRoot()
  }
}

extension SIMD3<Double> {
  fileprivate var squared: Double { (self * self).sum() }
}
