import Calibration
import Foundation
import Observations
import Quantities

/// The small unrest of a head that is held by muscles: what a picture on a stand does not have.
///
/// The place of the whole face (mean of nose and eye corners), without its slow part (half a second's mean), as root
/// mean square over about two seconds in interocular distances. The landmark network's own noise sets a floor, and a
/// hand that holds a picture moves too: it speaks only against still pictures.
struct MicroMotion: Sendable, Equatable {
  private static let rigid = [27, 28, 29, 30, 36, 39, 42, 45]
  private let limits: MotionLimits
  private var slow: SIMD2<Double>?
  private var power = 0.0
  private var last: MonotonicInstant?
  private(set) var observedSeconds = 0.0

  var value: Float { Float(power.squareRoot()) }

  init(_ limits: MotionLimits) { self.limits = limits }

  mutating func observe(_ landmarks: Landmarks68, at now: MonotonicInstant) {
    let scale = Double(landmarks.interocularDistance)
    guard scale > 1 else { return }
    let sum = Self.rigid.reduce(SIMD2<Float>.zero) { $0 + landmarks.points[$1].vector }
    let place = SIMD2(Double(sum.x), Double(sum.y)) / Double(Self.rigid.count)
    guard let last, let slow, now > last else {
      (self.last, self.slow) = (now, place)
      return
    }
    let step = min((now - last).inSeconds, 0.25)
    self.last = now
    observedSeconds += step
    let difference = (place - slow) / scale
    self.slow = slow + (place - slow) * (1 - exp(-step / limits.unrestPlaceSeconds))
    power += ((difference * difference).sum() - power) * (1 - exp(-step / limits.unrestPowerSeconds))
  }
}
