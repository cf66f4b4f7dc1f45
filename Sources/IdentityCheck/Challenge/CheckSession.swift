public import Observations
public import Quantities

/// One identity check: a face at rest, then random gestures, each in its time, by that same face without a break.
///
/// Pure: events in, what to show out; nothing happens outside. Passes only when every step of the plan was done, in
/// order, so often as asked, begun after its prompt, by one track whose resting shape stayed the same. Blinks that
/// nobody asked for are not held against anyone: people blink. Cost: microseconds a frame.
public struct CheckSession: Sendable {
  private enum Phase {
    case framing
    case pausing(until: MonotonicInstant)
    case performing(since: MonotonicInstant, done: Int)
    case returning(since: MonotonicInstant)
    case lighting(LightChallenge)
    case finished(CheckResult)
  }

  private let plan: ChallengePlan
  private let policy: Policy
  private let onTimeout: TimeoutRule
  private let limits: CheckLimits
  private let light: LightPlan?
  private var isLightRefused = false
  private var lightResult: LightResult?
  private var phase = Phase.framing
  private var step = 0
  private var clock: FrameClock
  private var framing: Framing
  private var rest = RestingFace()
  private var resting = RestingFace()
  private var restedSince: MonotonicInstant?
  private var reader: GestureReader?
  private var continuity: FaceContinuity?
  private var doubts = 0
  private var alarms = 0
  /// All is done but for a network's answer.
  private var awaitsNetworks = false
  /// How much of coming closer is done, in 0...1.
  private var closeness: Float = 0

  /// A check that waits for its first frame.
  public init(
    plan: ChallengePlan, policy: Policy, onTimeout: TimeoutRule = .undecided,
    limits: CheckLimits = .init(), light: LightPlan? = nil
  ) {
    (self.plan, self.policy, self.onTimeout, self.limits) = (plan, policy, onTimeout, limits)
    self.light = light
    clock = FrameClock(limits)
    framing = Framing(limits)
  }

  /// The end of the check, once there is one.
  public var result: CheckResult? {
    if case .finished(let result) = phase { result } else { nil }
  }

  /// Steps done, and steps in all.
  public var progress: (done: Int, of: Int) { (step, plan.steps.count) }

  /// How far the face is on its way to its place, in 0...1: well placed before the first gesture, near enough when it
  /// is asked to come closer; 1 otherwise.
  public var nearness: Float {
    switch phase {
    case .framing: framing.nearness
    case .performing where plan.steps[step].gesture == .closer: closeness
    default: 1
    }
  }

  /// The share of the running gesture's time that is left at `now`, in 0...1; nil when no gesture runs.
  public func timeLeft(at now: MonotonicInstant) -> Double? {
    guard case .performing(let since, _) = phase else { return nil }
    return min(max(1 - (now - since).inSeconds / gestureTime, 0), 1)
  }

  /// Seconds for the running gesture.
  private var gestureTime: Double { limits.gestureSeconds * Double(plan.steps[step].count) }

  /// Whether the screen will light the face later on: to be said, and may still be refused.
  public var announcesLight: Bool {
    switch phase {
    case .framing, .pausing, .performing, .returning: light != nil && !isLightRefused
    case .lighting, .finished: false
    }
  }

  /// The share of the light challenge that is over, in 0...1; nil when none runs.
  public var lightDone: Double? { if case .lighting(let challenge) = phase { challenge.done } else { nil } }

  /// What to show now.
  public var prompt: CheckPrompt {
    switch phase {
    case .framing: .lookStraight(framing.advice)
    case .pausing: .wait
    case .performing(_, let done):
      .perform(plan.steps[step].gesture, count: plan.steps[step].count, done: done)
    case .returning: .comeBack
    case .lighting(let challenge): .light(challenge.screen)
    case .finished(let result): .finished(result)
    }
  }

  /// Takes what happened and gives what to show. After the end nothing changes any more.
  public mutating func handle(_ event: CheckEvent) -> CheckPrompt {
    if case .finished = phase { return prompt }
    switch event {
    case .cameraLost: finish(.cameraLost)
    case .waiting(let now): if let broken = clock.waiting(now) { finish(broken) } else { lit(nil, now) }
    case .lightShown(let zones, let now):
      if case .lighting(var challenge) = phase {
        challenge.shown(zones, at: now)
        phase = .lighting(challenge)
      }
    case .lightRefused: if announcesLight { isLightRefused = true }
    case .frame(let now, let faces):
      if let broken = clock.observe(now) { finish(broken) } else { take(faces, now) }
    }
    return prompt
  }

  private mutating func finish(_ outcome: CheckOutcome) {
    phase = .finished(
      CheckResult(
        outcome, onTimeout: onTimeout, completed: step, asked: plan.steps.count, seconds: clock.seconds,
        light: lightResult))
  }

