import Calibration
import Liveness
import Observations
import Quantities
import Testing

/// Cues that are reported and never used can be left out, and say so.
@Suite struct TrialCueTests {
  private func states(triesCues: Bool) throws -> [LivenessState] {
    var monitor = LivenessMonitor(calibration.liveness, triesCues: triesCues)
    let skin = [SIMD3<Double>](repeating: SIMD3(150, 110, 90), count: 3)
    return try (0..<200).map { index in
      let shift = Float(index % 7) * 2
      let face = try #require(Self.face(at: shift))
      return monitor.observe(face, skin: skin, at: MonotonicInstant(seconds: 5 + Double(index) / 30))
    }
  }

  private static func face(at shift: Float) -> Face? {
    Landmarks68((0..<68).map { PixelPoint(300 + Float($0 % 10) * 20 + shift, 200 + Float($0 / 10) * 30) })
      .map {
        Face(
          box: PixelRect(x: 300, y: 200, width: 200, height: 210), presence: Confidence(1), landmarks: $0,
          quality: FaceQuality(interocularPixels: 100, sharpness: 90, exposure: 0.5))
      }
  }

  @Test func switchedOffCuesSayThatTheyAreNotValidated() throws {
    let state = try #require(try states(triesCues: false).last)
    #expect(state.parallax == .unavailable(.notValidated) && state.loop == .unavailable(.notValidated))
    #expect(state.microMotion == .unavailable(.notValidated))
    #expect(state.pulse == .unavailable(.notValidated) && state.pulseByChrom == .unavailable(.notValidated))
    #expect(state.pulseAgreement == .unavailable(.notValidated))
  }

  /// The switch changes nothing that a verdict rests on.
  @Test func theProbabilityIsTheSameWithAndWithoutThem() throws {
    let (with, without) = (try states(triesCues: true), try states(triesCues: false))
    #expect(with.map(\.probability) == without.map(\.probability))
    #expect(with.map(\.nonRigidMotion) == without.map(\.nonRigidMotion))
    #expect(with.last?.microMotion.value != nil && with.last?.parallax != .unavailable(.notValidated))
  }
}
