import Faces
import Observations
import Quantities
import Testing

@Suite struct TrackLifeTests {
  @Test(arguments: [5.0, 15, 30, 60]) func birthConfirmationAndEndTakeTheSameTimeAtAnyRate(rate: Double) {
    var scene = Scene()
    var confirmed: Double?
    var gone: Double?
    for number in 0..<Int(rate * 3) {
      let seconds = Double(number) / rate
      let tracks = scene.frame(seconds, seconds < 1.5 ? [face(200)] : [])
      if confirmed == nil, tracks.first?.phase == .confirmed { confirmed = seconds }
      if seconds > 1.5, gone == nil, tracks.isEmpty { gone = seconds }
    }
    #expect((confirmed ?? 9) >= 0.1 - 1e-9 && (confirmed ?? 9) <= 0.1 + 1 / rate + 1e-6)
    #expect((gone ?? 9) >= 1.9 && (gone ?? 9) <= 2.0 + 2 / rate + 1e-6)
  }

  @Test func occlusionOfFourTenthsKeepsTheNumber() {
    var scene = Scene()
    var seen: Set<TrackID> = []
    var phases: [TrackPhase] = []
    for number in 0..<90 {
      let hidden = (40..<52).contains(number)
      let tracks = scene.frame(Double(number) / 30, hidden ? [] : [face(200 + Float(number))])
      seen.formUnion(tracks.map(\.id))
      phases += tracks.map(\.phase)
    }
    #expect(seen == [TrackID(1)])
    #expect(phases.filter { $0 == .coasting }.count == 12)
    #expect(phases.last == .confirmed)
  }

  @Test func coastingTrackCarriesTheLastFaceSeen() throws {
    var scene = Scene()
    for number in 0..<10 { _ = scene.frame(Double(number) / 30, [face(200)]) }
    let track = try #require(scene.frame(10.0 / 30, []).first)
    #expect(track.phase == .coasting && track.face == face(200))
    #expect(track.lastSeen == MonotonicInstant(seconds: 9.0 / 30))
    #expect(track.born == MonotonicInstant(seconds: 0))
  }

  @Test func faceSeenOnceLeavesNoTrackAndItsNumberIsNotReused() {
    var scene = Scene()
    #expect(scene.frame(0, [face(10)]).map(\.phase) == [.tentative])
    #expect(scene.frame(0.03, []).isEmpty)
    #expect(scene.frame(0.06, [face(400)]).map(\.id) == [TrackID(2)])
  }

  @Test func clockThatJumpsBackOrALongGapEndsEverything() {
    var scene = Scene()
    for number in 0..<10 { _ = scene.frame(Double(number) / 30, [face(200)]) }
    #expect(scene.frame(0, [face(200)]).map(\.id) == [TrackID(2)])
    #expect(scene.frame(2.5, [face(200)]).map(\.id) == [TrackID(3)])
  }

  @Test func slowSourceKeepsItsTracks() {
    var scene = Scene()
    for number in 0..<5 { #expect(scene.frame(Double(number), [face(200)]).map(\.id) == [TrackID(1)]) }
  }

  @Test func confirmationCanBeSwitchedOffForPictures() {
    var options = TrackingOptions()
    options.confirmAfter = .zero
    var scene = Scene(options: options)
    #expect(scene.frame(0, [face(200)]).map(\.phase) == [.confirmed])
  }
}

@Suite struct DetectorUseTests {
  @Test func detectorIsSkippedWhileLandmarksHold() {
    var scene = Scene()
    for number in 0..<300 { _ = scene.frame(Double(number) / 30, [face(200)]) }
    // Ten seconds, newcomers every half second: 20 runs in 300 frames.
    #expect((19...21).contains(scene.detections))
  }

  @Test func detectorRunsInEveryFrameWhileSomebodyIsMissing() {
    var scene = Scene()
    for number in 0..<30 { _ = scene.frame(Double(number) / 30, [face(100), face(300)]) }
    let before = scene.detections
    for number in 30..<40 { _ = scene.frame(Double(number) / 30, [face(100)]) }
    // The frame that shows the loss comes after its own plan, so the run starts one frame later at most.
    #expect(scene.detections - before >= 9)
  }

  @Test func newcomerIsFoundWithinHalfASecond() {
    var scene = Scene()
    var found: Double?
    for number in 0..<90 {
      let seconds = Double(number) / 30
      let tracks = scene.frame(seconds, seconds < 1 ? [face(100)] : [face(100), face(300)])
      if found == nil, tracks.count == 2 { found = seconds }
    }
    #expect((found ?? 9) <= 1.5 + 1.0 / 30)
  }
}
