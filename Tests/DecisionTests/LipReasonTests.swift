import Calibration
import Decision
import Foundation
import Observations
import Quantities
import Testing

/// What lips and voice say among the reasons of a verdict: always with limits, never in the verdict.
@Suite struct LipReasonTests {
  private func calibration(listening: Bool) throws -> Calibration {
    var root = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { root.deleteLastPathComponent() }
    var calibration = try Calibration(path: root.appendingPathComponent("Calibration/default.json").path)
    if listening {
      calibration.lips = try LipRules.read(path: root.appendingPathComponent("Calibration/lips.json").path)
    }
    return calibration
  }

  private func verdict(_ lips: Evidence<LipAgreement>, listening: Bool = true) throws -> Verdict {
    let landmarks = try #require(Landmarks68(Array(repeating: PixelPoint(0, 0), count: 68)))
    let face = Face(
      box: PixelRect(x: 0, y: 0, width: 9, height: 9), presence: Confidence(1), landmarks: landmarks,
      quality: FaceQuality(interocularPixels: 60, sharpness: 90, exposure: 0.5))
    let now = MonotonicInstant(seconds: 10)
    let track = Track(
      id: TrackID(1), phase: .confirmed, born: MonotonicInstant(seconds: 0), lastSeen: now, face: face)
    var state = LivenessState(unavailable: .pose)
    (state.probability, state.lips) = (.measured(Probability(clamping: 0.9), at: now), lips)
    let none = NetworkScores(forgery: .unavailable(.noModel), spoof: .unavailable(.noModel))
    var maker = DecisionMaker(try calibration(listening: listening), policy: .standard)
    _ = maker.verdict(on: track, frame: 0, at: MonotonicInstant(seconds: 8), liveness: state, scores: none)
    return maker.verdict(on: track, frame: 1, at: now, liveness: state, scores: none)
  }

  private func agreement(
    offset: Double, uncertainty: Double = 20, together: Bool = true, resting: Double = 0.1
  ) -> Evidence<LipAgreement> {
    .measured(
      LipAgreement(
        offset: offset, uncertainty: uncertainty, strength: together ? 9 : 1, voicedSeconds: 8,
        restingShare: resting, silentShare: 0, moveTogether: together), at: MonotonicInstant(seconds: 10))
  }

  private func reasons(_ lips: Evidence<LipAgreement>) throws -> [Cue: Reason] {
    Dictionary(try verdict(lips).reasons.map { ($0.cue, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Late by more than 185 ms or early by more than 90, the interval included, speaks against; less does not.
  @Test(arguments: [
    (0.0, 20.0, false), (200, 30, false), (230, 30, true), (-100, 30, false), (-130, 30, true),
    (184, 0, false),
    (500, 600, false),
  ])
  func onlySureDelaysSpeakAgainst(offset: Double, uncertainty: Double, against: Bool) throws {
    let delay = try #require(try reasons(agreement(offset: offset, uncertainty: uncertainty))[.lipDelay])
    #expect(delay.against == against && !delay.counts && delay.limit == (offset < 0 ? -90 : 185), "\(delay)")
  }

  /// Lips that do not go with the voice have no delay; that they do not is reported.
  @Test func lipsThatDoNotGoWithTheVoiceHaveNoDelay() throws {
    let found = try reasons(agreement(offset: 400, together: false, resting: 0.99))
    #expect(found[.lipDelay] == nil && found[.lips]?.against == true && found[.lipRest]?.against == true)
  }

  /// The worst that can be heard moves neither word nor risk; without sound or listening there is no word of it.
  @Test func theVerdictDoesNotListen() throws {
    let silent = try verdict(.unavailable(.noSound))
    let worst = try verdict(agreement(offset: 900, together: false, resting: 1))
    #expect(worst.label == silent.label && worst.risk == silent.risk && silent.label == .live)
    let cues: [Cue] = [.lips, .lipDelay, .lipRest]
    #expect(!silent.reasons.contains { cues.contains($0.cue) })
    #expect(!(try verdict(agreement(offset: 0), listening: false)).reasons.contains { cues.contains($0.cue) })
    #expect(worst.reasons.filter { cues.contains($0.cue) }.allSatisfy { !$0.counts })
    #expect(worst.calibration.contains("lips") && !worst.calibration.isEmpty)
  }

  @Test func whatIsMissingIsSaid() throws {
    let found = try reasons(.pending(observed: 0.4, required: 1.5))
    #expect(found[.lips]?.value == .pending(observed: 0.4, required: 1.5) && found[.lips]?.against == false)
  }
}
