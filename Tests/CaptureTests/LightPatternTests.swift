import Capture
import Imaging
import Observations
import Quantities
import Testing

@Suite struct LightPatternTests {
  /// Which of the levels, `interval` seconds apart, are looked at, and how the source is lit after the last.
  private func run(_ levels: [Double], every interval: Double = 1.0 / 30) -> (seen: [Bool], end: Illumination)
  {
    var pattern = LightPattern()
    let seen = levels.enumerated().map { index, level in
      pattern.isLit(level, at: MonotonicInstant(seconds: Double(index) * interval))
    }
    return (seen, pattern.illumination)
  }

  private func repeated(_ part: [Double], _ count: Int) -> [Double] { (0..<count).flatMap { _ in part } }

  @Test(
    arguments: [
      ([0.4, 0.02], 1.0 / 30), ([0.4, 0.02, 0.03], 1.0 / 30), ([0.3, 0.05, 0.04, 0.05], 1.0 / 15),
      ([0.5, 0.01], 1.0 / 5), ([0.35, 0.1], 1.0 / 60),
    ] as [([Double], Double)]) func darkFramesBetweenLitOnesAreLeftOut(part: [Double], interval: Double)
  {
    let (seen, end) = run(repeated(part, 20) + [part[0]], every: interval)
    #expect(seen == (repeated(part, 20) + [part[0]]).map { $0 > 0.12 })
    #expect(end == .flickering)
  }

  @Test func aDarkRoomIsJudged() {
    let (seen, end) = run((0..<60).map { 0.03 + 0.01 * Double($0 % 3) })
    #expect(seen.allSatisfy { $0 })
    #expect(end == .dark)
  }

  /// When the light is put out for good, a quarter of a second passes until it is a dark room.
  @Test func aLightPutOutIsADarkRoomSoon() {
    let (seen, end) = run(repeated([0.5], 30) + repeated([0.04], 30))
    #expect(seen[..<30].allSatisfy { $0 })
    #expect(seen.filter { !$0 }.count <= 8)
    #expect(seen[38...].allSatisfy { $0 })
    #expect(end == .dark)
  }

  @Test func ordinaryLightIsSteady() {
    for levels in [repeated([0.5, 0.45], 30), repeated([0.6, 0.2], 30), repeated([0.15, 0.13], 30)] {
      let (seen, end) = run(levels)
      #expect(seen.allSatisfy { $0 })
      #expect(end == .steady)
    }
  }

  @Test func aFlickerThatEndsIsForgotten() {
    let (_, end) = run(repeated([0.4, 0.02], 20) + repeated([0.4], 120))
    #expect(end == .steady)
  }

  @Test func lumaIsBetweenBlackAndWhite() {
    let size = PixelSize(width: 64, height: 36)
    let stamp = FrameStamp(index: 0, captured: .init(nanoseconds: 0), camera: "t")
    func level(_ layout: PixelLayout, _ value: UInt8) -> Double {
      Frame(layout: layout, stamp: stamp) { $0.initializeMemory(as: UInt8.self, repeating: value) }.meanLuma
    }
    #expect(abs(level(.gray(size), 51) - 0.2) < 1e-9)
    #expect(level(.i420(size, .bt709, .limited), 16) == 0)
    #expect(level(.i420(size, .bt709, .limited), 235) == 1)
    #expect(abs(level(.rgb24(size), 255) - 1) < 1e-9)
  }
}
