import Calibration
import Foundation
import Observations
import Quantities

/// How much a face changes its shape, apart from moving as a whole: what a print or a still cannot do.
///
/// The landmarks of eyes and mouth are brought to a common place by a similarity transform fitted on the points that
/// expressions hardly move, and followed by a slow mean; the root mean square distance from it, averaged over about
/// two seconds, in interocular distances. A tilt of a flat picture also changes it a little: it is evidence, not proof.
struct NonRigidMotion: Sendable, Equatable {
  /// Nose bridge and the outer and inner eye corners.
  private static let rigid = [27, 28, 29, 30, 36, 39, 42, 45]
  private static let soft = Array(37...38) + Array(40...41) + Array(43...44) + Array(46...47) + Array(48..<68)
  private let limits: MotionLimits
  private var reference: [PixelPoint]?
  private var mean: [SIMD2<Float>] = []
  private var power = 0.0
  private var last: MonotonicInstant?
  private(set) var observedSeconds = 0.0

  /// Root mean square of the recent change, in interocular distances.
  var value: Float { Float(power.squareRoot()) }

  init(_ limits: MotionLimits) { self.limits = limits }

  mutating func observe(_ landmarks: Landmarks68, at now: MonotonicInstant) {
    let points = Self.rigid.map { landmarks.points[$0] }
    let scale = landmarks.interocularDistance
    guard scale > 1 else { return }
    let target = reference ?? points.map { PixelPoint($0.vector / scale) }
    guard let fit = SimilarityTransform.fit(points, onto: target) else { return }
    reference = target
    let shape = Self.soft.map { fit(landmarks.points[$0]).vector }
    guard let last, !mean.isEmpty else {
      (mean, self.last) = (shape, now)
      return
    }
    let step = min(max((now - last).inSeconds, 0), 0.25)
    self.last = now
    observedSeconds += step
    var sum: Float = 0
    let follow = Float(1 - exp(-step / limits.shapeMeanSeconds))
    for index in shape.indices {
      let difference = shape[index] - mean[index]
      sum += (difference * difference).sum()
      mean[index] += difference * follow
    }
    let share = 1 - exp(-step / limits.shapePowerSeconds)
    power += (Double(sum) / Double(shape.count) - power) * share
  }
}
