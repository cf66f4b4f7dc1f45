import Calibration
import Foundation
import Observations
import Quantities

/// Whether a face's movement repeats what it did before: a recording played again and again.
///
/// The signal has six parts, sampled fifteen times a second: the place of the nose bridge, the size, the lean, and the
/// openings of eyes and mouth. The last seconds are held against every earlier stretch; the answer is the largest
/// share of their variance that an earlier stretch explains: near 1 for a loop, well below for a person, who never
/// moves twice alike. Still parts explain nothing, so a face at rest is no loop. Memory: 30 seconds of six numbers.
/// Cost: some 300 comparisons of 60 samples, once in half a second.
struct LoopDetector: Sendable, Equatable {
  private static let rate = 15.0
  private static let capacity = 450
  private static let window = 60
  private static let leastLag = 15
  private let limits: MotionLimits
  private var samples: [[Double]] = []
  private var last: MonotonicInstant?
  private var sinceLook = 0
  /// Largest share of the last seconds' variance that an earlier stretch explains; nil before it can be said.
  private(set) var value: Float?

  /// Seconds of samples so far.
  var observedSeconds: Double { Double(samples.count) / Self.rate }
  /// Seconds needed before a loop of two seconds can be seen.
  static let requiredSeconds = Double(window + 2 * leastLag) / rate

  init(_ limits: MotionLimits) { self.limits = limits }

  mutating func observe(_ landmarks: Landmarks68, at now: MonotonicInstant) {
    if let last, (now - last).inSeconds < 0.999 / Self.rate {
      // Twenty frames a second and the like: take the nearest frame, never two for one sample.
      return
    }
    if let last, (now - last).inSeconds > 0.5 { (samples, value) = ([], nil) }
    last = now
    guard let sample = Self.sample(landmarks) else { return }
    if samples.count == Self.capacity { samples.removeFirst() }
    samples.append(sample)
    sinceLook += 1
    guard sinceLook >= 8, observedSeconds >= Self.requiredSeconds else { return }
    sinceLook = 0
    value = repeated()
  }

  private static func sample(_ landmarks: Landmarks68) -> [Double]? {
    let scale = landmarks.interocularDistance
    guard scale > 1, let right = AspectRatios.eye(landmarks.rightEye),
      let left = AspectRatios.eye(landmarks.leftEye), let mouth = AspectRatios.mouth(landmarks)
    else { return nil }
    let (nose, across) = (landmarks.points[27], landmarks.points[45].vector - landmarks.points[36].vector)
    return [
      Double(nose.x / scale), Double(nose.y / scale), Double(log(scale)), Double(atan2(across.y, across.x)),
      Double(right + left) / 2, Double(mouth),
    ]
  }

  private func repeated() -> Float {
    let start = samples.count - Self.window
    let recent = samples[start...]
    let spread = Self.spread(recent)
    guard spread > limits.loopLeastSpread * limits.loopLeastSpread else { return 0 }
    var best = 0.0
    for first in 0...(start - Self.leastLag) {
      var sum = 0.0
      for index in 0..<Self.window {
        for part in 0..<6 {
          let d = samples[start + index][part] - samples[first + index][part]
          sum += d * d
        }
        if sum > spread * Double(Self.window) { break }
      }
      best = max(best, 1 - sum / Double(Self.window) / spread)
    }
    return Float(best)
  }

  /// Mean squared distance from the mean.
  private static func spread(_ part: ArraySlice<[Double]>) -> Double {
    (0..<6).reduce(0.0) { total, index in
      let mean = part.reduce(0.0) { $0 + $1[index] } / Double(part.count)
      return total + part.reduce(0.0) { $0 + ($1[index] - mean) * ($1[index] - mean) } / Double(part.count)
    }
  }
}
