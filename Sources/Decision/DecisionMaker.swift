public import Calibration
public import Observations
public import Quantities

/// Turns what is known of one track into a verdict with reasons.
///
/// Three questions stay apart: does a person move there (liveness), is it a print or screen (spoof), is it forged
/// (forgery). The risk joins them (``RiskFusion``); what is not measured takes no part and is named among the reasons.
/// No face is live while a network that is installed has not answered. A new label must hold for a while before it
/// replaces the old one.
public struct DecisionMaker: Sendable {
  private let limits: DecisionLimits
  private let scores: ScoreRules?
  private let lips: LipRules?
  private let calibration: String
  private let policy: Policy
  private var shown: VerdictLabel = .undecided
  private var candidate: (label: VerdictLabel, since: MonotonicInstant)?

  /// A decision about a track that has just begun.
  public init(_ calibration: Calibration, policy: Policy) {
    limits = calibration.decision
    (scores, lips) = (calibration.scores, calibration.lips)
    self.calibration = calibration.id
    self.policy = policy
  }

  /// The verdict about `track` in frame `frame` captured at `now`; `obstacle` is what keeps it from being judged.
  public mutating func verdict(
    on track: Track, frame: UInt64, at now: MonotonicInstant, liveness: LivenessState, scores: NetworkScores,
    injection: InjectionEvidence? = nil, obstacle: VisibilityObstacle? = nil
  ) -> Verdict {
    let watched = (now - track.born).inSeconds
    var wanted = label(liveness: liveness.probability.value?.value, scores, watched: watched)
    // Landmarks of a face that is hardly seen are guesses: neither life nor the lack of it follows from them.
    if obstacle != nil, scores.forgery.value == nil, scores.spoof.value == nil { wanted = .undecided }
    settle(wanted, at: now)
    return Verdict(
      track: track.id, frame: frame, label: shown,
      risk: risk(liveness, scores, injection, watched: watched, at: now),
      reasons: Self.obstacle(obstacle) + reasons(liveness, scores, injection, at: now),
      calibration: calibration,
      models: [scores.forgery, scores.spoof].compactMap(\.value).flatMap { score in
        score.members.isEmpty ? [score.model] : score.members.map(\.model)
      })
  }

  /// What keeps the face from being judged comes first: it is why nothing else is said.
  private static func obstacle(_ obstacle: VisibilityObstacle?) -> [Reason] {
    obstacle.map {
      [Reason(cue: .quality, value: .unavailable($0.reason), limit: $0.limit, against: false)]
    } ?? []
  }

  private var liveLimit: Double {
    switch policy {
    case .low: limits.live[0]
    case .standard: limits.live[1]
    case .high: limits.live[2]
    }
  }

  /// The limits of one question: those fitted for the policy, else the general ones.
  private func limits(_ question: ScoreRules.Question?) -> ScoreRules.Limits {
    question?.limits[policy.rawValue] ?? ScoreRules.Limits(suspect: limits.suspect, fake: limits.fake)
  }

  private func label(liveness: Double?, _ scores: NetworkScores, watched: Double) -> VerdictLabel {
    let attacks = [
      (scores.forgery.value, limits(self.scores?.forgery)), (scores.spoof.value, limits(self.scores?.spoof)),
    ].compactMap { score, limits in score.map { (score: $0, limits: limits) } }
    // Whoever calls a face fake should know it: the score's own uncertainty must not reach below the limit.
    if attacks.contains(where: { $0.score.probability.value - $0.score.uncertainty >= $0.limits.fake }) {
      return .fake
    }
    if attacks.contains(where: { $0.score.probability.value >= $0.limits.suspect }) { return .suspect }
    guard let liveness else { return .undecided }
    // Signs of life are no answer to what the networks ask: a swap has its driver's.
    if liveness >= liveLimit { return scores.areSettled ? .live : .undecided }
    return watched >= limits.patienceSeconds && liveness < limits.lifeless ? .suspect : .undecided
  }

  private mutating func settle(_ label: VerdictLabel, at now: MonotonicInstant) {
    guard label != shown else {
      candidate = nil
      return
    }
    if candidate?.label != label { candidate = (label, now) }
    if let candidate, (now - candidate.since).inSeconds >= limits.holdSeconds {
      shown = label
      self.candidate = nil
    }
  }

  private func risk(
    _ liveness: LivenessState, _ scores: NetworkScores, _ injection: InjectionEvidence?,
    watched: Double, at now: MonotonicInstant
  ) -> Evidence<Probability> {
    var fusion = RiskFusion(limits.risk)
    (fusion.forgery, fusion.spoof) = (
      scores.forgery.value?.probability.value, scores.spoof.value?.probability.value
    )
    fusion.spoofLimit = limits(self.scores?.spoof).suspect
    (fusion.alive, fusion.lifeless) = (liveness.probability.value?.value, limits.lifeless)
    fusion.patience = watched / max(limits.patienceSeconds, 1e-9)
    (fusion.unblinking, fusion.injection) = (Self.stared(liveness), injection?.strength ?? 0)
    guard let risk = fusion.risk else { return liveness.probability }
    return .measured(Probability(clamping: risk), at: now)
  }

