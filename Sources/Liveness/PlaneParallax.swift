import Calibration
import Foundation
import Observations
import Quantities

/// Whether a turning face moves as a plane: a print or a screen in the hand does, a head does not (its nose goes
/// further than its ears).
///
/// Views are kept half a second apart. The newest view is held against the kept one from which the whole face changed
/// most; its change is what a shift, turn and scale leave over, and parallax is the part of it that a plane's
/// projective map leaves over as well: 0 for a plane, more for a head, noise over movement when nothing turns. So it is
/// measured only when the change is large. Landmarks that expressions hardly move: nose, eye corners, ends of the jaw.
/// Memory: 16 views. Cost: one least-squares fit for each view kept, some ten microseconds a frame.
struct PlaneParallax: Sendable, Equatable {
  private static let rigid = [0, 1, 2, 14, 15, 16, 27, 28, 29, 30, 31, 33, 35, 36, 39, 42, 45]
  private static let views = 16
  /// Measurements averaged.
  private static let memory = 30

  private let limits: MotionLimits
  private var kept: [[SIMD2<Double>]] = []
  private var lastKept: MonotonicInstant?
  private var shares: [Double] = []
  /// Largest change between two views so far, in interocular distances.
  private(set) var largestChange = 0.0

  /// The median share of the recent measurements; nil before there are enough.
  var value: Float? {
    guard shares.count >= 5 else { return nil }
    return Float(shares.sorted()[shares.count / 2])
  }

  init(_ limits: MotionLimits) { self.limits = limits }

  mutating func observe(_ landmarks: Landmarks68, at now: MonotonicInstant) {
    let scale = Double(landmarks.interocularDistance)
    guard scale > 1 else { return }
    let points = Self.rigid.map { index -> SIMD2<Double> in
      let p = landmarks.points[index].vector
      return SIMD2(Double(p.x), Double(p.y)) / scale
    }
    let center = points.reduce(SIMD2<Double>.zero, +) / Double(points.count)
    let view = points.map { $0 - center }
    var best: (change: Double, view: [SIMD2<Double>])?
    for old in kept {
      let change = Self.change(old, view)
      if change > best?.change ?? 0 { best = (change, old) }
    }
    if let best {
      largestChange = max(largestChange, best.change)
      if best.change >= limits.parallaxLeastChange, let left = Self.planeResidual(best.view, view) {
        if shares.count == Self.memory { shares.removeFirst() }
        shares.append(left / best.change)
      }
    }
    guard lastKept.map({ (now - $0).inSeconds >= limits.parallaxApartSeconds }) ?? true else { return }
    lastKept = now
    if kept.count == Self.views { kept.removeFirst() }
    kept.append(view)
  }

  /// Root mean square of what the best similarity transform of `a` leaves to `b`.
  private static func change(_ a: [SIMD2<Double>], _ b: [SIMD2<Double>]) -> Double {
    var (power, real, imaginary) = (0.0, 0.0, 0.0)
    for (p, q) in zip(a, b) {
      power += (p * p).sum()
      real += (p * q).sum()
      imaginary += p.x * q.y - p.y * q.x
    }
    guard power > 0 else { return 0 }
    (real, imaginary) = (real / power, imaginary / power)
    let sum = zip(a, b).reduce(0.0) { sum, pair in
      let (p, q) = pair
      let d = q - SIMD2(real * p.x - imaginary * p.y, imaginary * p.x + real * p.y)
      return sum + (d * d).sum()
    }
    return (sum / Double(a.count)).squareRoot()
  }

  private static func planeResidual(_ a: [SIMD2<Double>], _ b: [SIMD2<Double>]) -> Double? {
    guard let fit = PlaneFit(a, onto: b) else { return nil }
    var sum = 0.0
    for (p, q) in zip(a, b) {
      guard let shown = fit(p) else { return nil }
      let d = q - shown
      sum += (d * d).sum()
    }
    return (sum / Double(a.count)).squareRoot()
  }
}
