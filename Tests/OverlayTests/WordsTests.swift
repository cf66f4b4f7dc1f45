import Observations
import Overlay
import Quantities
import Testing
import VigilTesting
import Wording

@Suite struct WordsTests {
  @Test(arguments: Language.allCases) func everyWordIsThere(language: Language) {
    let words = Words(language)
    let all =
      VerdictLabel.allCases.map(words.verdict) + Cue.allCases.map(words.cue)
      + UnavailableReason.allCases.map(words.unavailable) + Word.allCases.map(words.word)
      + words.keys.map(\.does) + [words.side(against: true), words.side(against: false)]
    #expect(all.allSatisfy { !$0.isEmpty })
    #expect(Set(Cue.allCases.map(words.cue)).count == Cue.allCases.count)
    #expect(Set(UnavailableReason.allCases.map(words.unavailable)).count == UnavailableReason.allCases.count)
    guard language == .arabic else { return }
    for word in all {
      #expect(word.unicodeScalars.contains { (0x600...0x6FF).contains($0.value) }, "\(word)")
    }
  }

  @Test func missingNumbersSayWhy() {
    let words = Words(.english)
    let none = words.line(Reason(cue: .spoof, value: .unavailable(.noModel), limit: 0.5, against: false))
    #expect(none == CueLine(name: "spoof network", value: "none installed", side: .silent))
    let soon = words.line(
      Reason(cue: .pulse, value: .pending(observed: 2.5, required: 10), limit: 3, against: true))
    #expect(soon == CueLine(name: "pulse", value: "waiting, 2.5 of 10", side: .silent))
  }

  @Test func limitsAndSidesAreNamed() {
    let words = Words(.english)
    let now = MonotonicInstant(seconds: 1)
    func line(_ cue: Cue, _ value: Double, _ limit: Double?, against: Bool) -> CueLine {
      words.line(Reason(cue: cue, value: .measured(value, at: now), limit: limit, against: against))
    }
    #expect(line(.forgery, 0.71, 0.5, against: true).value == "0.71 over 0.50")
    #expect(line(.forgery, 0.71, 0.5, against: true).side == .against)
    #expect(line(.forgery, 0.5, 0.5, against: false).value == "0.50 at 0.50")
    #expect(line(.blink, 2, 1, against: false) == CueLine(name: "blinks", value: "2 over 1", side: .supports))
    #expect(line(.motion, 0.02, nil, against: false).value == "0.02")
    #expect(line(.forgery, .nan, nil, against: false).value == "?")
    #expect(Words.number(-0.001) == "0.00")
  }

  @Test func aCueIsNamedOnce() throws {
    let report = try #require(oneFace().tracks.first)
    let names = Words(.english).lines(report).map(\.name)
    #expect(Set(names).count == names.count)
    #expect(names.prefix(3) == ["forgery network", "spoof network", "blinks"])
  }

  @Test func countsFollowArabicGrammar() {
    let words = Words(.arabic)
    #expect(words.faces(1) == "وجه واحد")
    #expect(words.faces(2) == "وجهان")
    #expect(words.faces(7) == "7 وجوه")
    #expect(words.faces(16) == "16 وجها")
    #expect(Words(.english).faces(1) == "1 face")
    #expect(Language(locale: "ar_EG.UTF-8") == .arabic)
    #expect(Language(locale: "C") == .english)
  }
}
