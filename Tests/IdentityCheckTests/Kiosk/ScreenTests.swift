import Display
import Foundation
import IdentityCheck
import Imaging
import Overlay
import Quantities
import Testing
import Wording

/// Every prompt that a person can see.
private let prompts: [CheckPrompt] =
  CheckAdvice.allCases.map { .lookStraight($0) } + [
    .wait, .comeBack, .light(.announced), .light(.zones(.rest)),
  ]
  + Gesture.allCases.flatMap { gesture in
    (1...2).map { .perform(gesture, count: $0, done: 0) }
  }

private let sizes = [
  PixelSize(width: 1280, height: 720), PixelSize(width: 800, height: 480),
  PixelSize(width: 1920, height: 1080),
  PixelSize(width: 1080, height: 1920), PixelSize(width: 480, height: 800),
  PixelSize(width: 1280, height: 1024),
]

@Suite struct ScreenTests {
  private let typesetter: Typesetter

  init() throws { typesetter = try Typesetter(try FontFiles.find()) }

  private func list(
    _ prompt: CheckPrompt, _ language: Language, _ size: PixelSize, seconds: Double = 0.5,
    locked: Double? = nil, look: (inout KioskLook) -> Void = { _ in },
    view: (inout KioskView) -> Void = { _ in }
  ) -> DrawList {
    var chosen = KioskLook(language: language)
    look(&chosen)
    var shown = KioskView(
      prompt: prompt, progress: (1, 4), seconds: seconds, timeLeft: 0.6, locked: locked)
    view(&shown)
    return KioskScreen(metrics: typesetter, look: chosen).compose(
      shown, on: Viewport(frame: PixelSize(width: 640, height: 480), canvas: size))
  }

  /// Where a text's letters lie, with room above and below the base line.
  private func box(_ run: TextRun) -> PixelRect {
    let width = typesetter.width(of: run.text, style: run.style, rightToLeft: run.rightToLeft)
    let size = Float(run.style.size)
    let left: Float =
      switch run.anchor {
      case .left: run.origin.x
      case .center: run.origin.x - width / 2
      case .right: run.origin.x - width
      }
    return PixelRect(x: left, y: run.origin.y - size * 0.8, width: width, height: size)
  }

