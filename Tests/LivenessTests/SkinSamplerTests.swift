import Imaging
import Liveness
import Observations
import Quantities
import Simulation
import Testing

@Suite struct SkinSamplerTests {
  private let size = PixelSize(width: 1280, height: 720)

  private func frame(_ color: (Int, Int) -> SIMD3<UInt8>) -> Frame {
    RGBImage(size: size) { bytes in
      for y in 0..<size.height {
        for x in 0..<size.width {
          let at = (y * size.width + x) * 3
          let value = color(x, y)
          for channel in 0..<3 { bytes[at + channel] = value[channel] }
        }
      }
    }.frame(stamp: FrameStamp(index: 0, captured: MonotonicInstant(seconds: 0), camera: "test"))
  }

  @Test func eachRegionHasItsOwnColour() throws {
    var person = ScriptedSubject(.person, seed: 2)
    let face = person.face(at: 0)
    let eyes = face.landmarks.points[27]
    // Above the eyes one colour, under them one for each side.
    let picture = frame { x, y in
      Float(y) < eyes.y - 10 ? [180, 130, 100] : Float(x) < eyes.x ? [150, 100, 80] : [120, 90, 70]
    }
    let colors = try #require(SkinSampler.colors(of: face, in: picture))
    for (color, expected) in zip(colors, [SIMD3(180.0, 130, 100), SIMD3(150, 100, 80), SIMD3(120, 90, 70)]) {
      let difference = color - expected
      #expect((difference * difference).sum().squareRoot() < 3, "\(color) for \(expected)")
    }
  }

  @Test func blackAndBurntOutSkinIsNone() {
    var person = ScriptedSubject(.person, seed: 2)
    let face = person.face(at: 0)
    #expect(SkinSampler.colors(of: face, in: frame { _, _ in [4, 4, 4] }) == nil)
    #expect(SkinSampler.colors(of: face, in: frame { _, _ in [255, 255, 255] }) == nil)
  }

  @Test func aFaceBeyondTheEdgeHasNoForehead() {
    var person = ScriptedSubject(.person, seed: 2)
    let face = person.face(at: 0)
    let points = face.landmarks.points.map { PixelPoint($0.x, $0.y - 280) }
    guard let moved = Landmarks68(points) else { return }
    let cut = Face(
      box: face.box, presence: face.presence, landmarks: moved, expressions: nil, pose: face.pose,
      quality: face.quality)
    #expect(SkinSampler.colors(of: cut, in: frame { _, _ in [150, 100, 80] }) == nil)
  }
}
