import Calibration
import Decision
import Foundation
import Observations
import Quantities
import Testing

let calibration: Calibration = {
  var root = URL(fileURLWithPath: #filePath)
  for _ in 0..<3 { root.deleteLastPathComponent() }
  do { return try Calibration(path: root.appendingPathComponent("Calibration/default.json").path) } catch {
    preconditionFailure("\(error)")
  }
}()

/// One track judged at 10 frames a second.
private final class Judged {
  var maker: DecisionMaker
  var alive: Double?
  var forgery: Double?
  var spoof: Double?
  var injection: Double?
  /// In the place of a spoof score.
  var waiting: Evidence<TrackScore>?
  var isComplete = true
  var obstacle: VisibilityObstacle?
  var unblinking = 0.0
  var blinks: [EventInterval] = []

  init(
    alive: Double? = nil, forgery: Double? = nil, spoof: Double? = nil, injection: Double? = nil,
    policy: Policy = .standard
  ) {
    (self.alive, self.forgery, self.spoof, self.injection) = (alive, forgery, spoof, injection)
    maker = DecisionMaker(calibration, policy: policy)
  }

  func score(_ probability: Double?, at: MonotonicInstant) -> Evidence<TrackScore> {
    guard let probability else { return .unavailable(.noModel) }
    let model = ModelIdentity(name: "net", sha256: String(repeating: "0", count: 64))
    return .measured(
      TrackScore(
        probability: Probability(clamping: probability), uncertainty: 0.1, framesScored: 9, newestFrame: 1,
        model: model, isComplete: isComplete),
      at: at)
  }

  func run(seconds: Double) -> Verdict? {
    guard let landmarks = Landmarks68(Array(repeating: PixelPoint(0, 0), count: 68)) else { return nil }
    let face = Face(
      box: PixelRect(x: 0, y: 0, width: 9, height: 9), presence: Confidence(1), landmarks: landmarks,
      quality: FaceQuality(interocularPixels: 60, sharpness: 90, exposure: 0.5))
    let born = MonotonicInstant(seconds: 0)
    var verdict: Verdict?
    for index in 0..<Int(seconds * 10) {
      let now = MonotonicInstant(seconds: Double(index) / 10)
      var state = LivenessState(unavailable: .noFace)
      state.probability =
        alive.map { .measured(Probability(clamping: $0), at: now) } ?? .pending(observed: 1, required: 3)
      (state.unblinkingSeconds, state.blinks) = (unblinking, blinks)
      verdict = maker.verdict(
        on: Track(id: TrackID(1), phase: .confirmed, born: born, lastSeen: now, face: face),
        frame: UInt64(index),
        at: now, liveness: state,
        scores: NetworkScores(forgery: score(forgery, at: now), spoof: waiting ?? score(spoof, at: now)),
        injection: injection.map {
          InjectionEvidence(
            findings: [InjectionFinding(.driver, strength: $0, detail: "loopback")], frames: 1)
        }, obstacle: obstacle)
    }
    return verdict
  }
}

@Suite struct DecisionTests {
  @Test func nothingKnownIsUndecidedWithoutARisk() throws {
    let judged = Judged()
    let verdict = try #require(judged.run(seconds: 2))
    #expect(verdict.label == .undecided)
    #expect(verdict.risk.value == nil)
  }

  /// The scores here are sure to 0.1, the general limit of "fake" is 0.85.
  @Test(arguments: [(0.97, VerdictLabel.fake), (0.92, .suspect)])
  func fakeIsSaidOnlyOfWhatIsSurelyAboveTheLimit(probability: Double, word: VerdictLabel) throws {
    #expect(try #require(Judged(forgery: probability).run(seconds: 2)).label == word)
    #expect(try #require(Judged(alive: 0.9, spoof: probability).run(seconds: 2)).label == word)
  }

  @Test func signsOfLifeAreLive() throws {
    let judged = Judged(alive: 0.8)
    let verdict = try #require(judged.run(seconds: 2))
    #expect(verdict.label == .live)
    #expect(abs((verdict.risk.value?.value ?? 9) - 0.2) < 1e-9)
  }

  /// A swap has its driver's signs of life: nobody is live before the installed networks have answered.
  @Test(arguments: [
    Evidence<TrackScore>.pending(observed: 4, required: 5), .unavailable(.stale), .unavailable(.fault),
    .unavailable(.overloaded),
  ])
  func neverLiveWhileANetworkHasNotAnswered(spoof: Evidence<TrackScore>) throws {
    let judged = Judged(alive: 0.95, forgery: 0.1)
    judged.waiting = spoof
    let verdict = try #require(judged.run(seconds: 8))
    #expect(verdict.label == .undecided)
    #expect(verdict.reasons.contains { $0.cue == .spoof && $0.value.value == nil })
    // An attack that one network is sure of needs no second one.
    judged.forgery = 0.99
    #expect(try #require(judged.run(seconds: 8)).label == .fake)
  }

  @Test func neverLiveByAPartOfTheNetworks() throws {
    let judged = Judged(alive: 0.95, forgery: 0.1, spoof: 0.1)
    judged.isComplete = false
    #expect(try #require(judged.run(seconds: 8)).label == .undecided)
    judged.isComplete = true
    #expect(try #require(judged.run(seconds: 8)).label == .live)
  }

  /// A face that is hardly seen is neither live nor lifeless, with networks and without; the reason stands first.
  @Test(arguments: [0.95, 0.02]) func aFaceThatIsHardlySeenIsUndecided(alive: Double) throws {
    let judged = Judged(alive: alive)
    judged.obstacle = VisibilityObstacle(.outOfFocus, .focus, value: 0.01, limit: 0.05)
    for waiting in [nil, Evidence<TrackScore>.unavailable(.outOfFocus)] {
      judged.waiting = waiting
      let verdict = try #require(judged.run(seconds: 20))
      #expect(verdict.label == .undecided)
      #expect(
        verdict.reasons.first
          == Reason(cue: .quality, value: .unavailable(.outOfFocus), limit: 0.05, against: false))
    }
  }

  @Test func networksMissingOnPurposeDoNotKeepAFaceFromBeingLive() throws {
    let judged = Judged(alive: 0.95, forgery: 0.1)
    judged.waiting = .unavailable(.switchedOff)
    #expect(try #require(judged.run(seconds: 8)).label == .live)
  }

  @Test func lifelessForLongIsSuspectNotEarlier() throws {
    let judged = Judged(alive: 0.02)
    #expect(try #require(judged.run(seconds: 6)).label == .undecided)
    let longer = Judged(alive: 0.02)
    #expect(try #require(longer.run(seconds: 20)).label == .suspect)
  }

  @Test(arguments: [0.95]) func eitherNetworkCanSayFake(probability: Double) throws {
    let forged = Judged(alive: 0.9, forgery: probability)
    #expect(try #require(forged.run(seconds: 2)).label == .fake)
    let printed = Judged(alive: 0.9, forgery: 0.1, spoof: probability)
    let verdict = try #require(printed.run(seconds: 2))
    #expect(verdict.label == .fake)
    #expect(verdict.reasons.first?.cue == .spoof)
    #expect(verdict.reasons.first?.against == true)
    #expect(verdict.models.count == 2)
  }

  @Test func injectionRaisesTheRiskButNeverSaysFake() throws {
    let clean = Judged(alive: 0.9)
    let injected = Judged(alive: 0.9, injection: 1)
    let before = try #require(clean.run(seconds: 3))
    let after = try #require(injected.run(seconds: 3))
    #expect(after.label != .fake)
    #expect(try #require(after.risk.value) > #require(before.risk.value))
  }

  @Test func aHarmlessScoreOfTheOtherNetworkDoesNotChangeTheRisk() throws {
    let alone = try #require(Judged(alive: 0.9, forgery: 0.4).run(seconds: 2))
    let beside = try #require(Judged(alive: 0.6, forgery: 0.4, spoof: 0.3).run(seconds: 2))
    #expect(alone.risk.value == beside.risk.value)
    let attacked = try #require(Judged(alive: 0.9, forgery: 0.4, spoof: 0.95).run(seconds: 2))
    #expect(try #require(attacked.risk.value) > #require(alone.risk.value))
  }

  @Test func eyesThatNeverBlinkAreAReason() throws {
    let judged = Judged(alive: 0.9, forgery: 0.2)
    judged.unblinking = 40
    let verdict = try #require(judged.run(seconds: 2))
    #expect(verdict.reasons.first?.cue == .blink && verdict.reasons.first?.against == true)
    #expect(verdict.label == .live)
    #expect(try #require(verdict.risk.value).value > 0.6)
    // One blink shows that the face can.
    judged.blinks = [
      EventInterval(start: MonotonicInstant(seconds: 0.2), end: MonotonicInstant(seconds: 0.4))
    ]
    let blinked = try #require(judged.run(seconds: 2))
    #expect(blinked.reasons.first { $0.cue == .blink }?.against == false)
    #expect(abs(try #require(blinked.risk.value).value - 0.2) < 1e-9)
  }

  @Test func labelsNeedToHold() throws {
    let judged = Judged(alive: 0.9)
    _ = judged.run(seconds: 3)
    judged.forgery = 0.99
    #expect(try #require(judged.run(seconds: 0.3)).label == .live)
    #expect(try #require(judged.run(seconds: 1.5)).label == .fake)
  }

  @Test func policiesDiffer() throws {
    for (policy, label) in [(Policy.low, VerdictLabel.live), (.standard, .live), (.high, .undecided)] {
      let judged = Judged(alive: 0.6, policy: policy)
      #expect(try #require(judged.run(seconds: 2)).label == label)
    }
  }

  @Test func missingNetworksAreNamed() throws {
    let judged = Judged(alive: 0.9)
    let reasons = try #require(judged.run(seconds: 2)).reasons
    #expect(reasons.contains { $0.cue == .forgery && $0.value == .unavailable(.noModel) })
    #expect(reasons.contains { $0.cue == .spoof && $0.value == .unavailable(.noModel) })
  }

  /// Cues that do not help across sources are reported last, and change neither word nor risk.
  @Test func trialCuesAreToldAndNotUsed() throws {
    let verdict = try #require(Judged(alive: 0.9).run(seconds: 2))
    let reported = verdict.reasons.filter { !$0.counts }
    #expect(reported.map(\.cue) == [.parallax, .loop, .unrest, .pulse, .pulseAgreement])
    #expect(verdict.reasons.suffix(reported.count) == reported[...])
    #expect(reported.allSatisfy { !$0.against && $0.limit == nil })
    #expect(verdict.label == .live)
  }
}
