import Observations
import Testing

/// Words that stand in JSON and in logs that are kept for years: a renamed one would make old records unreadable.
@Suite struct WordsOfRecordsTests {
  private func words<Word: CaseIterable & RawRepresentable>(_: Word.Type) -> [String]
  where Word.RawValue == String { Word.allCases.map(\.rawValue).sorted() }

  @Test func wordsAreNeverRenamed() {
    #expect(
      words(UnavailableReason.self)
        == """
        blurred covered damaged fault few_colors frame_rate low_light motion no_face no_model no_sound not_validated \
        occluded out_of_focus overloaded pose stale still_picture switched_off too_bright too_dark too_few_frames \
        too_small
        """.split(separator: " ").map(String.init))
    #expect(
      words(Cue.self)
        == """
        blink challenge forgery identity injection lip_delay lip_rest lips liveness loop motion mouth no_face \
        parallax pulse pulse_agreement quality spoof unrest
        """.split(separator: " ").map(String.init))
    #expect(words(VerdictLabel.self) == ["fake", "live", "suspect", "undecided"])
    #expect(
      words(InjectionFinding.Kind.self) == [
        "card_name", "copied_timestamps", "driver", "exact_repeats", "loop", "missing_noise", "no_hardware",
        "timing",
      ])
    #expect(
      words(VisibilityMeasure.self) == [
        "burnt_out", "colors", "covered", "focus", "interocular_px", "luminance", "presence", "scores",
        "turn_deg",
      ])
    #expect(
      words(VisibilityAdvice.self) == [
        "come_closer", "focus", "less_light", "look_straight", "more_light", "stay", "uncover",
      ])
    #expect(words(DynamicRange.self) == ["hlg", "pq", "sdr"])
    #expect(words(Illumination.self) == ["dark", "flickering", "steady"])
    #expect(words(SkinRegion.self) == ["forehead", "left_cheek", "right_cheek"])
    #expect(
      words(AttentionMap.Region.self) == ["brows", "contour", "eyes", "mouth", "nose", "surroundings"])
    #expect(AttentionMap.Method.classActivation.rawValue == "class_activation")
    #expect(AttentionMap.Method.occlusion.rawValue == "occlusion")
    #expect(
      [TrackPhase.tentative, .confirmed, .coasting].map(\.rawValue) == ["tentative", "confirmed", "coasting"])
  }

  @Test func aNetworkIsNamedWithItsHash() {
    #expect(ModelIdentity(name: "mesh", sha256: "ab").description == "mesh@sha256:ab")
  }

  /// Advice is given where a person can do something, and never where it would send them in circles.
  @Test(arguments: UnavailableReason.allCases) func adviceFitsItsReason(reason: UnavailableReason) {
    let expected: VisibilityAdvice? =
      switch reason {
      case .tooDark, .lowLight: .moreLight
      case .tooBright: .lessLight
      case .outOfFocus, .blurred: .focus
      case .tooSmall: .comeCloser
      case .covered, .occluded: .uncover
      case .pose: .lookStraight
      case .tooFewFrames, .stale, .motion: .stay
      default: nil
      }
    #expect(reason.advice == expected)
  }
}
