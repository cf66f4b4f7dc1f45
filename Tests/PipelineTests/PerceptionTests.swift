import Calibration
import Faces
import Foundation
import Imaging
import Observations
import Pipeline
import Quantities
import Testing
import VigilTesting

/// The fast path with scripted stages: when which stage is asked, and what is said of what they answer.
@Suite struct PerceptionTests {
  private let box = PixelRect(x: 100, y: 80, width: 200, height: 240)
  private let pending = NetworkScores(
    forgery: .pending(observed: 0, required: 5), spoof: .unavailable(.noModel))

  private struct Lab {
    let finder: ScriptedFinder
    let landmarks: ScriptedLandmarks
    let scores: ScriptedScores
    let perception: Perception

    /// Looks at frames of these indices; gives their reports.
    func look(_ indices: Range<Int>, injection: InjectionEvidence? = nil) throws -> [FrameReport] {
      try indices.map { try perception.report(on: .scripted($0, injection: injection)) }
    }
  }

  private static func calibration() throws -> Calibration {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Calibration")
    var calibration = try Calibration(path: folder.appendingPathComponent("default.json").path)
    calibration.visibility = try VisibilityLimits.read(
      path: folder.appendingPathComponent("visibility.json").path)
    return calibration
  }

  private func lab(
    isStill: Bool = false, boxes: ((UInt64) -> [PixelRect])? = nil,
    face: @escaping (ScriptedLandmarks.Question) throws -> Face?
  ) throws -> Lab {
    let box = box
    let finder = ScriptedFinder(boxes ?? { _ in [box] })
    let landmarks = ScriptedLandmarks(face)
    let scores = ScriptedScores(pending)
    let stages = Perception.Stages(
      finder: finder, mode: .near, landmarks: landmarks, tracking: TrackingOptions(), scores: scores,
      calibration: try Self.calibration())
    return Lab(
      finder: finder, landmarks: landmarks, scores: scores,
      perception: Perception(stages, isStill: isStill))
  }

  private func seenWell() -> Face? { SyntheticReports.face(in: box) }

  @Test func theDetectorLooksOnlyWhenTheTrackerAsks() throws {
    let lab = try lab { _ in seenWell() }
    let reports = try lab.look(0..<16)
    #expect(lab.finder.frames == [0])
    #expect(reports.allSatisfy { $0.tracks.map(\.track.id) == [TrackID(1)] })
    #expect(lab.landmarks.questions.count == 16)
    #expect(lab.landmarks.questions.allSatisfy { $0.expressions })
  }

  @Test func aFaceThatSlipsAwayIsLookedForInTheSameFrame() throws {
    var asked = 0
    let lab = try lab { question in
      asked += question.frame == 5 ? 1 : 0
      return question.frame == 5 && asked == 1 ? nil : seenWell()
    }
    let reports = try lab.look(0..<7)
    #expect(lab.finder.frames == [0, 5])
    #expect(reports[5].tracks.map(\.track.id) == [TrackID(1)])
    #expect(reports[5].tracks.first?.track.lastSeen == reports[5].captured)
  }

  @Test func aBoxOfTheWrongSizeIsTriedSmallerAndLarger() throws {
    var asked = 0
    let lab = try lab { _ in
      asked += 1
      return asked < 3 ? nil : seenWell()
    }
    #expect(try lab.look(0..<1)[0].tracks.count == 1)
    let sides = lab.landmarks.questions.map(\.region.side)
    #expect(sides.count == 3)
    #expect(zip(sides, [1, 0.8, 1.25]).allSatisfy { abs($0 / sides[0] - $1) < 1e-5 })
  }

  @Test func aStillPictureIsLookedAtAgainAroundItsOwnMesh() throws {
    let lab = try lab(isStill: true) { _ in seenWell() }
    let track = try #require(try lab.look(0..<1)[0].tracks.first)
    #expect(lab.landmarks.questions.count == 4)
    #expect(lab.landmarks.questions.allSatisfy { !$0.expressions })
    #expect(track.liveness == LivenessState(unavailable: .stillPicture))
    // One chance is all there is: the networks are asked at once.
    #expect(lab.scores.offers.map(\.frame) == [0])
  }

  @Test func onlyAConfirmedFaceIsOfferedToTheNetworks() throws {
    let lab = try lab { _ in seenWell() }
    let reports = try lab.look(0..<7)
    // Confirmed 100 ms after its birth: at 132 ms, in frame 4.
    #expect(reports.map { $0.tracks[0].track.phase == .confirmed } == (0..<7).map { $0 >= 4 })
    #expect(lab.scores.offers.map(\.frame) == [4, 5, 6])
  }

  @Test func aFaceThatIsHardlySeenIsNotJudged() throws {
    let dark = FaceQuality(interocularPixels: 90, sharpness: 120, exposure: 0.001)
    let lab = try lab { _ in
      seenWell().map {
        Face(box: $0.box, presence: $0.presence, landmarks: $0.landmarks, pose: $0.pose, quality: dark)
      }
    }
    let track = try #require(try lab.look(0..<10).last?.tracks.first)
    #expect(lab.scores.offers.isEmpty)
    #expect(track.obstacle?.reason == .tooDark)
    #expect(track.scores.forgery == .unavailable(.tooDark))
    #expect(track.verdict.label == .undecided)
  }

  @Test func aCoveredFaceIsNamedAsTheNetworkSaysIt() throws {
    let lab = try lab { _ in seenWell() }
    lab.scores.cover = VisibilityObstacle(.covered, .covered, value: 0.9, limit: 0.5)
    let track = try #require(try lab.look(0..<10).last?.tracks.first)
    #expect(track.obstacle?.reason == .covered)
  }

  @Test func aHiddenFaceCoastsUnjudgedAndIsThenForgotten() throws {
    let box = box
    let lab = try lab(boxes: { $0 < 10 ? [box] : [] }) { $0.frame < 10 ? seenWell() : nil }
    let reports = try lab.look(0..<40)
    let coasting = try #require(reports[12].tracks.first)
    #expect(coasting.track.phase == .coasting && coasting.obstacle == nil)
    #expect(coasting.liveness.eyesClosed == .unavailable(.occluded))
    #expect(lab.scores.offers.map(\.frame).max() == 9)
    #expect(reports[12].tracks.count == 1 && reports[39].tracks.isEmpty)
    #expect(lab.scores.kept.isEmpty)
  }

  @Test func theEnvelopeIsInTheReportAndItsEvidenceInTheVerdict() throws {
    let lab = try lab { _ in seenWell() }
    let evidence = InjectionEvidence(
      findings: [InjectionFinding(.driver, strength: 1, detail: "a loopback")], frames: 30)
    let report = try #require(try lab.look(0..<6, injection: evidence).last)
    #expect(report.arrival == CapturedFrame.scripted(5, injection: evidence).arrival)
    #expect(report.timings.decode == .milliseconds(2))
    let reason = report.tracks[0].verdict.reasons.first { $0.cue == .injection }
    #expect(reason?.against == true)
    #expect(lab.perception.models.map(\.name) == ["scripted-mesh", "scripted-score"])
  }

  private struct NetworkFault: Error {}

  @Test func aNetworkThatFailsIsNamedByItsOwnError() throws {
    let lab = try lab { question in
      if question.frame == 2 { throw NetworkFault() }
      return seenWell()
    }
    _ = try lab.look(0..<2)
    #expect(throws: NetworkFault.self) { try lab.look(2..<3) }
  }
}
