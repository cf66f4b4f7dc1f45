import Foundation
import Simulation
import Testing

/// A head whose every measure is known: what the measures of the stages are held against.
@Suite struct FaceModelTests {
  private func distance(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> Double {
    ((a - b) * (a - b)).sum().squareRoot()
  }

  private func ratio(_ p: [SIMD2<Double>]) -> Double {
    (distance(p[1], p[5]) + distance(p[2], p[4])) / (2 * distance(p[0], p[3]))
  }

  private func seen(_ seed: UInt64 = 3, _ change: (inout FacePosture) -> Void = { _ in }) -> [SIMD2<Double>] {
    var posture = FacePosture()
    change(&posture)
    return FaceModel(seed: seed).seen(posture)
  }

  private func center(_ points: ArraySlice<SIMD2<Double>>) -> SIMD2<Double> {
    points.reduce(SIMD2(0, 0), +) / Double(points.count)
  }

  @Test func theEyesAreOneApart() {
    for seed in UInt64(0)..<20 {
      let points = seen(seed)
      #expect(points.count == 68)
      let apart = distance(center(points[36..<42]), center(points[42..<48]))
      // Seen from ten units away, the eyes lie a little behind the plane of the face.
      #expect(abs(apart - 1) < 0.03, "\(apart)")
      // The right eye is on the left of the picture, the chin is the lowest point.
      #expect(center(points[36..<42]).x < 0 && points[8].y == points.map(\.y).max())
    }
  }

  @Test func openingsAreTheOnesThatAreAsked() {
    let open = ratio(Array(seen()[36..<42]))
    #expect((0.2...0.36).contains(open))
    for share in [0.0, 0.25, 0.5, 1.0] {
      let points = seen { $0.rightEye = share }
      #expect(abs(ratio(Array(points[36..<42])) - share * open) < 0.003, "\(share)")
      // The other eye stays as it is.
      #expect(abs(ratio(Array(points[42..<48])) - open) < 0.01)
    }
    for mouth in [0.04, 0.3, 0.7] {
      let p = Array(seen { $0.mouth = mouth }[60..<68])
      let opening =
        (distance(p[1], p[7]) + distance(p[2], p[6]) + distance(p[3], p[5])) / (3 * distance(p[0], p[4]))
      #expect(abs(opening - mouth) < 0.02, "\(opening) for \(mouth)")
    }
  }

  @Test func anglesTurnTheHeadAsTheirNamesSay() {
    let rest = seen()
    let nose = 33
    // Yaw to the frame's right, pitch up, roll clockwise on the screen.
    #expect(seen { $0.yaw = 20 }[nose].x > rest[nose].x + 0.05)
    #expect(seen { $0.pitch = 20 }[nose].y < rest[nose].y - 0.05)
    let rolled = seen { $0.roll = 10 }
    #expect(center(rolled[42..<48]).y > center(rolled[36..<42]).y + 0.1)
    let opposite = seen { $0.yaw = -20 }
    // A head is alike on both sides: turned the other way it is the mirror image.
    #expect(abs(opposite[nose].x + seen { $0.yaw = 20 }[nose].x) < 1e-9)
  }

  @Test func sizeAndPlaceAreApplied() {
    let (rest, moved) = (
      seen(),
      seen {
        $0.scale = 2
        $0.shift = SIMD2(3, -1)
      }
    )
    for (one, other) in zip(rest, moved) { #expect(distance(one * 2 + SIMD2(3, -1), other) < 1e-12) }
  }

  @Test func personsDifferAndEachIsAlwaysTheSame() {
    #expect(seen(1) == seen(1) && seen(1) != seen(2))
  }

  /// Points of a flat thing lie where one homography takes them: cross ratios of four on a line stay.
  @Test func aFlatPictureStaysFlat() {
    let line = [0.0, 1, 2, 4].map { SIMD2($0, 0.3 * $0 - 0.5) }
    func crossRatio(_ p: [SIMD2<Double>]) -> Double {
      distance(p[0], p[2]) * distance(p[1], p[3]) / (distance(p[1], p[2]) * distance(p[0], p[3]))
    }
    var posture = FacePosture()
    (posture.yaw, posture.pitch, posture.roll) = (25, -12, 8)
    let held = FaceModel.flat(line, posture)
    #expect(abs(crossRatio(held) - crossRatio(line)) < 1e-9)
    #expect(distance(held[0], held[1]) < 1)
  }
}

@Suite struct SimulationGeneratorTests {
  /// The published sequence of SplitMix64 for the seed 1234567.
  @Test func theSequenceIsThePublishedOne() {
    var random = SimulationGenerator(seed: 1_234_567)
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      4_593_380_528_125_082_431,
      16_408_922_859_458_223_821,
    ]
    #expect(expected.map { _ in random.next() } == expected)
  }

  @Test func normalNumbersHaveTheirMeanAndSpread() {
    var random = SimulationGenerator(seed: 5)
    let numbers = (0..<20_000).map { _ in random.normal() }
    let mean = numbers.reduce(0, +) / 20_000
    let spread = (numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000).squareRoot()
    // Three standard errors: 3 / sqrt(20000) and 3 / sqrt(40000).
    #expect(abs(mean) < 0.022 && abs(spread - 1) < 0.016)
    // 95 % lie within 1.96.
    let inside = Double(numbers.count { abs($0) < 1.96 }) / 20_000
    #expect(abs(inside - 0.95) < 0.005)
  }
}
