import Foundation
import Liveness
import Observations
import Testing
import VigilTesting

@Suite struct PulseTests {
  @Test(arguments: PulseMethod.allCases, [48.0, 72, 96, 150]) func theRateIsFound(
    method: PulseMethod, rate: Double
  ) throws {
    var skin = SyntheticSkin()
    skin.beatsPerMinute = rate
    skin.noise = 0.001
    for fps in [15.0, 25, 30] {
      skin.fps = fps
      let (times, colors) = skin.sequence(seed: 1)
      let pulse = try #require(PulseEstimator(method).pulse(colors, at: times))
      #expect(abs(pulse.beatsPerMinute - rate) < 2, "\(method) \(rate) at \(fps): \(pulse)")
      #expect(pulse.signalToNoise > 1)
    }
  }

  @Test func lightThatChangesAllColoursAlikeIsNoPulse() throws {
    var skin = SyntheticSkin()
    (skin.motion, skin.noise, skin.beatsPerMinute) = (0.02, 0.0005, 84)
    for method in PulseMethod.allCases {
      let (times, colors) = skin.sequence(seed: 7)
      let pulse = try #require(PulseEstimator(method).pulse(colors, at: times))
      #expect(abs(pulse.beatsPerMinute - 84) < 3, "\(method): \(pulse)")
    }
  }

  @Test func noiseAloneHasALowQuality() throws {
    var skin = SyntheticSkin()
    (skin.strength, skin.noise) = (0, 0.004)
    var good = 0
    for seed in 0..<UInt64(40) {
      let (times, colors) = skin.sequence(seed: seed)
      let pulse = try #require(PulseEstimator(.pos).pulse(colors, at: times))
      if pulse.signalToNoise > 3 { good += 1 }
    }
    #expect(good <= 2)
  }

  @Test func regionsOfOneFaceAgreeAndPaintedOnesDoNot() throws {
    func regions(_ rates: [Double]) -> ([[SIMD3<Double>]], [Double]) {
      var times: [Double] = []
      let colors = rates.enumerated().map { index, rate in
        var skin = SyntheticSkin()
        (skin.beatsPerMinute, skin.noise) = (rate, 0.001)
        let sequence = skin.sequence(seed: UInt64(index))
        times = sequence.times
        return sequence.colors
      }
      return (colors, times)
    }
    let (one, times) = regions([70, 70, 70])
    let (three, _) = regions([62, 88, 121])
    #expect(try #require(PulseEstimator(.pos).agreement(one, at: times)) > 0.8)
    #expect(try #require(PulseEstimator(.pos).agreement(three, at: times)) < 0.3)
  }

  @Test func tooLittleIsNoPulse() {
    let (times, colors) = SyntheticSkin().sequence(seed: 0)
    #expect(PulseEstimator(.pos).pulse(Array(colors.prefix(60)), at: Array(times.prefix(60))) == nil)
    #expect(PulseEstimator(.pos).pulse([], at: []) == nil)
    #expect(PulseEstimator(.pos).pulse(colors.map { _ in .zero }, at: times) == nil)
    #expect(PulseEstimator(.pos).pulse(colors, at: times.map { _ in 1 }) == nil)
  }
}
