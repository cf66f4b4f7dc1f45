import Observations
import Quantities
import Testing

/// When all networks have spoken, and what is said in their place.
@Suite struct NetworkScoresTests {
  private static let model = ModelIdentity(name: "n", sha256: "ab")

  private static func score(isComplete: Bool = true) -> Evidence<TrackScore> {
    .measured(
      TrackScore(
        probability: Probability(clamping: 0.2), uncertainty: 0.1, framesScored: 3, newestFrame: 9,
        model: model,
        isComplete: isComplete), at: MonotonicInstant(seconds: 1))
  }

  private static let pending = Evidence<TrackScore>.pending(observed: 1, required: 3)

  /// Until every network that is installed and switched on has answered, a face may be called an attack, never live.
  @Test(
    arguments: [
      (score(), score(), true), (score(isComplete: false), score(), false),
      (score(), score(isComplete: false), false),
      (score(), pending, false), (pending, score(), false), (.unavailable(.noModel), score(), true),
      (score(), .unavailable(.switchedOff), true), (.unavailable(.noModel), .unavailable(.switchedOff), true),
      (.unavailable(.stale), score(), false), (score(), .unavailable(.fault), false),
      (score(), .unavailable(.tooDark), false), (score(), .unavailable(.overloaded), false),
    ] as [(Evidence<TrackScore>, Evidence<TrackScore>, Bool)])
  func scoresAreSettledWhenNobodyIsWaitedFor(
    forgery: Evidence<TrackScore>, spoof: Evidence<TrackScore>, isSettled: Bool
  ) {
    #expect(NetworkScores(forgery: forgery, spoof: spoof).areSettled == isSettled)
  }

  @Test func aHindranceStandsInTheNetworksPlaceOnly() {
    let scores = NetworkScores(forgery: Self.pending, spoof: .unavailable(.stale))
    #expect(scores.hindered(by: nil) == scores)
    let dark = scores.hindered(by: .tooDark)
    #expect(dark.forgery == .unavailable(.tooDark) && dark.spoof == .unavailable(.tooDark))
    // What was measured stays, and so does a reason that no light would change.
    let measured = NetworkScores(forgery: Self.score(), spoof: .unavailable(.noModel))
    #expect(measured.hindered(by: .tooDark) == measured)
    for reason in [UnavailableReason.fault, .switchedOff, .overloaded] {
      let other = NetworkScores(forgery: .unavailable(reason), spoof: Self.score())
      #expect(other.hindered(by: .pose) == other)
    }
  }

  @Test func nothingIsKnownForOneReason() {
    let state = LivenessState(unavailable: .noFace)
    #expect(state.rightEyeAspect == .unavailable(.noFace) && state.leftEyeAspect == .unavailable(.noFace))
    #expect(state.mouthAspect == .unavailable(.noFace) && state.eyesClosed == .unavailable(.noFace))
    #expect(state.nonRigidMotion == .unavailable(.noFace) && state.parallax == .unavailable(.noFace))
    #expect(state.loop == .unavailable(.noFace) && state.microMotion == .unavailable(.noFace))
    #expect(state.pulse == .unavailable(.noFace) && state.pulseByChrom == .unavailable(.noFace))
    #expect(state.pulseAgreement == .unavailable(.noFace) && state.probability == .unavailable(.noFace))
    #expect(
      state.blinks == [] && state.mouthEvents == [] && state.regionPulses == []
        && state.unblinkingSeconds == 0)
  }
}

/// Signs that frames come from no sensor.
@Suite struct InjectionEvidenceTests {
  private func finding(_ kind: InjectionFinding.Kind, _ strength: Double) -> InjectionFinding {
    InjectionFinding(kind, strength: strength, detail: "d")
  }

  @Test(
    arguments: [(0.5, 0.5), (-1, 0), (2, 1), (.nan, 0), (.infinity, 1), (-.infinity, 0)] as [(Double, Double)]
  )
  func aStrengthLiesInZeroToOne(given: Double, kept: Double) {
    #expect(finding(.driver, given).strength == kept)
  }

  @Test func theStrongestComesFirstAndEqualsByName() {
    let evidence = InjectionEvidence(
      findings: [finding(.timing, 0.2), finding(.loop, 0.9), finding(.driver, 0.2), finding(.cardName, 0.2)],
      frames: 10)
    #expect(evidence.findings.map(\.kind) == [.loop, .cardName, .driver, .timing])
  }

  /// One minus the product of the complements: two halves make three quarters, certainty stays certain.
  @Test func signsAddUpWithoutReachingCertainty() {
    func strength(_ strengths: [Double]) -> Double {
      InjectionEvidence(findings: strengths.map { finding(.driver, $0) }, frames: 1).strength
    }
    #expect(strength([]) == 0 && strength([0.5]) == 0.5 && strength([0.5, 0.5]) == 0.75)
    #expect(strength([1, 0.3]) == 1 && strength([0, 0]) == 0)
    #expect(abs(strength([0.2, 0.4, 0.1]) - 0.568) < 1e-12)
  }
}

/// Which points are which: everything that measures a face relies on it.
@Suite struct LandmarkPlacesTests {
  /// Point i stands at (i, 0).
  private let numbered: Landmarks68

  init() throws { numbered = try #require(Landmarks68((0..<68).map { PixelPoint(Float($0), 0) })) }

  @Test func partsAreThoseOfTheScheme() {
    func numbers(_ part: ArraySlice<PixelPoint>) -> [Int] { part.map { Int($0.x) } }
    #expect(numbers(numbered.rightEye) == Array(36...41) && numbers(numbered.leftEye) == Array(42...47))
    #expect(numbers(numbered.innerLip) == Array(60...67))
    #expect(numbered.outerEyeDistance == 9)
    // Centres of 36...41 and 42...47.
    #expect(numbered.interocularDistance == 6)
  }

  /// MediaPipe's order of the 52 scores: eyeBlinkLeft 9, eyeBlinkRight 10, jawOpen 25.
  @Test func expressionsAreAtTheirPlaces() throws {
    let scores = try #require(ExpressionScores((0..<52).map { Float($0) }))
    #expect(scores.eyeBlinkLeft == 9 && scores.eyeBlinkRight == 10 && scores.jawOpen == 25)
    for count in [51, 53] { #expect(ExpressionScores([Float](repeating: 0, count: count)) == nil) }
    for count in [0, 67, 69] { #expect(Landmarks68(Array(repeating: PixelPoint(0, 0), count: count)) == nil) }
  }

  @Test func tracksAreOrderedByTheirBirth() {
    #expect(TrackID(2) < TrackID(10) && !(TrackID(3) < TrackID(3)))
  }

  @Test func aFaceThatIsWellSeenIsTheDefault() {
    let quality = FaceQuality(interocularPixels: 60, sharpness: 100, exposure: 0.5)
    #expect(quality.burntOut == 0 && quality.focus == 1)
  }
}
