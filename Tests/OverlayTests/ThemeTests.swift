import Observations
import Overlay
import Quantities
import Testing
import VigilTesting

@Suite struct ThemeTests {
  private let black = DrawColor(0x000000)
  private let white = DrawColor(0xFFFFFF)

  @Test func contrastIsThatOfTheStandard() {
    #expect(abs(black.contrast(to: white) - 21) < 1e-9)
    // 0x767676 is the well-known lightest gray that passes AA on white.
    #expect(abs(DrawColor(0x767676).contrast(to: white) - 4.54) < 0.01)
    #expect(DrawColor(0xFF0000, opacity: 0.5).over(white) == DrawColor(0xFF7F7F))
  }

  @Test(arguments: ThemeName.allCases) func everyTextReachesAAOverAnyFrame(name: ThemeName) {
    let theme = Theme(name)
    let colors = [theme.text, theme.secondary] + VerdictLabel.allCases.map(theme.color)
    for frame in [black, white] {
      let ground = theme.panel.over(frame)
      for color in colors { #expect(color.contrast(to: ground) >= 4.5, "\(color) on \(ground)") }
    }
    for label in VerdictLabel.allCases {
      #expect(theme.onVerdict.contrast(to: theme.color(label)) >= 4.5, "\(label)")
    }
  }

  @Test func verdictsHaveFourColours() {
    for name in ThemeName.allCases { #expect(Set(VerdictLabel.allCases.map(Theme(name).color)).count == 4) }
  }
}

@Suite struct ScoreHistoryTests {
  @Test func keepsTheNewestOfEachTrackAndForgetsGoneOnes() {
    var history = ScoreHistory(length: 3)
    for risk in [0.1, 0.2, 0.3, 0.4] { history.record(oneFace(risk: risk)) }
    let scores = history[TrackID(1)].map { ($0 ?? -1) }
    #expect(zip(scores, [0.8, 0.7, 0.6]).allSatisfy { abs($0 - $1) < 1e-9 } && scores.count == 3)
    history.record(oneFace(risk: nil))
    #expect(history[TrackID(1)].last == .some(nil))
    history.record(SyntheticReports.report([], size: screen))
    #expect(history[TrackID(1)].isEmpty)
  }
}
