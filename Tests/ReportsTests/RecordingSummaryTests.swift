import Calibration
import Foundation
import JSON
import Observations
import Reports
import Testing
import Wording

@Suite struct RecordingSummaryTests {
  private func summary(_ labels: [VerdictLabel]) -> RecordingSummary {
    var summary = RecordingSummary(path: "clip.mp4", kind: .video)
    for (index, label) in labels.enumerated() {
      summary.add(Sample.frame(index) { [Sample.track(label, at: $0)] })
    }
    return summary
  }

  @Test func lastVerdictCounts() {
    #expect(summary(Array(repeating: .undecided, count: 10) + [.live]).label == .live)
  }

  @Test func fakeForASecondIsNotForgotten() {
    let fake = Array(repeating: VerdictLabel.fake, count: 30)
    #expect(summary(fake + Array(repeating: .live, count: 50)).label == .fake)
    #expect(summary(Array(fake.prefix(5)) + Array(repeating: .live, count: 50)).label == .live)
  }

  @Test func alarmsAndWarningsCountBeginnings() throws {
    let story: [VerdictLabel] = [.live, .suspect, .fake, .suspect, .fake, .live, .suspect, .undecided, .fake]
    let found = try #require(summary(story).reported.first)
    #expect(found.alarms == 3 && found.warnings == 3)
    let fromTheStart = try #require(summary([.fake, .fake, .live]).reported.first)
    #expect(fromTheStart.alarms == 1 && fromTheStart.warnings == 1)
    let text = summary(story).json(provenance: Sample.provenance, timed: false).text
    #expect(text.contains(#""alarms":3,"warnings":3"#))
  }

  @Test func noFaceIsUndecidedAndSaysSo() throws {
    var summary = RecordingSummary(path: "empty.mp4", kind: .video)
    summary.add(Sample.frame(0) { _ in [] })
    let text = summary.json(provenance: Sample.provenance, timed: false).text
    #expect(text.contains(#""verdict":"undecided""#))
    #expect(text.contains(#""cue":"no_face""#))
    #expect(text.contains(#""tracks":[]"#))
  }

  @Test func tentativeTracksAreToldInPicturesOnly() {
    var video = RecordingSummary(path: "a", kind: .video)
    var image = RecordingSummary(path: "a", kind: .image)
    let frame = Sample.frame(0) { [Sample.track(.undecided, phase: .tentative, at: $0)] }
    video.add(frame)
    image.add(frame)
    #expect(video.reported.isEmpty)
    #expect(image.reported.count == 1)
  }

  /// A fake face beside a live one of which more was seen, for `frames` frames in one respect less sure.
  private func beside(
    fakeFor frames: Int = 100, hidden: Int = 0, side: Float = 90, presence: Float = 0.9, fakeID: Int = 2
  ) -> RecordingSummary {
    var summary = RecordingSummary(
      path: "a", kind: .video,
      deciding: VisibilityLimits.Deciding(seconds: 1, size: 0.25, presence: 0.6, seenShare: 0.5))
    for index in 0..<150 {
      summary.add(
        Sample.frame(index) { at in
          var tracks = [Sample.track(id: 3 - fakeID, .live, at: at, side: 100)]
          if index < frames {
            tracks.append(
              Sample.track(
                id: fakeID, .fake, phase: index < hidden ? .coasting : .confirmed, at: at, side: side,
                presence: presence))
          }
          return tracks
        })
    }
    return summary
  }

  @Test(arguments: [1, 2]) func whatIsHardlyAFaceDecidesNothingWhateverItsNumber(number: Int) {
    #expect(beside(fakeID: number).label == .fake)
    #expect(beside(fakeFor: 20, fakeID: number).label == .live)
    #expect(beside(hidden: 60, fakeID: number).label == .live)
    #expect(beside(side: 20, fakeID: number).label == .live)
    #expect(beside(presence: 0.4, fakeID: number).label == .live)
    // All the same it is listed with its own verdict.
    #expect(beside(side: 20, fakeID: number).reported.contains { $0.verdict.label == .fake })
  }

  @Test(arguments: [1, 2]) func ofTwoAlikeTheOneThatIsSeenMoreDecides(larger: Int) {
    var summary = RecordingSummary(path: "a", kind: .image)
    summary.add(
      Sample.frame(0) { at in
        [
          Sample.track(id: larger, .live, at: at, side: 120),
          Sample.track(id: 3 - larger, .undecided, at: at, side: 80),
        ]
      })
    #expect(summary.deciding?.id.value == larger)
  }

