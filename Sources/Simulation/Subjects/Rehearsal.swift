public import Calibration
import Foundation
public import IdentityCheck
import Liveness
public import Observations
import Quantities

/// Who stands in front of the kiosk in a simulated check.
public enum CheckActor: String, Sendable, CaseIterable {
  /// A person who does what is asked.
  case person
  /// A picture on a stand.
  case still
  /// A picture moved by hand.
  case photoInHand
  /// A short recording of a person in rest, played again and again.
  case loop
  /// A recording of a whole check that another plan asked for.
  case recording
  /// An animated portrait that makes random gestures at random times.
  case puppet
}

extension Gesture {
  /// The movement that a scripted subject makes for it.
  public var motion: ScriptedMotion {
    switch self {
    case .blink: .blink
    case .mouthOpen: .mouth
    case .turnLeft: .turnLeft
    case .turnRight: .turnRight
    case .nod: .nod
    case .lookUp: .lookUp
    case .tiltLeft: .tiltLeft
    case .tiltRight: .tiltRight
    case .closer: .closer
    case .turnLeftMouth: .turnLeftMouth
    case .turnRightMouth: .turnRightMouth
    case .tiltLeftMouth: .tiltLeftMouth
    case .tiltRightMouth: .tiltRightMouth
    }
  }
}

/// A person's answer to prompts: reaction time, then the gesture so often as asked.
private struct Answering {
  private var busyUntil = 0.0
  private var asked: CheckPrompt?

  mutating func answer(
    _ prompt: CheckPrompt, _ subject: inout ScriptedSubject, at time: Double,
    _ random: inout SimulationGenerator
  ) {
    guard case .perform(let gesture, let count, _) = prompt else {
      asked = nil
      return
    }
    if case .perform(let last, _, _)? = asked {
      // Not seen within its time: try it once more.
      guard last == gesture, time > busyUntil + 1.2 else { return }
    }
    asked = prompt
    var start = time + max(0.25, 0.45 + 0.12 * random.normal())
    for _ in 0..<count {
      start = subject.perform(gesture.motion, at: start) + Double.random(in: 0.15...0.35, using: &random)
    }
    busyUntil = start
  }
}

/// Runs one simulated check.
public struct Rehearsal {
  /// Frames a second.
  public var fps = 30.0
  /// Times and sizes of the check.
  public var limits = CheckLimits()
  /// How demanding the check is.
  public var policy = Policy.standard
  /// Seconds after which it is given up.
  public var longest = 60.0
  /// Changes a frame's faces before the check sees them.
  public var disturb: (inout [CheckFace], Double) -> Void = { _, _ in }
  fileprivate let liveness: LivenessLimits

  /// A rehearsal whose liveness stage has these limits.
  public init(_ liveness: LivenessLimits, fps: Double = 30, limits: CheckLimits = CheckLimits()) {
    (self.liveness, self.fps, self.limits) = (liveness, fps, limits)
  }

  /// What the check of `seed` asks for.
  public func plan(_ seed: UInt64) -> ChallengePlan {
    var generator = ChaChaGenerator(seed: seed)
    guard let plan = ChallengePlan(policy: policy, using: &generator) else {
      preconditionFailure("six gestures")
    }
    return plan
  }

  /// The check that the recording of session `seed` was made in.
  public static func recorded(_ seed: UInt64) -> UInt64 { seed &+ 1_000_003 }

  /// A check of `actor`; everything follows from `seed`.
  public func run(_ actor: CheckActor, seed: UInt64) -> CheckResult? {
    var random = SimulationGenerator(seed: seed &* 7919 &+ 13)
    let faces = Cast(actor, seed: seed, rehearsal: self)
    var session = CheckSession(plan: plan(seed), policy: policy, limits: limits)
    var monitor = LivenessMonitor(liveness)
    var state = faces
    var frame = 0
    while session.result == nil, Double(frame) / fps < longest {
      let time = Double(frame) / fps
      let now = MonotonicInstant(seconds: time + 100)
      let face = state.face(at: time, prompt: session.prompt, &random)
      var seen = [
        CheckFace(track: TrackID(1), face: face, liveness: monitor.observe(face, at: now), label: .undecided)
      ]
      disturb(&seen, time)
      _ = session.handle(.frame(at: now, faces: seen))
      frame += 1
    }
    return session.result
  }
}

