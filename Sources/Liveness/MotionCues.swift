import Observations
import Quantities

/// The cues that come from how a face moves, each as evidence with its reason when it is missing.
///
/// Parallax, loop and unrest do not separate live from attack on every source measured (docs/measurements/liveness.md):
/// they are measured and reported, and take no part in the probability nor in a verdict.
struct MotionCues: Sendable {
  private(set) var shape = NonRigidMotion()
  private var parallax = PlaneParallax()
  private var loop = LoopDetector()
  private var micro = MicroMotion()

  mutating func observe(_ face: Face, at now: MonotonicInstant, _ state: inout LivenessState) {
    shape.observe(face.landmarks, at: now)
    state.nonRigidMotion =
      shape.observedSeconds < 1
      ? .pending(observed: shape.observedSeconds, required: 1) : .measured(shape.value, at: now)
    tryOut(face, at: now, &state)
  }

  private mutating func tryOut(_ face: Face, at now: MonotonicInstant, _ state: inout LivenessState) {
    parallax.observe(face.landmarks, at: now)
    loop.observe(face.landmarks, at: now)
    micro.observe(face.landmarks, at: now)
    // Not enough turn yet: how much there was, of what is needed.
    state.parallax =
      parallax.value.map { .measured($0, at: now) }
      ?? .pending(
        observed: min(parallax.largestChange, PlaneParallax.leastChange * 0.99),
        required: PlaneParallax.leastChange)
    state.loop =
      loop.value.map { .measured($0, at: now) }
      ?? .pending(
        observed: min(loop.observedSeconds, LoopDetector.requiredSeconds * 0.99),
        required: LoopDetector.requiredSeconds)
    state.microMotion =
      micro.observedSeconds < 2
      ? .pending(observed: micro.observedSeconds, required: 2) : .measured(micro.value, at: now)
  }
}