  @Test(arguments: Language.allCases) func everyPromptFitsTheScreenAndLeavesThePictureFree(language: Language)
  {
    for size in sizes {
      for (isLarge, isHigh) in [(false, false), (true, true)] {
        for (prompt, announces) in prompts.flatMap({ [($0, false), ($0, true)] }) {
          let list = list(prompt, language, size, seconds: 3) {
            ($0.isLargeText, $0.isHighContrast) = (isLarge, isHigh)
          } view: {
            $0.announcesLight = announces
          }
          // While the screen is the light, it shows no picture.
          let isLight = if case .light = prompt { true } else { false }
          var taken: [PixelRect] = []
          for case .text(let run) in list.items {
            let box = box(run)
            #expect(box.x >= 0 && box.maxX <= Float(size.width) + 1, "\(run.text) on \(size)")
            #expect(box.y > 0 && box.maxY < Float(size.height), "\(run.text) on \(size)")
            #expect(run.rightToLeft == language.isRightToLeft)
            #expect(
              isLight || box.intersection(list.viewport.frameArea).area == 0, "\(run.text) covers the picture"
            )
            #expect(
              run.style.size >= min(size.width, size.height) / 45, "\(run.text) is too small on \(size)")
            #expect(taken.allSatisfy { $0.intersection(box).area < 1 }, "\(run.text) on other words, \(size)")
            taken.append(box)
          }
          #expect(list.viewport.frameArea.area > Float(size.area) * 0.22)
        }
      }
    }
  }

  @Test func wordsStandBesideOrBelowThePictureInReadingOrder() throws {
    let area = { (language: Language, size: PixelSize) in
      list(.wait, language, size).viewport.frameArea.center
    }
    let (wide, tall) = (PixelSize(width: 1280, height: 720), PixelSize(width: 1080, height: 1920))
    #expect(area(.english, wide).x < 640 && area(.arabic, wide).x > 640)
    #expect(area(.english, tall) == area(.arabic, tall) && area(.english, tall).y < 960)
  }

  @Test func theOvalWaitsInTheMiddleThenLiesWhereTheFaceIs() throws {
    let size = PixelSize(width: 1280, height: 720)
    let face = PixelRect(x: 100, y: 150, width: 100, height: 130)
    func oval(_ advice: CheckAdvice, mirrors: Bool = true, nearness: Float = 0) -> [PixelRect] {
      let list = list(.lookStraight(advice), .english, size) {
        $0.mirrors = mirrors
      } view: {
        ($0.face, $0.nearness) = (face, nearness)
      }
      return list.items.compactMap {
        // The dots of the steps are rings, too, and small.
        guard case .line(let points, _, _, _) = $0, points.count > 40, let box = PixelRect(around: points),
          box.width > 60
        else { return nil }
        return box
      }
    }
    let picture = list(.wait, .english, size).viewport
    let waiting = try #require(oval(.comeCloser).first)
    #expect(abs(waiting.center.x - picture.frameArea.center.x) < 1)
    for mirrors in [true, false] {
      let placed = try #require(oval(.none, mirrors: mirrors).first)
      var seen = picture.place(face)
      if mirrors { seen.x = picture.frameArea.x + picture.frameArea.maxX - seen.maxX }
      #expect(placed.intersection(seen).area > seen.area * 0.95)
      #expect(abs(placed.center.x - seen.center.x) < 2)
    }
    // Two ellipses make the oval's line; the third grows with the face.
    let filled = [0, 0.3, 0.9].map { oval(.comeCloser, nearness: $0) }
    #expect(filled.map(\.count) == [2, 3, 3])
    #expect(filled[1][2].height < filled[2][2].height)
  }

  @Test func theLightCanBeRefusedUntilItBeginsAndFillsTheScreen() throws {
    let size = PixelSize(width: 800, height: 480)
    let viewport = Viewport(frame: PixelSize(width: 640, height: 480), canvas: size)
    let screen = KioskScreen(metrics: typesetter, look: KioskLook(language: .english))
    var view = KioskView(prompt: .lookStraight(.none), progress: (0, 4), seconds: 1)
    #expect(screen.refusal(view, on: viewport) == nil)
    view.announcesLight = true
    let button = try #require(screen.refusal(view, on: viewport))
    #expect(button.height >= 40 && button.width >= 120)
    #expect(screen.compose(view, on: viewport).texts.contains(KioskWords(.english).refuseLight))
    let (amber, blue) = (LightColor(0.95, 0.58, 0.08), LightColor(0.14, 0.24, 1.0))
    view.prompt = .light(.zones(LightZones(top: amber, left: blue, right: amber)))
    let lit = screen.compose(view, on: viewport).items.compactMap { item -> (PixelRect, DrawColor)? in
      if case .panel(let rect, 0, let color) = item { (rect, color) } else { nil }
    }
    #expect(lit.map(\.1) == [amber.drawn, blue.drawn, amber.drawn])
    #expect(lit.reduce(0) { $0 + $1.0.area } == Float(size.area))
    // The person's left is the screen's left.
    #expect(lit[1].0.x == 0 && lit[2].0.maxX == 800)
  }

  @Test func timeLeftIsABarThatNeverGrowsAndHasNoNumber() throws {
    let size = PixelSize(width: 800, height: 480)
    let widths = [1.0, 0.6, 0.2].map { left in
      list(.perform(.nod, count: 1, done: 0), .english, size) { _ in
      } view: {
        $0.timeLeft = left
      }.items.compactMap { item -> Float? in
        if case .panel(let rect, _, let color) = item, color == KioskPalette(isHighContrast: false).calm {
          return rect.width
        }
        return nil
      }
    }
    #expect(widths.allSatisfy { $0.count == 1 })
    #expect(widths[0][0] > widths[1][0] && widths[1][0] > widths[2][0])
  }

  @Test func everyPromptHasItsOwnWordsInBothLanguages() {
    for language in Language.allCases {
      let words = KioskWords(language)
      let requests = Gesture.allCases.map { words.request($0, 1) }
      #expect(Set(requests).count == requests.count)
      let isArabic: (String) -> Bool = { $0.unicodeScalars.contains { (0x600...0x6FF).contains($0.value) } }
      for prompt in prompts { #expect(isArabic(words.sentence(prompt)) == (language == .arabic)) }
      for advice in CheckAdvice.allCases where advice != .none {
        #expect(words.advice(advice).map(isArabic) == (language == .arabic))
      }
      for minutes in [1, 2, 5, 30] {
        #expect(isArabic(words.locked(seconds: Double(minutes) * 60)) == (language == .arabic))
      }
    }
    #expect(KioskWords(.english).locked(seconds: 61) == "Too many attempts. Try again in 2 minutes.")
  }

  @Test(arguments: Gesture.allCases) func theFigureMoves(gesture: Gesture) {
    let size = PixelSize(width: 1280, height: 720)
    let rest = list(.perform(gesture, count: 1, done: 0), .english, size, seconds: 0)
    let moved = list(.perform(gesture, count: 1, done: 0), .english, size, seconds: 0.6)
    #expect(rest.items != moved.items)
    #expect(rest.texts == moved.texts)
    let waiting = [0, 0.6].map { list(.wait, .english, size, seconds: $0).items }
    #expect(waiting[0] == waiting[1])
  }

  @Test func theEndIsAWordAndAShapeWithoutAScore() throws {
    let size = PixelSize(width: 1280, height: 720)
    var signs: Set<[Int]> = []
    for (outcome, decision) in [(Ending.pass, CheckDecision.pass), (.fail, .fail), (.none, .undecided)] {
      let result = try #require(outcome.run.result)
      #expect(result.decision == decision)
      let list = list(.finished(result), .english, size)
      #expect(list.texts.first == KioskWords(.english).decision(decision))
      #expect(!list.texts.joined().contains { $0.isNumber })
      signs.insert(
        list.items.compactMap { if case .line(let points, _, _, _) = $0 { points.count } else { nil } })
    }
    #expect(signs.count == 3)
    let locked = list(.wait, .english, size, locked: 290)
    #expect(locked.texts.joined(separator: " ") == "Too many attempts. Try again in 5 minutes.")
  }

  /// One check for each decision.
  private enum Ending {
    case pass, fail, none

    var run: Stage.Run {
      switch self {
      case .pass: Stage().play()
      case .fail: Stage(mirrored: true).play()
      case .none: Stage().play(Mishap(lostAt: 2))
      }
    }
  }

  @Test(arguments: [(false, 7.0), (true, 15.0)]) func textIsHighContrast(isHigh: Bool, least: Double) {
    let palette = KioskPalette(isHighContrast: isHigh)
    for color in [palette.text, palette.quiet, palette.accent, palette.pass, palette.fail, palette.undecided]
    {
      #expect(color.contrast(to: palette.ground) > least)
    }
    // What is no text must still be told from the ground (WCAG 2.1, 1.4.11).
    #expect(palette.calm.contrast(to: palette.ground) > 3)
    #expect(palette.calm.contrast(to: palette.track) > 2.5)
  }

  /// Draws every state; with `VIGIL_RENDER` the pictures are kept there to be looked at.
  @Test(arguments: Language.allCases) func screensAreDrawn(language: Language) throws {
    let renderer = PictureRenderer(typesetter: typesetter)
    let folder = ProcessInfo.processInfo.environment["VIGIL_RENDER"]
    let shown = folder == nil ? Array(sizes.prefix(1)) : sizes
    for size in shown {
      for scene in KioskScene.all(language, on: size) {
        let list = KioskScreen(metrics: typesetter, look: scene.look).compose(scene.view, on: scene.viewport)
        var picture = KioskScene.picture(list)
        let empty = picture.bytes
        renderer.draw(list, onto: &picture)
        #expect(picture.bytes != empty)
        if let folder {
          let name = "kiosk-\(scene.name)-\(language.rawValue)-\(size.width)x\(size.height).png"
          try picture.writePNG(to: "\(folder)/\(name)")
        }
      }
    }
  }
}
