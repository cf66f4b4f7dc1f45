import Calibration
import Observations
import Quantities

/// The cues that come from how a face moves, each as evidence with its reason when it is missing.
///
/// Parallax, loop and unrest do not separate live from attack on every source measured (docs/measurements/liveness.md):
/// they are measured where that is asked for and reported, and take no part in the probability nor in a verdict.
struct MotionCues: Sendable {
  private(set) var shape: NonRigidMotion
  private let limits: MotionLimits
  private var trial: Trial?

  /// The cues that are tried out.
  private struct Trial: Sendable {
    var parallax: PlaneParallax
    var loop: LoopDetector
    var micro: MicroMotion
  }

  init(_ limits: MotionLimits, triesCues: Bool) {
    self.limits = limits
    shape = NonRigidMotion(limits)
    guard triesCues else { return }
    trial = Trial(parallax: PlaneParallax(limits), loop: LoopDetector(limits), micro: MicroMotion(limits))
  }

  mutating func observe(_ face: Face, at now: MonotonicInstant, _ state: inout LivenessState) {
    shape.observe(face.landmarks, at: now)
    state.nonRigidMotion =
      shape.observedSeconds < limits.shapeRequiredSeconds
      ? .pending(observed: shape.observedSeconds, required: limits.shapeRequiredSeconds)
      : .measured(shape.value, at: now)
    if trial != nil {
      tryOut(face, at: now, &state)
    } else {
      (state.parallax, state.loop) = (.unavailable(.notValidated), .unavailable(.notValidated))
      state.microMotion = .unavailable(.notValidated)
    }
  }

  private mutating func tryOut(_ face: Face, at now: MonotonicInstant, _ state: inout LivenessState) {
    guard var trial else { return }
    self.trial = nil
    defer { self.trial = trial }
    trial.parallax.observe(face.landmarks, at: now)
    trial.loop.observe(face.landmarks, at: now)
    trial.micro.observe(face.landmarks, at: now)
    // Not enough turn yet: how much there was, of what is needed.
    state.parallax =
      trial.parallax.value.map { .measured($0, at: now) }
      ?? .pending(
        observed: min(trial.parallax.largestChange, limits.parallaxLeastChange * 0.99),
        required: limits.parallaxLeastChange)
    state.loop =
      trial.loop.value.map { .measured($0, at: now) }
      ?? .pending(
        observed: min(trial.loop.observedSeconds, LoopDetector.requiredSeconds * 0.99),
        required: LoopDetector.requiredSeconds)
    state.microMotion =
      trial.micro.observedSeconds < limits.unrestRequiredSeconds
      ? .pending(observed: trial.micro.observedSeconds, required: limits.unrestRequiredSeconds)
      : .measured(trial.micro.value, at: now)
  }
}
