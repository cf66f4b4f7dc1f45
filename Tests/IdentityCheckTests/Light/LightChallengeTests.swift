import Calibration
import Foundation
import IdentityCheck
import Quantities
import Testing

@Suite struct LightChallengeTests {
  @Test(arguments: 0..<12) func aHeadBeforeTheScreenPassesAndIsMeasuredRightly(seed: Int) throws {
    let result = try #require(LightFace().play(seed: UInt64(seed)))
    #expect(result.outcome == .passed, "\(result)")
    let answer = try #require(result.answer)
    #expect(abs(answer.delay - 0.05) < 0.025, "\(answer)")
    #expect(abs(answer.gain - 0.4) < 0.15, "\(answer)")
    #expect(abs((answer.relief ?? 0) - 1) < 0.3, "\(answer)")
    #expect((answer.background ?? 1) < 0.35, "\(answer)")
    #expect(result.shown.count == 8)
  }

  /// The colours alone count: a camera that makes everything brighter and darker changes nothing.
  @Test func colouredRoomsChangeNothing() throws {
    for room in [SIMD3(1.0, 1, 1), SIMD3(1.6, 1, 0.5), SIMD3(0.7, 1, 1.5)] {
      var face = LightFace()
      face.room = room
      #expect(face.play(seed: 3)?.outcome == .passed, "\(room)")
    }
  }

  @Test(arguments: [
    ("late", LightReason.late), ("flat", .flat), ("everywhere", .everywhere), ("other", .doesNotFollow),
  ]) func whatIsNoHeadFailsAndSaysWhy(_ name: String, reason: LightReason) throws {
    for seed in 0..<8 {
      var face = LightFace()
      switch name {
      case "late": face.delay = 0.25
      case "flat": face.relief = 0
      case "everywhere": face.background = 1.6
      default:
        var generator = ChaChaGenerator(seed: UInt64(seed) + 500)
        face.other = LightSequence(using: &generator)
      }
      let result = try #require(face.play(seed: UInt64(seed)))
      #expect(result.outcome == .failed && result.reason == reason, "\(seed): \(result)")
    }
  }

  @Test func tooLittleLightIsUnavailableAndNoFailure() throws {
    for seed in 0..<8 {
      var face = LightFace()
      face.share = 0.004
      let result = try #require(face.play(seed: UInt64(seed)))
      #expect(result.outcome == .unavailable && result.reason == .weak, "\(result)")
    }
  }

  @Test func tooFewFramesAreUnavailable() throws {
    let result = try #require(LightFace().play { $0 % 3 == 0 })
    #expect(result.outcome == .unavailable && result.reason == .fewFrames)
    #expect(LightFace().play { _ in false }?.reason == .fewFrames)
  }

  @Test func itBeginsAndEndsWithGreyAndNeverChangesAfterItsEnd() throws {
    var generator = ChaChaGenerator(seed: 5)
    let start = MonotonicInstant(seconds: 1)
    var challenge = LightChallenge(LightSequence(using: &generator), lightLimits, at: start)
    #expect(challenge.screen == .announced && challenge.screen.zones == .rest)
    challenge.observe(nil, at: start + .milliseconds(800))
    #expect(challenge.screen == .zones(challenge.sequence.segments[0].zones))
    // A clock that runs backwards shows nothing anew.
    challenge.observe(nil, at: start)
    #expect(challenge.screen == .zones(challenge.sequence.segments[0].zones))
    challenge.observe(nil, at: start + .seconds(9))
    #expect(challenge.screen.zones == .rest)
    let end = challenge.result
    #expect(end?.reason == .fewFrames)
    challenge.observe(nil, at: start + .seconds(10))
    #expect(challenge.result == end)
  }
}

@Suite struct LightLimitsTests {
  @Test func badFilesAreRefusedWithTheirField() throws {
    let good = """
      {"origin":{"id":"a","date":"b","data":"c","metric":"d","tool":"e"},"limits":{"frames":60,"correlation":0.8,\
      "earliest_s":-0.03,"latest_s":0.12,"gain":0.05,"activity":0.02,"relief":0.5,"relief_error":0.2,"background":0.7}}
      """
    #expect(try LightLimits(data: Data(good.utf8), file: "light.json").frames == 60)
    for (old, new, field) in [
      ("\"frames\":60,", "", "limits.frames"), ("0.8", "1.5", "limits.correlation"),
      ("\"relief\":0.5", "\"relief\":true", "limits.relief"), ("\"gain\"", "\"gane\"", "limits.gain"),
      ("\"limits\"", "\"limit\"", "limit"),
    ] {
      let bad = good.replacingOccurrences(of: old, with: new)
      let error = #expect(throws: CalibrationError.self) {
        try LightLimits(data: Data(bad.utf8), file: "light.json")
      }
      #expect(error?.field == field, "\(String(describing: error))")
    }
  }
}
