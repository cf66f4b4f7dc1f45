import Imaging
import Observations
import Quantities
import Simulation
import Testing
import VigilTesting

/// Attacks made of a recording, picture by picture.
@Suite struct AttackMakerTests {
  private let size = PixelSize(width: 64, height: 48)

  private func scene(_ level: Float, face: Bool = true) throws -> AttackScene {
    // Stripes that are wider in a brighter scene.
    let wide = level > 100 ? 8 : 4
    let picture = RGBImage.made(size) { SIMD3(level, Int($0.x) % wide * 2 < wide ? 30 : 200, $0.y) }
    let box = PixelRect(x: 16, y: 8, width: 32, height: 32)
    return AttackScene(picture, face ? try #require(SyntheticReports.face(in: box)?.landmarks) : nil)
  }

  /// The attack's next picture.
  private func next(_ maker: inout AttackMaker, _ scene: AttackScene?, at time: Double) -> RGBImage? {
    maker.picture(scene, at: time)
  }

  @Test func anotherFaceIsNeededByThree() throws {
    for kind in AttackKind.allCases {
      let needs = [.puppet, .swap, .midSwap].contains(kind)
      #expect(kind.needsOther == needs && (AttackMaker(kind, seed: 1) == nil) == needs)
      #expect((AttackMaker(kind, seed: 1, other: try scene(9, face: false)) == nil) == needs)
      #expect(AttackMaker(kind, seed: 1, other: try scene(9)) != nil)
    }
    #expect(AttackKind(rawValue: "mid_swap") == .midSwap && AttackKind.allCases.count == 6)
  }

  @Test func aLoopComesAgainWithOtherNoise() throws {
    var maker = try #require(AttackMaker(.loop, seed: 3))
    maker.loopSeconds = 1
    let scenes = try (0..<10).map { try scene(Float($0) * 20 + 20) }
    for (place, scene) in scenes.enumerated() {
      #expect(next(&maker, scene, at: Double(place) / 10) == scene.picture)
    }
    // After its length it begins again, whatever the recording shows.
    let other = try scene(255)
    for (place, expected) in scenes.enumerated() {
      let picture = try #require(next(&maker, other, at: 1 + Double(place) / 10))
      let difference = zip(picture.bytes, expected.picture.bytes).map { Int($0) - Int($1) }
      #expect(difference.contains { $0 != 0 } && difference.allSatisfy { (-3...4).contains($0) })
    }
    let (second, third) = (next(&maker, nil, at: 1), next(&maker, nil, at: 2))
    #expect(second != third && maker.outlivesSource)
    var empty = try #require(AttackMaker(.loop, seed: 3))
    #expect(next(&empty, nil, at: 0) == nil)
  }

  @Test func aSwapBeginsWhenItIsTo() throws {
    var maker = try #require(AttackMaker(.midSwap, seed: 1, other: try scene(255)))
    let plain = try scene(40)
    #expect(next(&maker, plain, at: 3.9) == plain.picture)
    let swapped = try #require(next(&maker, plain, at: 4))
    #expect(swapped != plain.picture)
    var whole = try #require(AttackMaker(.swap, seed: 1, other: try scene(255)))
    #expect(next(&whole, plain, at: 0) == swapped)
    // Without a face nothing is put on it, and a recording that has ended shows nothing.
    let bare = try scene(40, face: false)
    #expect(
      next(&whole, bare, at: 0) == bare.picture && next(&whole, nil, at: 0) == nil && !whole.outlivesSource)
  }

  @Test func aPrintIsOfTheFirstFace() throws {
    var maker = try #require(AttackMaker(.print, seed: 5))
    #expect(next(&maker, try scene(200, face: false), at: 0) == nil)
    let first = try #require(next(&maker, try scene(200), at: 0.1))
    // The hand moves it, and the recording may end.
    #expect(next(&maker, try scene(10), at: 0.1) == first && next(&maker, nil, at: 0.1) == first)
    #expect(next(&maker, nil, at: 0.6) != first && maker.outlivesSource)
    var other = try #require(AttackMaker(.print, seed: 6))
    #expect(next(&other, try scene(200), at: 0.1) != first)
  }

  @Test func aScreenAndAPuppetFollowTheRecording() throws {
    var screen = try #require(AttackMaker(.screen, seed: 5))
    #expect(next(&screen, try scene(200), at: 1) != next(&screen, try scene(20), at: 1))
    #expect(next(&screen, nil, at: 1) == nil)
    var puppet = try #require(AttackMaker(.puppet, seed: 5, other: try scene(99)))
    let rest = try #require(next(&puppet, try scene(10), at: 0))
    // The other recording's picture, not this one's.
    let faceless = try scene(10, face: false)
    #expect(rest.bytes[0] == 99 && next(&puppet, faceless, at: 0) == nil)
  }
}
