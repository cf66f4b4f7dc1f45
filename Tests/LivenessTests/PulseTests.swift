import Calibration
import Foundation
import Liveness
import Observations
import Quantities
import Simulation
import Testing

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

/// The pulse through a monitor: the last ten seconds of a face's skin.
@Suite struct PulseWatchTests {
  /// The state after `seconds` of a person whose skin has this pulse.
  private func state(
    seconds: Double, fps: Double = 30, exposure: Float = 0.5, pixels: Double = 90,
    skin color: (Double) -> [SIMD3<Double>]?
  ) -> LivenessState {
    var person = ScriptedSubject(.person, seed: 3)
    (person.exposure, person.interocularPixels) = (exposure, pixels)
    var monitor = LivenessMonitor(calibration.liveness)
    var state = LivenessState(unavailable: .noFace)
    for frame in 0..<Int(seconds * fps) {
      let time = Double(frame) / fps
      state = monitor.observe(
        person.face(at: time), skin: color(time), at: MonotonicInstant(seconds: 20 + time))
    }
    return state
  }

  private func beat(_ rate: Double, _ time: Double) -> SIMD3<Double> {
    let wave = sin(2 * .pi * rate / 60 * time)
    return SIMD3(170, 120, 95) * (1 + SIMD3(0.33, 0.77, 0.53) * 0.004 * wave)
  }

  @Test(arguments: [55.0, 72, 110]) func aPulseIsFoundInAllRegions(rate: Double) throws {
    let state = state(seconds: 13) { time in [0, 1, 2].map { _ in beat(rate, time) } }
    let pulse = try #require(state.pulse.value)
    #expect(abs(pulse.beatsPerMinute - rate) < 3 && pulse.signalToNoise > 3)
    #expect(abs((state.pulseByChrom.value?.beatsPerMinute ?? 0) - rate) < 3)
    #expect(state.regionPulses.map(\.region) == SkinRegion.allCases)
    #expect((state.pulseAgreement.value ?? 0) > 0.9)
  }

  @Test func regionsWithPulsesOfTheirOwnDisagree() throws {
    let state = state(seconds: 13) { time in [50.0, 83, 131].map { beat($0, time) } }
    #expect(try #require(state.pulseAgreement.value) < 0.3)
  }

  @Test func whatIsMissingIsNamed() {
    let skin: (Double) -> [SIMD3<Double>]? = { time in [0, 1, 2].map { _ in beat(70, time) } }
    #expect(state(seconds: 13, exposure: 0.05, skin: skin).pulse == .unavailable(.lowLight))
    #expect(state(seconds: 13, pixels: 30, skin: skin).pulse == .unavailable(.tooSmall))
    #expect(state(seconds: 13, fps: 10, skin: skin).pulse == .unavailable(.frameRate))
    #expect(state(seconds: 13) { _ in nil }.pulse == .unavailable(.switchedOff))
    #expect(state(seconds: 13) { _ in [] }.pulse == .unavailable(.occluded))
    guard case .pending(let observed, 8) = state(seconds: 4, skin: skin).pulse else {
      Issue.record("four seconds are too short")
      return
    }
    #expect(observed > 3 && observed < 4.1)
  }
}