  private mutating func take(_ faces: [CheckFace], _ now: MonotonicInstant) {
    guard continuity != nil else { return settle(faces, now) }
    guard let seen = continuity?.observe(faces, at: now) else { return }
    if let broken = seen.broken { return finish(broken) }
    guard let face = seen.face else { return watchTime(now) }
    alarms += face.label == .fake ? 1 : 0
    doubts += face.label == .suspect ? 1 : 0
    if alarms >= 5 { return finish(.attack) }
    if case .lighting = phase { return lit(face.light, now) }
    guard let numbers = FaceNumbers(face), let events = reader?.observe(numbers, face.liveness, at: now)
    else {
      return watchTime(now)
    }
    let growth = numbers.interocular / max(rest.numbers.interocular, 1) - 1
    closeness = min(max(growth / (limits.closerShare - 1), 0), 1)
    for event in events {
      judge(event, now)
      if result != nil { return }
    }
    rested(numbers, face, now)
    watchTime(now)
  }

  /// Before the first gesture: one face, well seen, straight, for a while.
  private mutating func settle(_ faces: [CheckFace], _ now: MonotonicInstant) {
    switch framing.observe(faces, at: now) {
    case .waiting: return
    case .gaveUp(let outcome): finish(outcome)
    case .ready(let face, let rest):
      self.rest = rest
      reader = GestureReader(rest: rest.numbers, limits: limits, since: now)
      continuity = FaceContinuity(face, limits: limits, at: now)
      phase = .pausing(until: now + .nanoseconds(Int64(plan.steps[0].pause * 1e9)))
    }
  }

  private mutating func judge(_ event: GestureEvent, _ now: MonotonicInstant) {
    switch phase {
    case .performing(let since, let done):
      let wanted = plan.steps[step]
      let isReaction = (event.start - since).inSeconds >= limits.reactionSeconds
      if event.gesture == wanted.gesture {
        guard isReaction else { return event.gesture == .blink ? () : finish(.early) }
        if done + 1 == wanted.count {
          (resting, restedSince) = (RestingFace(), nil)
          phase = .returning(since: now)
        } else {
          phase = .performing(since: since, done: done + 1)
        }
      } else if wanted.gesture.parts.contains(event.gesture) {
        if !isReaction { finish(.early) }
      } else if event.gesture != .blink {
        let isOpposite = wanted.gesture.isOpposite(of: event.gesture)
        finish(isOpposite ? .oppositeTurn : isReaction ? .wrongGesture : .early)
      }
    case .pausing: if event.gesture != .blink { finish(.early) }
    case .returning:
      let isWake = plan.steps[step].gesture.wake.contains(event.gesture)
      if event.gesture != .blink, !isWake { finish(.wrongGesture) }
    case .framing, .lighting, .finished: return
    }
  }

  /// Back at rest after a gesture: the same face still? Then the next step, or the end.
  private mutating func rested(_ numbers: FaceNumbers, _ face: CheckFace, _ now: MonotonicInstant) {
    guard let reader, reader.isResting(numbers) else { return }
    switch phase {
    case .returning:
      resting.add(numbers, face.face.landmarks)
      restedSince = restedSince ?? now
      guard resting.count >= limits.restFrames, let restedSince,
        (now - restedSince).inSeconds >= limits.restSeconds
      else { return }
      if let change = rest.change(to: resting), change > limits.shapeChange { return finish(.faceChanged) }
      // The last step ends when the networks have answered, within the time to come back.
      awaitsNetworks = step + 1 == plan.steps.count && !face.isSettled
      guard !awaitsNetworks else { return }
      step += 1
      if step == plan.steps.count { return lightUp(now) }
      // The pause counts from the first frame at rest: looking at the resting face is part of it.
      phase = .pausing(until: restedSince + .nanoseconds(Int64(plan.steps[step].pause * 1e9)))
    case .pausing(let until): if now >= until { phase = .performing(since: now, done: 0) }
    default: return
    }
  }

  /// After the last gesture: the light, if it is wished for and not refused.
  private mutating func lightUp(_ now: MonotonicInstant) {
    guard let light else { return conclude() }
    guard isLightRefused else {
      return phase = .lighting(LightChallenge(light.sequence, light.limits, at: now))
    }
    end(LightResult(.refused), light.rule)
  }

  /// A frame of the light, or time that passes without one.
  private mutating func lit(_ sample: LightSample?, _ now: MonotonicInstant) {
    guard case .lighting(var challenge) = phase, let light else { return }
    challenge.observe(sample, at: now)
    phase = .lighting(challenge)
    if let result = challenge.result { end(result, light.rule) }
  }

  private mutating func end(_ result: LightResult, _ rule: LightRule) {
    lightResult = result
    if let broken = result.broken(by: rule) { finish(broken) } else { conclude() }
  }

  private mutating func conclude() {
    let limit = policy == .high ? 0 : policy == .standard ? 15 : Int.max
    finish(doubts > limit ? .doubt : .passed)
  }

  private mutating func watchTime(_ now: MonotonicInstant) {
    switch phase {
    case .performing(let since, _):
      if (now - since).inSeconds > gestureTime { finish(.late) }
    case .returning(let since):
      if (now - since).inSeconds > limits.returnSeconds { finish(awaitsNetworks ? .notJudged : .late) }
    case .pausing(let until): if (now - until).inSeconds > limits.returnSeconds { finish(.late) }
    case .framing, .lighting, .finished: return
    }
  }
}
