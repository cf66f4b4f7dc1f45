import Foundation
import Observations
import Quantities

/// The loudness of a voice in five bands, 50 times a second.
///
/// The bands follow what a mouth does: the fundamental, the first resonance, which rises with the opening of the mouth, the
/// second and third, which follow lips and tongue, and the hiss of consonants. Each band is a pair of second-order
/// band-pass filters (Zölzer and others; formulas of R. Bristow-Johnson's "Audio EQ cookbook"), squared, averaged over 20 ms
/// and taken as a logarithm. Pure but for the filters' memory, which a gap in the sound clears.
struct VoiceBands {
  /// Loudness of each band at an instant.
  struct Sample: Equatable {
    let time: MonotonicInstant
    /// Decadic logarithm of the mean square, one a band.
    let loudness: [Double]
  }

  /// Edges of the bands in Hz.
  static let edges: [(low: Double, high: Double)] = [
    (100, 400), (400, 900), (900, 2000), (2000, 4000), (4000, 7500),
  ]
  /// Samples of sound for one value.
  static let hop = SoundBlock.rate / LipSeries.rate
  private static let quiet = 1e-7

  private var filters = Self.edges.map { BandPass($0.low, $0.high) }
  private var sums = [Double](repeating: 0, count: Self.edges.count)
  private var count = 0
  private var start: MonotonicInstant?
  private var end: MonotonicInstant?

  /// Takes the next sound and gives the values that are complete with it.
  mutating func hear(_ block: SoundBlock) -> [Sample] {
    if let end, block.start - end > VoiceRecorder.longestGap { self = VoiceBands() }
    var found: [Sample] = []
    for (place, sample) in block.samples.enumerated() {
      if count == 0 { start = block.start + SoundBlock.length(place) }
      for band in filters.indices {
        let value = filters[band].filter(Double(sample))
        sums[band] += value * value
      }
      count += 1
      guard count == Self.hop, let start else { continue }
      found.append(
        Sample(
          time: start + SoundBlock.length(Self.hop / 2),
          loudness: sums.map { log10($0 / Double(Self.hop) + Self.quiet) }))
      sums = sums.map { _ in 0 }
      count = 0
    }
    end = block.end
    return found
  }
}

/// Two equal band-pass filters of second order behind each other, 0 dB in the middle.
private struct BandPass {
  private let gain, back1, back2: Double
  private var memory: (Double, Double, Double, Double) = (0, 0, 0, 0)
  private var second: (Double, Double, Double, Double) = (0, 0, 0, 0)

  init(_ low: Double, _ high: Double) {
    let centre = (low * high).squareRoot()
    let angle = 2 * Double.pi * centre / Double(SoundBlock.rate)
    let alpha = sin(angle) * (high - low) / (2 * centre)
    gain = alpha / (1 + alpha)
    back1 = -2 * cos(angle) / (1 + alpha)
    back2 = (1 - alpha) / (1 + alpha)
  }

  mutating func filter(_ sample: Double) -> Double { step(step(sample, &memory), &second) }

  /// Memory: the two inputs and the two outputs before.
  private func step(_ input: Double, _ memory: inout (Double, Double, Double, Double)) -> Double {
    var output = gain * (input - memory.1) - back1 * memory.2 - back2 * memory.3
    // Numbers too small to matter are slow to compute with.
    if abs(output) < 1e-30 { output = 0 }
    memory = (input, memory.0, output, memory.2)
    return output
  }
}
