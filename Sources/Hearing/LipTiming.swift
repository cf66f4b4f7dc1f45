public import Calibration
import Foundation
public import Observations
import Quantities

/// Compares one mouth with a voice: pure, the same series give the same numbers.
///
/// Mouth and voice are turned into a few numbers that go together in people who talk (``LipRules``). Their correlation is
/// taken for each shift of one against the other up to a second either way. Where it is highest lies the offset; how far it
/// stands out of all others says whether the two belong together at all. The interval of the offset is a jackknife over
/// stretches of a second: what would be found if each of them had not been seen. Cost: grows with the time that is compared.
public struct LipTiming: Sendable {
  /// Shifts up to this many instants of the grid are looked at: a second.
  static let reach = LipSeries.rate
  /// Offsets are looked for up to this many instants; what lies beyond shows how high chance goes.
  static let search = LipSeries.rate * 7 / 10
  /// Around the best shift, so many instants belong to it.
  private static let around = 10
  /// Instants of one stretch of the jackknife.
  private static let stretch = LipSeries.rate
  /// Half of the time, in instants, over which movement is judged.
  private static let movement = 12

  private let rules: LipRules

  /// A comparison by the rules of a calibration.
  public init(_ rules: LipRules) { self.rules = rules }

  /// Seconds of voice in `voice` (one row an instant: the bands' loudness, and the network's confidence behind them).
  public func voicedSeconds(_ voice: LipSeries) -> Double {
    let count = voice.rows.count { ($0?.last ?? 0) >= rules.limits.voice }
    return Double(count) / Double(LipSeries.rate)
  }

  /// How `mouth` goes with `voice`; pending until enough voice was heard while the mouth was seen.
  public func agreement(mouth: LipSeries, voice: LipSeries) -> Evidence<LipAgreement> {
    let range = max(mouth.first, voice.first)..<max(max(mouth.first, voice.first), min(mouth.end, voice.end))
    let (shapes, heard) = (mouth.rows(range), voice.rows(range))
    let isVoiced = heard.map { ($0?.last ?? 0) >= rules.limits.voice }
    let both = zip(shapes, isVoiced).count { $0 != nil && $1 }
    let seconds = Double(both) / Double(LipSeries.rate)
    guard seconds >= rules.limits.voicedSeconds else {
      return .pending(observed: seconds, required: rules.limits.voicedSeconds)
    }
    let lips = LipFilter.normalized(shapes)
    let sound = LipFilter.normalized(heard.map { $0.map { Array($0.dropLast()) } })
    guard let found = offset(mouthNumbers(lips), voiceNumbers(sound)) else {
      return .pending(observed: 0, required: rules.limits.voicedSeconds)
    }
    let (resting, silent) = shares(shapes, isVoiced)
    let milliseconds = 1000 / Double(LipSeries.rate)
    let at = MonotonicInstant(seconds: Double(range.upperBound) / Double(LipSeries.rate))
    return .measured(
      LipAgreement(
        offset: found.shift * milliseconds - rules.lead,
        uncertainty: min(max(rules.widening * found.deviation * milliseconds * 1.96, 10), 2000),
        strength: found.strength, voicedSeconds: seconds, restingShare: resting, silentShare: silent,
        moveTogether: found.strength >= rules.limits.strength), at: at)
  }

  /// The components of a mouth: its shape at several lags; nil where one of them is not known.
  private func mouthNumbers(_ lips: [[Double]?]) -> [[Double]?] {
    lips.indices.map { place in
      var sums = [Double](repeating: 0, count: rules.weights.count)
      for (number, lag) in rules.lags.enumerated() {
        guard lips.indices.contains(place - lag), let row = lips[place - lag] else { return nil }
        for component in sums.indices {
          for column in 0..<MouthShape.count {
            sums[component] += row[column] * rules.mouth[component][number * MouthShape.count + column]
          }
        }
      }
      return sums
    }
  }

