import Foundation
public import Observations

/// The rate and quality of the pulse in the colours of one or several skin regions over one stretch of time.
public struct PulseEstimator: Sendable {
  /// Beats a second that are looked for.
  static let band = 0.7...4.0
  private static let step = 1.0 / 120
  /// Half width of the peak in the signal-to-noise ratio, in beats a second (de Haan and Jeanne 2013).
  private static let peakHalfWidth = 0.1

  private let method: PulseMethod

  /// An estimator by this method.
  public init(_ method: PulseMethod) { self.method = method }

  /// The pulse in `colors` (mean red, green, blue, any unit) at `times` in seconds, rising; nil for less than four
  /// seconds or black. Cost: about a millisecond for ten seconds.
  public func pulse(_ colors: [SIMD3<Double>], at times: [Double]) -> Pulse? {
    spectrum(colors, at: times).flatMap(Self.pulse)
  }

  /// How alike the regions' pulses are: the mean, over all pairs, of the correlation of their spectra in the band; 1
  /// when all have one peak at one rate. A forgery that paints each region by itself has a lower one (Ciftci et al.,
  /// FakeCatcher, 2020, uses the same idea with a network). Nil for fewer than two regions that can be measured.
  public func agreement(_ regions: [[SIMD3<Double>]], at times: [Double]) -> Double? {
    Self.agreement(of: regions.compactMap { spectrum($0, at: times) })
  }

  /// The mean correlation of all pairs of spectra; nil for fewer than two.
  static func agreement(of spectra: [[Double]]) -> Double? {
    guard spectra.count >= 2 else { return nil }
    var (sum, pairs) = (0.0, 0.0)
    for i in spectra.indices {
      for j in spectra.indices where j > i {
        sum += correlation(spectra[i], spectra[j])
        pairs += 1
      }
    }
    return sum / pairs
  }

  /// Power at each rate of the band, `step` apart.
  func spectrum(_ colors: [SIMD3<Double>], at times: [Double]) -> [Double]? {
    let even = PulseSignal.resampled(colors, at: times)
    guard Double(even.count) >= 4 * PulseSignal.rate else { return nil }
    let wave = PulseSignal.waveform(even, method)
    let count = Double(wave.count)
    let shaped = wave.enumerated().map { $1 * (0.5 - 0.5 * cos(2 * .pi * (Double($0) + 0.5) / count)) }
    guard shaped.contains(where: { abs($0) > 1e-12 }) else { return nil }
    return stride(from: Self.band.lowerBound, through: Self.band.upperBound, by: Self.step).map { rate in
      // Goertzel's recursion: the power at one frequency.
      let turn = 2 * cos(2 * .pi * rate / PulseSignal.rate)
      var (a, b) = (0.0, 0.0)
      for value in shaped { (a, b) = (value + turn * a - b, a) }
      return a * a + b * b - turn * a * b
    }
  }

  static func pulse(_ spectrum: [Double]) -> Pulse? {
    guard let top = spectrum.indices.max(by: { spectrum[$0] < spectrum[$1] }), spectrum[top] > 0 else {
      return nil
    }
    var place = Double(top)
    if top > 0, top + 1 < spectrum.count {
      // The parabola through the peak and its neighbours.
      let (l, c, r) = (spectrum[top - 1], spectrum[top], spectrum[top + 1])
      let bend = l - 2 * c + r
      if abs(bend) > 1e-30 { place += 0.5 * (l - r) / bend }
    }
    let rate = band.lowerBound + place * step
    var (signal, noise) = (0.0, 0.0)
    for index in spectrum.indices {
      let at = band.lowerBound + Double(index) * step
      let isPulse = abs(at - rate) <= peakHalfWidth || abs(at - 2 * rate) <= peakHalfWidth
      if isPulse { signal += spectrum[index] } else { noise += spectrum[index] }
    }
    let ratio = min(max(10 * log10(signal / max(noise, signal * 1e-9)), -60), 60)
    return Pulse(beatsPerMinute: rate * 60, signalToNoise: ratio)
  }

  private static func correlation(_ a: [Double], _ b: [Double]) -> Double {
    let n = Double(a.count)
    let (ma, mb) = (a.reduce(0, +) / n, b.reduce(0, +) / n)
    var (ab, aa, bb) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
      ab += (x - ma) * (y - mb)
      aa += (x - ma) * (x - ma)
      bb += (y - mb) * (y - mb)
    }
    return aa > 0 && bb > 0 ? ab / (aa * bb).squareRoot() : 0
  }
}
