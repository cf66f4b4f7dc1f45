import Foundation

/// How the pulse's signal is made from a skin region's mean colours.
public enum PulseMethod: String, Sendable, CaseIterable {
  /// The plane orthogonal to the skin tone (Wang et al., Algorithmic Principles of Remote PPG, 2017).
  case pos
  /// Two chrominance signals, their difference tuned to cancel motion (de Haan and Jeanne, 2013).
  case chrom
}

/// A region's colours at an even rate, and the pulse's waveform in them.
struct PulseSignal {
  /// Samples a second after resampling.
  static let rate = 30.0
  /// Seconds of one overlap-add piece.
  private static let piece = 1.6

  /// Colours at `times` (seconds, rising) brought to an even rate by straight lines. Empty when there are too few.
  static func resampled(_ colors: [SIMD3<Double>], at times: [Double]) -> [SIMD3<Double>] {
    guard let first = times.first, let last = times.last, times.count == colors.count, last > first else {
      return []
    }
    var index = 0
    return (0...Int((last - first) * rate)).map { step in
      let time = first + Double(step) / rate
      while index + 2 < times.count, times[index + 1] < time { index += 1 }
      let span = times[index + 1] - times[index]
      let share = span > 0 ? min(max((time - times[index]) / span, 0), 1) : 0
      return colors[index] + (colors[index + 1] - colors[index]) * share
    }
  }

  /// The pulse's waveform, without unit, as long as `colors`: each piece is made of its own mean, tuned, and added
  /// with Hann's window to its half-overlapping neighbours.
  static func waveform(_ colors: [SIMD3<Double>], _ method: PulseMethod) -> [Double] {
    let length = Int(piece * rate)
    var sum = [Double](repeating: 0, count: colors.count)
    guard colors.count >= length else { return sum }
    for start in stride(from: 0, through: colors.count - length, by: max(1, length / 16)) {
      let part = colors[start..<start + length]
      let mean = part.reduce(SIMD3<Double>.zero, +) / Double(length)
      guard mean.min() > 1e-6 else { continue }
      let (a, b) = axes(part.map { $0 / mean }, method)
      let spread = deviation(b)
      let share = spread > 1e-12 ? deviation(a) / spread : 0
      let sign: Double = method == .pos ? 1 : -1
      let wave = zip(a, b).map { $0 + sign * share * $1 }
      let level = wave.reduce(0, +) / Double(length)
      for index in 0..<length {
        let window = 0.5 - 0.5 * cos(2 * .pi * (Double(index) + 0.5) / Double(length))
        sum[start + index] += (wave[index] - level) * window
      }
    }
    return sum
  }

  private static func axes(_ c: [SIMD3<Double>], _ method: PulseMethod) -> ([Double], [Double]) {
    switch method {
    case .pos: (c.map { $0.y - $0.z }, c.map { $0.y + $0.z - 2 * $0.x })
    case .chrom:
      (c.map { 3 * $0.x - 2 * $0.y }, c.map { 1.5 * $0.x + $0.y - 1.5 * $0.z })
    }
  }

  private static func deviation(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(values.count)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
  }
}