  private func voiceNumbers(_ sound: [[Double]?]) -> [[Double]?] {
    sound.map { row in
      row.map { row in rules.voice.map { weights in zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 } } }
    }
  }

  private struct Found {
    /// In instants; above 0 the voice is behind.
    var shift: Double
    var deviation: Double
    var strength: Double
  }

  /// The best shift of the voice against the mouth.
  private func offset(_ mouth: [[Double]?], _ voice: [[Double]?]) -> Found? {
    let count = mouth.count
    let stretches = max(count / Self.stretch, 1)
    guard count > 2 * Self.reach / 2, stretches >= 2 else { return nil }
    let shifts = 2 * Self.reach + 1
    // Of each stretch and shift: products and squares, so that a stretch can be left out afterwards.
    var parts = [[SIMD3<Double>]](
      repeating: [SIMD3<Double>](repeating: .zero, count: shifts * rules.weights.count), count: stretches)
    for place in 0..<count {
      guard let lips = mouth[place] else { continue }
      let stretch = min(place / Self.stretch, stretches - 1)
      for shift in max(-Self.reach, -place)...min(Self.reach, count - 1 - place) {
        guard let sound = voice[place + shift] else { continue }
        for component in rules.weights.indices {
          let (one, other) = (lips[component], sound[component])
          parts[stretch][(shift + Self.reach) * rules.weights.count + component] += SIMD3(
            one * other, one * one, other * other)
        }
      }
    }
    let all = parts.reduce([SIMD3<Double>](repeating: .zero, count: shifts * rules.weights.count)) {
      zip($0, $1).map { $0 + $1 }
    }
    let curve = correlations(all)
    guard let best = peak(curve) else { return nil }
    let left = parts.compactMap { part in peak(correlations(zip(all, part).map { $0 - $1 })) }
    guard left.count == stretches else { return nil }
    let mean = left.reduce(0, +) / Double(stretches)
    let spread = left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let others = curve.enumerated().filter {
      abs(Double($0.offset - Self.reach) - best) > Double(Self.around)
    }
    .map(\.element)
    let level = others.reduce(0, +) / Double(others.count)
    let noise = (others.reduce(0) { $0 + ($1 - level) * ($1 - level) } / Double(others.count)).squareRoot()
    let height = curve[Int(best.rounded()) + Self.reach]
    return Found(
      shift: best, deviation: (spread * Double(stretches - 1) / Double(stretches)).squareRoot(),
      strength: (height - level) / (noise + 1e-9))
  }

  /// The weighted correlation of all components at each shift.
  private func correlations(_ sums: [SIMD3<Double>]) -> [Double] {
    let total = rules.weights.reduce(0, +)
    return stride(from: 0, to: sums.count, by: rules.weights.count).map { start in
      rules.weights.indices.reduce(0) { value, component in
        let sum = sums[start + component]
        return value + rules.weights[component] / total * sum.x / (sum.y * sum.z + 1e-12).squareRoot()
      }
    }
  }

  /// The highest place within ``search``, between instants by a parabola.
  private func peak(_ curve: [Double]) -> Double? {
    let places = Self.reach - Self.search...Self.reach + Self.search
    guard let best = places.max(by: { curve[$0] < curve[$1] }), curve[best].isFinite else { return nil }
    let (before, top, after) = (curve[best - 1], curve[best], curve[best + 1])
    let bend = before - 2 * top + after
    let part = bend < -1e-12 ? min(max(0.5 * (before - after) / bend, -0.5), 0.5) : 0
    return Double(best - Self.reach) + part
  }

  /// Parts of the voice with resting lips, and of the lips' movement without a voice.
  private func shares(_ shapes: [[Double]?], _ isVoiced: [Bool]) -> (resting: Double, silent: Double) {
    let openings = LipFilter.smooth(shapes.map { $0.map { [$0[MouthShape.opening]] } }, LipFilter.fine)
    var (voiced, resting, moving, silent) = (0, 0, 0, 0)
    for place in openings.indices where openings[place] != nil {
      let range = max(place - Self.movement, 0)...min(place + Self.movement, openings.count - 1)
      let seen = range.compactMap { openings[$0]?[0] }
      guard seen.count > Self.movement else { continue }
      let mean = seen.reduce(0, +) / Double(seen.count)
      let spread = (seen.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(seen.count)).squareRoot()
      let rests = spread < rules.limits.resting
      if isVoiced[place] { voiced += 1 }
      if isVoiced[place], rests { resting += 1 }
      if !rests { moving += 1 }
      if !rests, !range.contains(where: { isVoiced[$0] }) { silent += 1 }
    }
    return (Double(resting) / Double(max(voiced, 1)), Double(silent) / Double(max(moving, 1)))
  }
}
