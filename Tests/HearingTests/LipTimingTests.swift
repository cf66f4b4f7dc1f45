import Calibration
import Foundation
import Hearing
import Observations
import Quantities
import Testing

/// Lips against a voice, on series that are made: a mouth whose opening follows the loudness.
@Suite struct LipTimingTests {
  /// Rules that take the opening of the lips against the loudness of all bands.
  static let rules: LipRules = {
    let mouth = Array(repeating: 0.0, count: 24).enumerated().map { $0.offset == 8 ? 1.0 : 0.0 }
    let text = """
      {"origin": {"id": "t", "date": "", "data": "", "metric": "", "tool": ""}, "lags": [-2, 0, 2],
       "mouth": [\(mouth)], "voice": [[1, 1, 1, 1, 1]], "weights": [1], "lead": 40, "widening": 1,
       "limits": {"earliest": 90, "latest": 185, "strength": 4, "voicedSeconds": 1.5, "voice": 0.5, "resting": 0.005,
                  "restingShare": 0.5}}
      """
    // A fault here is a fault of the test itself.
    // swift-format-ignore: NeverUseForceTry
    return try! LipRules(data: Data(text.utf8), file: "test")
  }()

  /// Loudness of a made talk at `time`, 0...1: syllables of differing length with pauses, the same for the same seed.
  static func talk(_ time: Double, seed: Double) -> Double {
    let syllables = sin(2 * .pi * (3.1 + 0.9 * sin(0.7 * time + seed)) * time + seed)
    let phrases = sin(2 * .pi * 0.23 * time + 2 * seed)
    return max(0, syllables) * (phrases > -0.6 ? 1 : 0)
  }

  static func instant(_ seconds: Double) -> MonotonicInstant { MonotonicInstant(seconds: seconds) }

  /// A mouth seen 25 times a second that is ahead of the voice by `lead` seconds.
  static func mouth(_ seconds: Double, lead: Double = 0.04, seed: Double = 1, opening: Double = 0.1)
    -> LipSeries
  {
    var series = LipSeries()
    for frame in 0..<Int(seconds * 25) {
      let time = Double(frame) / 25
      var shape = [Double](repeating: 0.3, count: MouthShape.count)
      shape[0] = 0.02 + opening * talk(time + lead, seed: seed)
      series.add(shape, at: instant(time))
    }
    return series
  }

  /// The voice, moved to later by `delay` seconds.
  static func voice(_ seconds: Double, delay: Double = 0, seed: Double = 1, confidence: Double = 0.9)
    -> LipSeries
  {
    var series = LipSeries()
    for step in 0..<Int(seconds * 50) {
      let time = Double(step) / 50 + 0.003
      let loudness = log10(0.001 + talk(time - delay, seed: seed))
      series.add(Array(repeating: loudness, count: 5) + [confidence], at: instant(time))
    }
    return series
  }

  private func found(_ mouth: LipSeries, _ voice: LipSeries) throws -> LipAgreement {
    try #require(LipTiming(Self.rules).agreement(mouth: mouth, voice: voice).value)
  }

  @Test(arguments: [-0.3, -0.12, 0, 0.08, 0.2, 0.45]) func aDelayIsFound(delay: Double) throws {
    let agreement = try found(Self.mouth(12), Self.voice(12, delay: delay))
    #expect(abs(agreement.offset - 1000 * delay) < 20, "\(agreement)")
    #expect(agreement.uncertainty < 60 && agreement.moveTogether && agreement.strength > 4, "\(agreement)")
    #expect(agreement.restingShare < 0.3, "\(agreement)")
  }

  /// Another voice moves with nothing; so does noise. Nothing is claimed of its offset then.
  @Test func anotherVoiceDoesNotMoveTogether() throws {
    let own = try found(Self.mouth(20), Self.voice(20))
    let other = try found(Self.mouth(20), Self.voice(20, seed: 4.4))
    #expect(own.strength > 1.5 * other.strength, "\(own) \(other)")
  }

  @Test func aMouthThatRestsIsNoticed() throws {
    let agreement = try found(Self.mouth(10, opening: 0.0005), Self.voice(10))
    #expect(agreement.restingShare > 0.95, "\(agreement)")
  }

