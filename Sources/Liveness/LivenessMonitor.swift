public import Calibration
import Foundation
public import Observations
public import Quantities

/// Follows one track's eyes, mouth and shape, and says how likely a live person moves there.
///
/// Pure: the same faces at the same instants give the same states. Memory is bounded: at most ``eventLimit`` events of
/// each kind are kept. Cost: a few microseconds a frame; the event lists grow, nothing else allocates after the start.
public struct LivenessMonitor: Sendable {
  /// Events of each kind that are kept; older ones are forgotten first.
  public static let eventLimit = 512

  private let limits: LivenessLimits
  private var rightLevel = OpenLevel()
  private var leftLevel = OpenLevel()
  private var blinkDetector: BlinkDetector
  private var mouthDetector: MouthDetector
  private var motion: MotionCues
  private var pulse: PulseWatch?
  private var frameSeconds: Double?
  private var last: MonotonicInstant?
  private var observed = 0.0
  private var blinks: [EventInterval] = []
  private var mouthEvents: [EventInterval] = []
  private var watchedAtBlink = 0.0

  /// A monitor of a track that has just begun. `triesCues`: whether the cues are measured too that do not separate live
  /// from attack on every source (parallax, loop, unrest, pulse); they are reported and never used.
  public init(_ limits: LivenessLimits, triesCues: Bool = true) {
    self.limits = limits
    motion = MotionCues(limits.motion, triesCues: triesCues)
    pulse = triesCues ? PulseWatch(limits.pulse) : nil
    blinkDetector = BlinkDetector(limits)
    mouthDetector = MouthDetector(limits)
  }

  /// The track was not seen in this frame.
  public mutating func miss(at now: MonotonicInstant) -> LivenessState {
    blinkDetector.miss()
    mouthDetector.miss()
    var state = LivenessState(unavailable: .occluded)
    (state.blinks, state.mouthEvents, state.unblinkingSeconds) = (blinks, mouthEvents, unblinking)
    state.probability = probability(at: now)
    return state
  }

  /// Seconds of watched eyes since the last blink.
  private var unblinking: Double {
    max(min(rightLevel.observedSeconds, leftLevel.observedSeconds) - watchedAtBlink, 0)
  }

  /// Takes the track's face in the frame captured at `now`.
  /// `skin`: mean colours of the regions of ``SkinRegion`` in their order; empty when skin
  /// is not to be seen, nil when nobody looked at the pixels.
  public mutating func observe(
    _ face: Face, skin: [SIMD3<Double>]? = nil, at now: MonotonicInstant
  ) -> LivenessState {
    advance(to: now)
    var state = LivenessState(unavailable: .noFace)
    observeEyes(face, at: now, &state)
    observeMouth(face, at: now, &state)
    motion.observe(face, at: now, &state)
    if pulse?.observe(face, skin, frameSeconds: frameSeconds, at: now, &state) == nil {
      (state.pulse, state.pulseByChrom) = (.unavailable(.notValidated), .unavailable(.notValidated))
      state.pulseAgreement = .unavailable(.notValidated)
    }
    (state.blinks, state.mouthEvents, state.unblinkingSeconds) = (blinks, mouthEvents, unblinking)
    state.probability = probability(at: now)
    return state
  }

  private mutating func advance(to now: MonotonicInstant) {
    if let last, now > last {
      let step = (now - last).inSeconds
      observed += min(step, 0.25)
      frameSeconds = frameSeconds.map { $0 + (step - $0) * 0.1 } ?? step
    }
    last = now
  }

  /// Why eyes cannot be measured in this frame; nil when they can.
  private func eyeObstacle(_ face: Face) -> UnavailableReason? {
    if face.quality.interocularPixels < Float(limits.interocularPixels) { return .tooSmall }
    if let pose = face.pose,
      max(abs(pose.yaw.degrees), abs(pose.pitch.degrees)) > Float(limits.eyePoseDegrees)
    {
      return .pose
    }
    return isTooSlow ? .frameRate : nil
  }