  /// Seconds of watched eyes that never blinked; one blink shows that the face can.
  private static func stared(_ liveness: LivenessState) -> Double {
    liveness.blinks.isEmpty ? liveness.unblinkingSeconds : 0
  }

  /// Cues that do not separate live from attack across sources: measured and reported, not used.
  private static func trials(_ liveness: LivenessState) -> [Reason] {
    func reported(_ cue: Cue, _ value: Evidence<Double>) -> Reason {
      Reason(cue: cue, value: value, limit: nil, against: false, counts: false)
    }
    return [
      reported(.parallax, liveness.parallax.map(Double.init)),
      reported(.loop, liveness.loop.map(Double.init)),
      reported(.unrest, liveness.microMotion.map(Double.init)),
      reported(.pulse, liveness.pulse.map(\.beatsPerMinute)),
      reported(.pulseAgreement, liveness.pulseAgreement),
    ]
  }

  /// Lips against the voice: evidence with limits, which takes no part in the verdict (docs/sound.md says why).
  private func heard(_ liveness: LivenessState) -> [Reason] {
    guard let limits = lips?.limits else { return [] }
    if case .unavailable(.noSound) = liveness.lips { return [] }
    let found = liveness.lips.value
    func reported(_ cue: Cue, _ value: Evidence<Double>, _ limit: Double, against: Bool) -> Reason {
      Reason(cue: cue, value: value, limit: limit, against: against, counts: false)
    }
    var reasons = [
      reported(
        .lips, liveness.lips.map(\.strength), limits.strength,
        against: found.map { !$0.moveTogether } ?? false),
      reported(
        .lipRest, liveness.lips.map(\.restingShare), limits.restingShare,
        against: (found?.restingShare ?? 0) >= limits.restingShare),
    ]
    // Lips that do not go with the voice have no delay.
    if let found, found.moveTogether {
      let limit = found.offset < 0 ? -limits.earliest : limits.latest
      let surely = abs(found.offset) - found.uncertainty >= abs(limit)
      reasons.insert(reported(.lipDelay, liveness.lips.map(\.offset), limit, against: surely), at: 1)
    }
    return reasons
  }

  private func reasons(
    _ liveness: LivenessState, _ scores: NetworkScores, _ injection: InjectionEvidence?,
    at now: MonotonicInstant
  ) -> [Reason] {
    let forgery = scores.forgery.map(\.probability.value)
    let spoof = scores.spoof.map(\.probability.value)
    let alive = liveness.probability.map(\.value)
    func count(_ events: [EventInterval]) -> Evidence<Double> {
      switch liveness.eyesClosed {
      case .measured(_, let at): .measured(Double(events.count), at: at)
      case .pending(let observed, let required): .pending(observed: observed, required: required)
      case .unavailable(let reason):
        if let last = events.last {
          .measured(Double(events.count), at: last.end)
        } else {
          .unavailable(reason)
        }
      }
    }
    let (forged, spoofed) = (limits(self.scores?.forgery).suspect, limits(self.scores?.spoof).suspect)
    var reasons = [
      Reason(cue: .forgery, value: forgery, limit: forged, against: (forgery.value ?? 0) >= forged),
      Reason(cue: .spoof, value: spoof, limit: spoofed, against: (spoof.value ?? 0) >= spoofed),
      Reason(cue: .liveness, value: alive, limit: liveLimit, against: (alive.value ?? 1) < liveLimit),
      Reason(
        cue: .blink, value: count(liveness.blinks), limit: nil,
        against: RiskFusion.stare(Self.stared(liveness), limits.risk) >= limits.risk.stareAgainst),
      Reason(cue: .motion, value: liveness.nonRigidMotion.map(Double.init), limit: nil, against: false),
    ]
    if let injection {
      let strength = Evidence.measured(injection.strength, at: now)
      let limit = limits.risk.injectionAgainst
      reasons.append(
        Reason(cue: .injection, value: strength, limit: limit, against: injection.strength >= limit))
    }
    reasons += Self.trials(liveness) + heard(liveness)
    // Strongest first: what speaks against, then what was measured, then what is missing, at last what is only reported;
    // stable otherwise.
    func rank(_ reason: Reason) -> Int {
      !reason.counts ? 3 : reason.against ? 0 : reason.value.value != nil ? 1 : 2
    }
    return reasons.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
      .map(\.element)
  }
}
