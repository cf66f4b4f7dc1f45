import Calibration
import Foundation
import JSON
import Observations
import Quantities
import Reports
import Testing

/// What a recording says of its tracks, and which of them decides.
@Suite struct TrackTests {
  private func summary(
    _ frames: Int, fps: Double = 25, kind: RecordingKind = .video,
    _ tracks: (Int, MonotonicInstant) -> [TrackReport]
  ) -> RecordingSummary {
    var summary = RecordingSummary(path: "a", kind: kind)
    for index in 0..<frames { summary.add(Sample.frame(index, fps: fps) { at in tracks(index, at) }) }
    return summary
  }

  // MARK: Time

  @Test func lengthAndRateComeFromTheTimes() {
    #expect(
      summary(0) { _, _ in [] }.framesPerSecond == nil && summary(1) { _, _ in [] }.framesPerSecond == nil)
    #expect(summary(0) { _, _ in [] }.duration == 0 && summary(1) { _, _ in [] }.seconds == 0)
    let clip = summary(50, fps: 10) { _, _ in [] }
    #expect(abs((clip.framesPerSecond ?? 0) - 10) < 1e-6)
    // The last frame is shown, too.
    #expect(abs(clip.duration - 5) < 1e-6 && abs(clip.seconds - 5) < 1e-6)
  }

  /// A second of "fake" in all, not in one piece; a frame less is not enough.
  @Test(arguments: [(24, VerdictLabel.live), (25, .fake)] as [(Int, VerdictLabel)])
  func fakeForASecondInAllDecides(frames: Int, label: VerdictLabel) {
    let clip = summary(200) { index, at in
      // Runs of five with five live ones between them.
      let number = index / 10 * 5 + index % 10
      return [Sample.track(index % 10 < 5 && number < frames ? .fake : .live, at: at)]
    }
    #expect(clip.label == label)
  }

  // MARK: How a track was seen

  @Test func coastingIsNotSeeing() throws {
    let clip = summary(40) { index, at in
      [Sample.track(.live, phase: index < 30 ? .confirmed : .coasting, at: at, side: 50)]
    }
    let sight = try #require(clip.reported.first).sight
    #expect(sight.frames == 30 && abs(sight.seenShare - 0.75) < 1e-9 && sight.side == 50)
    #expect(abs(sight.seconds - 29.0 / 25) < 1e-6 && abs(sight.presence - 0.9) < 1e-6)
    #expect(abs(sight.weight - sight.seconds * 50 * sight.presence) < 1e-9)
    #expect(sight.judgedShare == 1 && sight.hindrances == [])
  }

  @Test func hindrancesAreCountedTheMostFrequentFirst() throws {
    func obstacle(_ reason: UnavailableReason, _ value: Double) -> VisibilityObstacle {
      VisibilityObstacle(reason, .luminance, value: value, limit: 0.5)
    }
    let clip = summary(10) { index, at in
      let seen = index < 5 ? obstacle(.tooDark, Double(index)) : index < 8 ? obstacle(.pose, 1) : nil
      return [Sample.track(.undecided, at: at, obstacle: seen)]
    }
    let track = try #require(clip.reported.first)
    #expect(track.sight.hindrances.map(\.obstacle.reason) == [.tooDark, .pose])
    #expect(track.sight.hindrances.map(\.frames) == [5, 3] && track.sight.judgedShare == 0.2)
    // The mean of 0, 1, 2, 3, 4.
    #expect(track.sight.hindrances[0].obstacle.value == 2)
    #expect(track.advice == [.moreLight, .lookStraight])
    // A face that was judged needs no advice.
    let live = summary(10) { index, at in
      [Sample.track(.live, at: at, obstacle: index < 5 ? obstacle(.tooDark, 1) : nil)]
    }
    #expect(live.reported.first?.advice == [])
  }

  @Test func neverSeenIsNoDivisionByNothing() throws {
    var clip = RecordingSummary(path: "a", kind: .image)
    clip.add(Sample.frame(0) { [Sample.track(.undecided, phase: .coasting, at: $0)] })
    let sight = try #require(clip.reported.first).sight
    #expect(sight.side == 0 && sight.presence == 0 && sight.seenShare == 0 && sight.judgedShare == 0)
  }

  // MARK: Damage

  @Test func damageLeavesNothingToBeClaimed() {
    var picture = summary(1, kind: .image) { _, at in [Sample.track(.live, at: at)] }
    #expect(picture.label == .live)
    picture.damage = "cut off"
    #expect(picture.label == .undecided)
    let text = picture.json(provenance: Sample.provenance, timed: false).text
    #expect(
      text.contains(
        #""risk":{"unavailable":"damaged"},"reasons":[{"cue":"quality","value":{"unavailable":"damaged"}"#))
    // A recording is judged by the frames that are whole, unless those are the fewer.
    var clip = summary(30) { _, at in [Sample.track(.fake, at: at)] }
    clip.damage = "3 of 30 frames are damaged"
    #expect(clip.label == .fake)
    clip.isMostlyDamaged = true
    #expect(clip.label == .undecided)
  }

  // MARK: JSON

  @Test func timingsAreMeansAndOnlyWhenAsked() throws {
    var clip = RecordingSummary(path: "a", kind: .video)
    for index in 0..<4 {
      var timings = StageTimings()
      (timings.decode, timings.judgement) = (.milliseconds(index), .microseconds(500))
      clip.add(
        FrameReport(
          FrameArrival(
            index: UInt64(index), captured: MonotonicInstant(seconds: Double(index)),
            size: PixelSize(width: 8, height: 8), camera: "c"),
          tracks: [], timings: timings))
    }
    let timed = clip.json(provenance: Sample.provenance, timed: true).text
    #expect(
      timed.hasSuffix(#""timings_ms":{"decode":1.5,"detect":0,"landmarks":0,"judgement":0.5,"scoring":0}}"#))
    let plain = clip.json(provenance: Sample.provenance, timed: false).text
    #expect(plain.hasSuffix(#""timings_ms":{"unavailable":"switched_off"}}"#))
    let nothing = RecordingSummary(path: "a", kind: .video).json(provenance: Sample.provenance, timed: true)
      .text
    #expect(nothing.hasSuffix(#""timings_ms":{"unavailable":"switched_off"}}"#))
  }

  @Test func aStillPictureHasNoRate() {
    let text = summary(1, kind: .image) { _, at in [Sample.track(.undecided, at: at)] }
      .json(provenance: Sample.provenance, timed: false).text
    #expect(
      text.hasPrefix(
        #"{"schema":1,"path":"a","kind":"image","frames":1,"fps":{"unavailable":"still_picture"},"duration_s":0,"#
      ))
    #expect(
      text.contains(#""deciding_track":1"#) && text.contains(#""calibration":"default@1","version":"test""#))
  }

  /// Bounds of a pose: only where the face was really seen.
  @Test func posesOfARememberedFaceDoNotCount() {
    let clip = summary(3) { index, at in
      [Sample.track(.live, phase: index == 2 ? .coasting : .confirmed, at: at, yaw: Float(index * 40))]
    }
    #expect(clip.json(provenance: Sample.provenance, timed: false).text.contains(#""yaw":[0,40]"#))
  }
}

/// A table of landmarks with OpenFace's names.
@Suite struct LandmarkCellsTests {
  private func row(_ report: FrameReport, from origin: MonotonicInstant) -> [String: String] {
    let names = LandmarkTable.header.split(separator: ",").map(String.init)
    let cells = LandmarkTable.lines(report, from: origin)[0].split(
      separator: ",", omittingEmptySubsequences: false)
    return Dictionary(uniqueKeysWithValues: zip(names, cells.map(String.init)))
  }

  @Test func cellsAreWhatTheirColumnsSay() {
    let report = Sample.frame(5) { [Sample.track(id: 3, .live, at: $0, yaw: 90)] }
    let cells = row(report, from: report.captured - .milliseconds(200))
    #expect(cells["frame"] == "5" && cells["face_id"] == "3" && cells["timestamp"] == "0.200")
    #expect(cells["confidence"] == "0.900" && cells["success"] == "1")
    #expect(cells["x_0"] == "0.00" && cells["x_67"] == "67.00" && cells["y_67"] == "134.00")
    // Rx is pitch, Ry is yaw, in radians.
    #expect(cells["pose_Rx"] == "0.0000" && cells["pose_Ry"] == "1.5708" && cells["pose_Rz"] == "0.0000")
    // Not measured: empty, never a number.
    for name in ["EAR", "MAR", "blink_left", "blink_right"] { #expect(cells[name] == "", "\(name)") }
  }

  @Test func bothEyesMakeAMeanAndOneMakesNone() {
    let report = Sample.frame(0) { at in
      let plain = Sample.track(.live, at: at)
      var liveness = plain.liveness
      (liveness.rightEyeAspect, liveness.leftEyeAspect) = (.measured(0.2, at: at), .measured(0.3, at: at))
      liveness.mouthAspect = .measured(0.125, at: at)
      return [
        TrackReport(track: plain.track, liveness: liveness, scores: plain.scores, verdict: plain.verdict)
      ]
    }
    let cells = row(report, from: report.captured + .seconds(1))
    #expect(cells["EAR"] == "0.2500" && cells["MAR"] == "0.1250")
    // A frame before the beginning is at the beginning.
    #expect(cells["timestamp"] == "0.000")
  }
}