extension Rehearsal {
  /// A check with `plan` by `subject`, who answers each prompt with what `reply` gives, `delay` seconds after it. At
  /// `swapAt` another person takes the same place.
  public func follow(
    _ plan: ChallengePlan, _ rule: TimeoutRule, _ subject: inout ScriptedSubject, delay: Double,
    swapAt: Double? = nil, _ reply: (Gesture) -> ScriptedMotion?
  ) -> CheckResult? {
    var session = CheckSession(plan: plan, policy: .low, onTimeout: rule, limits: limits)
    var monitor = LivenessMonitor(liveness)
    var asked: CheckPrompt?
    for frame in 0..<Int(longest * fps) where session.result == nil {
      let time = Double(frame) / fps
      if case .perform(let gesture, _, _) = session.prompt, asked != session.prompt {
        if let motion = reply(gesture) { subject.perform(motion, at: time + delay) }
      }
      asked = session.prompt
      if let swapAt, time >= swapAt { subject.model = FaceModel(seed: subject.model.seed | 1 << 40) }
      let now = MonotonicInstant(seconds: time)
      let face = subject.face(at: time)
      let seen = CheckFace(
        track: TrackID(1), face: face, liveness: monitor.observe(face, at: now), label: .undecided)
      _ = session.handle(.frame(at: now, faces: [seen]))
    }
    return session.result
  }
}

/// The faces that an actor shows, frame by frame.
private struct Cast {
  let actor: CheckActor
  let fps: Double
  var subject: ScriptedSubject
  var answering = Answering()
  var recorded: [Face] = []
  var nextGesture = 1.0

  init(_ actor: CheckActor, seed: UInt64, rehearsal: Rehearsal) {
    (self.actor, fps) = (actor, rehearsal.fps)
    let kind: SubjectKind = actor == .still ? .still : actor == .photoInHand ? .photoInHand : .person
    subject = ScriptedSubject(kind, seed: seed)
    switch actor {
    case .loop: recorded = Self.record(seed, seconds: 4, rehearsal, answering: false)
    case .recording: recorded = Self.record(Rehearsal.recorded(seed), seconds: 20, rehearsal, answering: true)
    default: break
    }
  }

  /// What a camera saw of a person, in rest or during a check with the plan of `seed`.
  static func record(_ seed: UInt64, seconds: Double, _ rehearsal: Rehearsal, answering: Bool) -> [Face] {
    var cast = Cast(.person, seed: seed, rehearsal: rehearsal)
    var session = CheckSession(plan: rehearsal.plan(seed), policy: rehearsal.policy, limits: rehearsal.limits)
    var monitor = LivenessMonitor(rehearsal.liveness)
    var random = SimulationGenerator(seed: seed &* 7919 &+ 13)
    return (0..<Int(seconds * rehearsal.fps)).map { frame in
      let time = Double(frame) / rehearsal.fps
      let now = MonotonicInstant(seconds: time)
      let face = cast.face(at: time, prompt: answering ? session.prompt : .wait, &random)
      let seen = CheckFace(
        track: TrackID(1), face: face, liveness: monitor.observe(face, at: now), label: .undecided)
      _ = session.handle(.frame(at: now, faces: [seen]))
      return face
    }
  }

  mutating func face(at time: Double, prompt: CheckPrompt, _ random: inout SimulationGenerator) -> Face {
    switch actor {
    case .person: answering.answer(prompt, &subject, at: time, &random)
    case .puppet:
      if time >= nextGesture, let motion = ScriptedMotion.allCases.randomElement(using: &random) {
        nextGesture = subject.perform(motion, at: time) + Double.random(in: 0.3...1.5, using: &random)
      }
    case .loop, .recording:
      let frame = Int((time * fps).rounded())
      return recorded[frame % recorded.count]
    case .still, .photoInHand: break
    }
    return subject.face(at: time)
  }
}