  @Test func movementWithoutAVoiceIsNoticed() throws {
    var voice = LipSeries()
    for step in 0..<1000 {
      let time = Double(step) / 50
      let speaks = time < 8
      voice.add(
        Array(repeating: speaks ? log10(0.001 + Self.talk(time, seed: 1)) : -3, count: 5) + [
          speaks ? 0.9 : 0.1
        ],
        at: Self.instant(time))
    }
    let agreement = try found(Self.mouth(20), voice)
    #expect((0.4...0.75).contains(agreement.silentShare), "\(agreement)")
    #expect((7.5...8.1).contains(agreement.voicedSeconds), "\(agreement)")
  }

  /// Too little voice, none, or a mouth that was not seen meanwhile: how much is there and how much is needed.
  @Test func tooLittleIsPending() {
    let timing = LipTiming(Self.rules)
    let quiet = timing.agreement(mouth: Self.mouth(5), voice: Self.voice(5, confidence: 0.1))
    #expect(quiet == .pending(observed: 0, required: 1.5))
    guard case .pending(let observed, 1.5) = timing.agreement(mouth: Self.mouth(5), voice: Self.voice(1))
    else {
      Issue.record("not pending")
      return
    }
    #expect(abs(observed - 0.98) < 0.05)
    #expect(timing.agreement(mouth: LipSeries(), voice: LipSeries()) == .pending(observed: 0, required: 1.5))
  }

  /// Holes in either series are left out, not filled.
  @Test func holesAreLeftOut() throws {
    var (mouth, voice) = (LipSeries(), LipSeries())
    let (wholeMouth, wholeVoice) = (Self.mouth(20), Self.voice(20, delay: 0.1))
    for place in 1..<950 {
      let time = Self.instant(Double(place) / 50)
      if !(200..<260).contains(place) { mouth.add(wholeMouth.rows[place]!, at: time) }
      if !(500..<640).contains(place) { voice.add(wholeVoice.rows[place - wholeVoice.first]!, at: time) }
    }
    #expect(mouth.rows[220] == nil && voice.rows[560] == nil)
    let agreement = try found(mouth, voice)
    #expect(abs(agreement.offset - 100) < 20 && agreement.moveTogether, "\(agreement)")
  }

  /// Times that jump by years, run back or are no numbers cost no memory and no crash.
  @Test func absurdTimesAreHarmless() {
    var series = LipSeries()
    for time in [0, 0.02, 1e8, 1e8 + 0.02, 1e8 + 0.04, 5, 5.02, 5.04] {
      series.add([1], at: Self.instant(time))
    }
    series.add([.nan], at: Self.instant(5.06))
    #expect(series.rows.count < 10)
  }
}

/// The shape of a mouth does not depend on where, how large and how tilted the face is.
@Suite struct MouthShapeTests {
  private func face(_ place: (SIMD2<Float>) -> SIMD2<Float>) -> Landmarks68? {
    Landmarks68(
      (0..<68).map { number in
        let turn = Float(number) * 0.7
        return PixelPoint(place(SIMD2(50 + 30 * cos(turn) + Float(number) / 3, 60 + 25 * sin(1.3 * turn))))
      })
  }

  @Test func sizePlaceAndTiltDoNotCount() throws {
    let (c, s) = (Float(cos(0.4)), Float(sin(0.4)))
    let here = try #require(face { $0 })
    let there = try #require(face { SIMD2(7 + 3 * (c * $0.x - s * $0.y), -20 + 3 * (s * $0.x + c * $0.y)) })
    let nowhere = try #require(face { _ in .zero })
    let plain = try #require(MouthShape.numbers(of: here))
    let moved = try #require(MouthShape.numbers(of: there))
    #expect(plain.count == MouthShape.count)
    for (one, other) in zip(plain, moved) { #expect(abs(one - other) < 1e-4) }
    #expect(MouthShape.numbers(of: nowhere) == nil)
  }
}

/// Several faces and one voice.
@Suite struct LipWatchTests {
  @Test func withoutTheNetworkNothingIsCompared() {
    let watch = LipWatch(LipTimingTests.rules, activity: nil)
    #expect(watch.agreement(of: TrackID(1), at: MonotonicInstant(seconds: 1)) == .unavailable(.noModel))
  }
}