  /// Whether the frames come too slowly for a blink to be seen: it lasts a tenth to four tenths of a second.
  private var isTooSlow: Bool { frameSeconds.map { $0 > 1 / limits.framesPerSecond } ?? false }

  private mutating func observeEyes(_ face: Face, at now: MonotonicInstant, _ state: inout LivenessState) {
    guard let right = AspectRatios.eye(face.landmarks.rightEye),
      let left = AspectRatios.eye(face.landmarks.leftEye)
    else { return }
    if let obstacle = eyeObstacle(face) {
      blinkDetector.miss()
      (state.rightEyeAspect, state.leftEyeAspect) = (.unavailable(obstacle), .unavailable(obstacle))
      state.eyesClosed = .unavailable(obstacle)
      return
    }
    (state.rightEyeAspect, state.leftEyeAspect) = (.measured(right, at: now), .measured(left, at: now))
    rightLevel.add(right, at: now)
    leftLevel.add(left, at: now)
    let seen = min(rightLevel.observedSeconds, leftLevel.observedSeconds)
    guard seen >= limits.signs.firstLevelSeconds, let openRight = rightLevel.value,
      let openLeft = leftLevel.value,
      min(openRight, openLeft) > Float(limits.signs.leastOpenAspect)
    else {
      state.eyesClosed = .pending(
        observed: min(seen, limits.baselineSeconds), required: limits.baselineSeconds)
      return
    }
    let scores = face.expressions.map { SIMD2($0.eyeBlinkRight, $0.eyeBlinkLeft) }
    let sample = BlinkDetector.Sample(right: right / openRight, left: left / openLeft, scores: scores)
    if case .blink(let interval) = blinkDetector.observe(sample, at: now) {
      Self.keep(interval, in: &blinks)
      watchedAtBlink = seen
    }
    state.eyesClosed =
      seen >= limits.baselineSeconds
      ? .measured(blinkDetector.eyesClosed, at: now)
      : .pending(observed: seen, required: limits.baselineSeconds)
  }

  private mutating func observeMouth(_ face: Face, at now: MonotonicInstant, _ state: inout LivenessState) {
    guard let ratio = AspectRatios.mouth(face.landmarks) else { return }
    if face.quality.interocularPixels < Float(limits.interocularPixels) {
      mouthDetector.miss()
      state.mouthAspect = .unavailable(.tooSmall)
      return
    }
    state.mouthAspect = .measured(ratio, at: now)
    if let interval = mouthDetector.observe(ratio, at: now) { Self.keep(interval, in: &mouthEvents) }
  }

  private static func keep(_ interval: EventInterval, in events: inout [EventInterval]) {
    if events.count == eventLimit { events.removeFirst() }
    events.append(interval)
  }

  /// Recent signs of life, combined as independent chances: each blink, each mouth event (up to a number of each), and
  /// non-rigid motion. Chosen by hand, monotone in every sign; not a fitted model.
  ///
  /// Frames too few to see a blink leave motion alone, which a replayed face has as well: then only blinks and mouth
  /// events that were seen before can say that somebody lives.
  private func probability(at now: MonotonicInstant) -> Evidence<Probability> {
    guard observed >= limits.observeSeconds else {
      return .pending(observed: min(observed, limits.observeSeconds), required: limits.observeSeconds)
    }
    let signs = limits.signs
    func recent(_ events: [EventInterval]) -> Double {
      let count = events.reversed().prefix { (now - $0.end).inSeconds < signs.memorySeconds }.count
      return min(signs.mostEvents, Double(count))
    }
    if isTooSlow, recent(blinks) + recent(mouthEvents) == 0 { return .unavailable(.frameRate) }
    let share = Double(motion.shape.value) / limits.motionHalf
    let moving = signs.motionWeight * share * share / (1 + share * share)
    let lifeless =
      pow(signs.blinkLeaves, recent(blinks)) * pow(signs.mouthLeaves, recent(mouthEvents)) * (1 - moving)
    return .measured(Probability(clamping: 1 - lifeless), at: now)
  }
}