  @Test func whatKeptATrackFromBeingJudgedIsReported() throws {
    let dark = VisibilityObstacle(.tooDark, .luminance, value: 0.1, limit: 0.15)
    var summary = RecordingSummary(path: "a", kind: .video)
    for index in 0..<40 {
      summary.add(
        Sample.frame(index) { at in
          [
            Sample.track(
              .undecided, at: at, obstacle: index < 30 ? dark : nil,
              scores: NetworkScores(
                forgery: .pending(observed: 3, required: 5), spoof: .pending(observed: 3, required: 5)))
          ]
        })
    }
    let text = summary.json(provenance: Sample.provenance, timed: false).text
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(object["advice"] as? [String] == ["more_light", "stay"])
    let track = try #require((object["tracks"] as? [[String: Any]])?.first)
    #expect(track["judged_share"] as? Double == 0.25)
    let causes = try #require(track["not_judged"] as? [[String: Any]])
    #expect(causes.map { $0["reason"] as? String } == ["too_dark", "too_few_frames"])
    #expect(causes[0]["measure"] as? String == "luminance" && causes[0]["frames"] as? Int == 30)
    #expect(causes[0]["limit"] as? Double == 0.15 && causes[1]["value"] as? Double == 3)
    let page = RecordingPage(.arabic).section(summary, damage: nil)
    #expect(page.contains("سلط ضوءا أكثر على الوجه"))
  }

  @Test func worstTrackDecides() {
    var summary = RecordingSummary(path: "a", kind: .video)
    for index in 0..<50 {
      summary.add(
        Sample.frame(index) { [Sample.track(id: 1, .live, at: $0), Sample.track(id: 2, .suspect, at: $0)] })
    }
    #expect(summary.label == .suspect)
  }

  @Test func jsonIsValidAndHasTheSchemaFields() throws {
    let text = summary(Array(repeating: .live, count: 26)).json(provenance: Sample.provenance, timed: true)
      .text
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    for key in [
      "schema", "path", "kind", "frames", "fps", "duration_s", "verdict", "risk", "reasons", "tracks",
      "models",
      "calibration", "version", "timings_ms",
    ] {
      #expect(object[key] != nil, "field \(key) is missing")
    }
    #expect(object["fps"] as? Double == 25)
    #expect(object["duration_s"] as? Double == 1.04)
    let track = try #require((object["tracks"] as? [[String: Any]])?.first)
    #expect(track["frames"] as? Int == 26)
    let forgery = try #require(track["forgery"] as? [String: Any])
    #expect(forgery["unavailable"] as? String == "no_model")
  }

  @Test func sameFramesGiveTheSameBytes() {
    let labels: [VerdictLabel] = [.undecided, .suspect, .live, .live]
    #expect(
      summary(labels).json(provenance: Sample.provenance, timed: false).text
        == summary(labels).json(provenance: Sample.provenance, timed: false).text)
  }

  @Test func poseRangeCoversWhatWasSeen() {
    var summary = RecordingSummary(path: "a", kind: .video)
    for (index, yaw) in [Float(-12), 3, 20].enumerated() {
      summary.add(Sample.frame(index) { [Sample.track(.live, at: $0, yaw: yaw)] })
    }
    #expect(summary.json(provenance: Sample.provenance, timed: false).text.contains(#""yaw":[-12,20]"#))
  }
}

@Suite struct OrderedJSONTests {
  @Test func quotingSurvivesAParser() throws {
    let nasty = "a\"b\\c\n\t\u{1}é🙂"
    let text = OrderedJSON.object([("k", .string(nasty))]).text
    let back = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: String])
    #expect(back["k"] == nasty)
  }

  @Test func numbersAreRoundedAndShort() {
    #expect(OrderedJSON.number(1.50001, decimals: 3).text == "1.5")
    #expect(OrderedJSON.number(-0.0001, decimals: 2).text == "0")
    #expect(OrderedJSON.number(100, decimals: 2).text == "100")
    #expect(OrderedJSON.integer(-3).text == "-3")
  }

  @Test func missingValuesSayWhy() {
    #expect(
      Evidence<Double>.unavailable(.pose).json { .number($0, decimals: 1) }.text == #"{"unavailable":"pose"}"#
    )
    #expect(
      Evidence<Double>.pending(observed: 1, required: 3).json { .number($0, decimals: 1) }.text
        == #"{"unavailable":"pending","observed":1,"required":3}"#)
  }
}

@Suite struct LandmarkTableTests {
  @Test func everyLineHasAsManyCellsAsTheHeader() {
    let report = Sample.frame(3) {
      [Sample.track(.live, at: $0), Sample.track(id: 2, .live, phase: .coasting, at: $0)]
    }
    let columns = LandmarkTable.header.split(separator: ",").count
    let lines = LandmarkTable.lines(report, from: report.captured)
    #expect(lines.count == 2)
    for line in lines {
      #expect(line.split(separator: ",", omittingEmptySubsequences: false).count == columns)
    }
    #expect(LandmarkTable.header.hasPrefix("frame,face_id,timestamp,confidence,success,x_0,"))
    #expect(lines[1].split(separator: ",")[4] == "0")
  }
}
