import Observations
import Overlay
import Quantities
import Testing
import VigilTesting
import Wording

@Suite struct LayoutTests {
  @Test func oneFaceIsBoxedLabelledAndExplained() {
    let list = compose(oneFace()) { $0.framesPerSecond = 29.97 }
    #expect(
      list.texts == [
        "? help", "dropped 5", "lost 2", "30.0 fps", "Test camera", "#1  LIVE", "yaw 4°  pitch -7°",
        "live score",
        "88%", "for", "forgery network", "0.11 under 0.50", "spoof network", "none installed", "for",
        "blinks",
        "3 over 1", "liveness", "0.88", "mouth motion", "0", "face motion", "0.012", "pulse",
        "waiting, 4 of 10",
        "#1  LIVE  88%",
      ])
    let boxed = list.items.contains { item in
      if case .outline(let rect, _, _, let color) = item {
        return rect == PixelRect(x: 450, y: 165, width: 225, height: 290)
          && color == Theme(.dark).color(.live).opacity(0.9)
      }
      return false
    }
    #expect(boxed)
  }

  /// What `vigil analyze --render-plain` promises: boxes, verdicts and heat maps, and nothing else.
  @Test func withoutBarAndDetailsOnlyBoxesAndVerdictsAreDrawn() {
    let plain: (inout OverlayOptions) -> Void = {
      ($0.showsDetails, $0.showsLandmarks, $0.showsBar) = (false, false, false)
      $0.notices = ["camera lost"]
    }
    #expect(compose(oneFace(), plain).texts == ["#1  LIVE  88%"])
    #expect(compose(oneFace(), plain).dotCounts.isEmpty)
    #expect(compose(SyntheticReports.report([], size: screen), plain).items.isEmpty)
    // Without a bar a label may stand at the very top.
    let high = compose(oneFace(box: PixelRect(x: 450, y: 26, width: 225, height: 290)), plain)
    #expect(high.boxes().contains { $0.box.y < 26 })
  }

  @Test func landmarksFollowTheFrameOntoTheCanvas() {
    let half = Viewport(frame: screen, canvas: PixelSize(width: 640, height: 480))
    #expect(half.frameArea == PixelRect(x: 0, y: 60, width: 640, height: 360))
    let centers = compose(oneFace(), on: half).items.compactMap { item -> [PixelPoint]? in
      if case .dots(let centers, _, _) = item, centers.count == 68 { centers } else { nil }
    }
    let expected = oneFace().tracks[0].track.face.landmarks.points.map(half.place)
    #expect(centers.first == expected)
    #expect(compose(oneFace()) { $0.showsLandmarks = false }.dotCounts.contains(68) == false)
  }

  @Test(arguments: VerdictLabel.allCases, Language.allCases)
  func theVerdictIsAWordAndAColour(label: VerdictLabel, language: Language) {
    let list = compose(oneFace(label)) { $0.language = language }
    #expect(list.texts.contains { $0.contains(Words(language).verdict(label)) })
    #expect(
      list.items.contains { item in
        if case .panel(_, _, let color) = item { color == Theme(.dark).color(label) } else { false }
      })
  }

  @Test func theCardKeepsClearOfTheFace() {
    for x: Float in stride(from: 0, through: 1000, by: 50) {
      let box = PixelRect(x: x, y: 200, width: 250, height: 320)
      let list = compose(oneFace(box: box))
      for panel in list.panels where panel.width > 200 && panel.height > 60 {
        #expect(panel.intersection(box).area / box.area < 0.34, "face at \(x), panel \(panel)")
      }
    }
  }

  @Test func aFaceThatFillsTheFrameGetsNoCard() {
    let list = compose(oneFace(box: PixelRect(x: 40, y: 40, width: 1200, height: 660)))
    #expect(!list.panels.contains { $0.width > 250 && $0.height > 100 })
    #expect(list.texts.contains("#1  LIVE  88%"))
  }

  @Test(arguments: [2, 4, 9, 16], Language.allCases)
  func labelsOfACallGridDoNotCoverEachOther(count: Int, language: Language) {
    let list = compose(SyntheticReports.grid(count, size: screen)) { $0.language = language }
    let labels = list.boxes().filter { $0.text.hasPrefix("#") || $0.text.contains(": ") }
    #expect(labels.count >= count)
    for (index, one) in labels.enumerated() {
      for other in labels[(index + 1)...] {
        #expect(one.box.intersection(other.box).area == 0, "\(one.text) over \(other.text)")
      }
    }
  }

  @Test(
    arguments: Language.allCases, [PixelSize(width: 1280, height: 720), PixelSize(width: 640, height: 480)])
  func everyTextLiesOnTheCanvas(language: Language, size: PixelSize) {
    let report = SyntheticReports.grid(9, size: size)
    let list = compose(report, on: Viewport(picture: size)) {
      $0.language = language
      ($0.showsHelp, $0.isPaused, $0.framesPerSecond) = (true, true, 25)
      $0.notices = ["The camera is gone; waiting for it to come back"]
    }
    for (text, box) in list.boxes() {
      #expect(box.x >= 0 && box.maxX <= Float(size.width), "\(text) at \(box)")
      #expect(box.y >= 0 && box.maxY <= Float(size.height), "\(text) at \(box)")
    }
  }

  @Test func arabicIsMirrored() throws {
    let camera = { (language: Language) -> TextRun? in
      compose(oneFace()) { $0.language = language }.items.lazy.compactMap { item -> TextRun? in
        if case .text(let run) = item, run.text == "Test camera" { run } else { nil }
      }.first
    }
    let (english, arabic) = (try #require(camera(.english)), try #require(camera(.arabic)))
    #expect(english.anchor == .left && arabic.anchor == .right)
    #expect(english.origin.x + arabic.origin.x == 1280)
    #expect(arabic.rightToLeft && !english.rightToLeft)
  }

  @Test func statesAreShown() {
    let texts = compose(nil) {
      ($0.isPaused, $0.showsHelp) = (true, true)
      $0.notices = ["Camera lost"]
    }.texts
    for expected in ["PAUSED", "Camera lost", "Keys", "full screen", "Q  Esc"] {
      #expect(texts.contains(expected))
    }
    #expect(compose(SyntheticReports.report([], size: screen)).texts.contains("No face in view"))
    #expect(compose(oneFace(phase: .coasting)).texts.contains("#1  LIVE  88%  hidden"))
    #expect(compose(oneFace(.undecided, risk: nil)).texts.contains("12 / 30"))
  }

  @Test func oddCanvasesAndCoordinatesDrawWithoutFault() {
    let odd = PixelRect(x: .nan, y: 3, width: .infinity, height: 1)
    #expect(compose(oneFace(box: odd)).texts.contains("No face in view") == false)
    for (width, height) in [(1, 1), (17, 900), (16384, 16384), (320, 200)] {
      let size = PixelSize(width: width, height: height)
      let list = compose(SyntheticReports.grid(4, size: size), on: Viewport(picture: size))
      #expect(!list.items.isEmpty)
      if width < 240 { #expect(list.texts.isEmpty) }
    }
  }

  @Test func namesFromOutsideAreCleanedAndCut() {
    let report = FrameReport(
      FrameArrival(
        index: 0, captured: MonotonicInstant(seconds: 0), size: screen,
        camera: "Cam\u{202E}\n\u{0}\u{7}era" + String(repeating: "x", count: 5000)), tracks: [])
    let name = compose(report).texts.first { $0.hasPrefix("Camera") }
    #expect(name?.hasSuffix("…") == true)
    #expect((name?.count ?? 9999) < 250)
  }

  @Test func aPatchLiesUnderTheLinesOfItsFace() throws {
    let patch = try #require(
      Patch(size: PixelSize(width: 2, height: 1), rgba: [255, 0, 0, 128, 0, 0, 255, 128]))
    #expect(Patch(size: PixelSize(width: 2, height: 2), rgba: [1, 2, 3]) == nil)
    let list = compose(oneFace()) { $0.patches[TrackID(1)] = patch }
    #expect(list.items.contains(.patch(patch, into: PixelRect(x: 450, y: 165, width: 225, height: 290))))
  }
}

extension DrawList {
  var dotCounts: [Int] {
    items.compactMap { if case .dots(let centers, _, _) = $0 { centers.count } else { nil } }
  }
}
