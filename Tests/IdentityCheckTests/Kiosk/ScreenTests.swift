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
  CheckAdvice.allCases.map { .lookStraight($0) } + [.wait, .comeBack]
  + Gesture.allCases.flatMap { gesture in
    (1...2).map { .perform(gesture, count: $0, done: 0) }
  }

@Suite struct ScreenTests {
  private let typesetter: Typesetter

  init() throws { typesetter = try Typesetter(try FontFiles.find()) }

  private func list(
    _ prompt: CheckPrompt, _ language: Language, _ size: PixelSize, seconds: Double = 0.5,
    locked: Double? = nil
  ) -> DrawList {
    KioskScreen(metrics: typesetter, language: language).compose(
      KioskView(prompt: prompt, progress: (1, 4), seconds: seconds, locked: locked),
      on: Viewport(frame: PixelSize(width: 640, height: 480), canvas: size))
  }

  @Test(arguments: Language.allCases) func everyPromptFitsTheScreen(language: Language) {
    for size in [
      PixelSize(width: 1280, height: 720), PixelSize(width: 1920, height: 1080),
      PixelSize(width: 1080, height: 1920), PixelSize(width: 640, height: 480),
    ] {
      for prompt in prompts {
        for case .text(let run) in list(prompt, language, size, seconds: 3).items {
          let width = typesetter.width(of: run.text, style: run.style, rightToLeft: run.rightToLeft)
          let left: Float =
            switch run.anchor {
            case .left: run.origin.x
            case .center: run.origin.x - width / 2
            case .right: run.origin.x - width
            }
          #expect(left >= 0 && left + width <= Float(size.width) + 1, "\(run.text) on \(size)")
          #expect(run.origin.y > 0 && run.origin.y < Float(size.height))
          #expect(run.rightToLeft == language.isRightToLeft)
        }
      }
    }
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
    #expect(locked.texts == ["Too many attempts. Try again in 5 minutes."])
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

  @Test func textIsHighContrast() {
    for below in [DrawColor(0xFFFFFF), DrawColor(0x000000), DrawColor(0x7F7F7F)] {
      let panel = KioskScreen.panel.over(below)
      #expect(KioskScreen.text.contrast(to: panel) > 12)
      #expect(KioskScreen.accent.contrast(to: panel) > 7)
    }
  }

  /// Draws both languages; with `VIGIL_RENDER` the pictures are kept there to be looked at.
  @Test(arguments: Language.allCases) func screensAreDrawn(language: Language) throws {
    let size = PixelSize(width: 1280, height: 720)
    let renderer = PictureRenderer(typesetter: typesetter)
    var picture = RGBImage(size: size) { _ in }
    let empty = picture.bytes
    renderer.draw(list(.perform(.turnLeft, count: 1, done: 0), language, size, seconds: 0.6), onto: &picture)
    #expect(picture.bytes != empty)
    if let folder = ProcessInfo.processInfo.environment["VIGIL_RENDER"] {
      try picture.writePNG(to: "\(folder)/kiosk-\(language.rawValue).png")
    }
  }
}
