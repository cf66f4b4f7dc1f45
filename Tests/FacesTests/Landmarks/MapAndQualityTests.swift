import Faces
import Foundation
import Imaging
import Observations
import Quantities
import Testing

@Suite struct LandmarkMapTests {
  @Test func nearestPointsPicksMeshPoints() throws {
    let mesh = SyntheticHead.mesh()
    let landmarks = try #require(LandmarkMap.nearestPoints(mesh))
    #expect(landmarks.points[36] == mesh[33].pixel && landmarks.points[45] == mesh[263].pixel)
    #expect(landmarks.points[8] == mesh[152].pixel && landmarks.points[54] == mesh[291].pixel)
    #expect(LandmarkMap.nearestPoints(Array(mesh.dropLast())) == nil)
  }

  @Test func rowsThatCannotBeAMapAreRefused() {
    let row = LandmarkMap.Row(indices: [1, 2], weights: [0.4, 0.6])
    func map(_ last: LandmarkMap.Row) -> LandmarkMap? {
      LandmarkMap(rows: [LandmarkMap.Row](repeating: row, count: 67) + [last])
    }
    #expect(map(row) != nil)
    #expect(map(.init(indices: [], weights: [])) == nil)
    #expect(map(.init(indices: [478], weights: [1])) == nil)
    #expect(map(.init(indices: [1, 2], weights: [1])) == nil)
    #expect(map(.init(indices: [1, 2], weights: [0.4, 0.4])) == nil)
    #expect(LandmarkMap(rows: [row]) == nil)
  }

  @Test func topologyIsWhole() {
    #expect(MeshTopology.nearest68.count == 68 && Set(MeshTopology.nearest68).count == 68)
    #expect(MeshTopology.expressionSubset.count == 146)
    #expect(MeshTopology.expressionSubset == MeshTopology.expressionSubset.sorted())
    #expect(MeshTopology.expressionSubset.last == 477)
  }
}

@Suite struct QualityTests {
  @Test func flatPictureHasNoDetailAndItsOwnBrightness() {
    let (sharpness, exposure) = QualityMeter.measures([UInt8](repeating: 51, count: 64), side: 8)
    #expect(sharpness == 0 && abs(exposure - 0.2) < 1e-6)
    #expect(QualityMeter.measures([1, 2, 3], side: 8) == (0, 0))
  }

  @Test func laplacianOfAPointIsWhatItShouldBe() {
    // One pixel of 16 in a 5 x 5 picture: the inner 3 x 3 sees -64 once and 16 four times; mean 0.
    var luma = [UInt8](repeating: 0, count: 25)
    luma[12] = 16
    let expected = Float(64 * 64 + 4 * 16 * 16) / 9
    #expect(abs(QualityMeter.measures(luma, side: 5).sharpness - expected) < 1e-2)
  }

  /// Detail in proportion to contrast: light and contrast do not change it, blur does, noise of single pixels little.
  @Test func focusIsNeitherLightNorContrast() {
    let side = 128
    func picture(_ gain: Double, _ blur: Int = 0, noise: Int = 0) -> [UInt8] {
      var state: UInt32 = 7
      let plain = (0..<side * side).map { at -> Double in
        let (x, y) = (Double(at % side), Double(at / side))
        return 60 * sin(x / 2.5) * sin(y / 3) + 40 * sin(x / 20)
      }
      return (0..<side * side).map { at in
        var (sum, count) = (0.0, 0.0)
        for offset in -blur...blur where at + offset >= 0 && at + offset < plain.count {
          (sum, count) = (sum + plain[at + offset], count + 1)
        }
        state = state &* 1_664_525 &+ 1_013_904_223
        let grain = noise == 0 ? 0 : Double(Int(state >> 16) % (2 * noise + 1) - noise)
        return UInt8(min(max(110 * gain + gain * sum / count + grain, 0), 255))
      }
    }
    let sharp = QualityMeter.focus(picture(1), side: side)
    #expect(abs(QualityMeter.focus(picture(0.4), side: side) / sharp - 1) < 0.1)
    #expect(QualityMeter.focus(picture(1, 8), side: side) < 0.4 * sharp)
    #expect(abs(QualityMeter.focus(picture(1, noise: 4), side: side) / sharp - 1) < 0.1)
    #expect(QualityMeter.focus([UInt8](repeating: 90, count: side * side), side: side) == 0)
    #expect(QualityMeter.focus([1, 2, 3], side: side) == 0)
    let half = [UInt8](repeating: 255, count: 50) + [UInt8](repeating: 100, count: 50)
    #expect(QualityMeter.burntOut(half) == 0.5 && QualityMeter.burntOut([]) == 0)
  }

  @Test func blurLowersSharpnessAtAnySize() {
    for scale in [1, 4] {
      let side = 128 * scale
      func picture(_ period: Int) -> Frame {
        Frame(
          layout: .gray(PixelSize(width: side, height: side)),
          stamp: FrameStamp(index: 0, captured: MonotonicInstant(nanoseconds: 0), camera: "test")
        ) { bytes in
          for index in 0..<side * side {
            let wave = sin(Float(index % side) * 2 * .pi / Float(period * scale))
            bytes[index] = UInt8(128 + 100 * wave)
          }
        }
      }
      let region = RotatedSquare(
        center: PixelPoint(Float(side) / 2, Float(side) / 2), side: Float(side), rotation: 0)
      var meter = QualityMeter()
      let sharp = meter.quality(in: picture(6), region: region, interocular: 40)
      let soft = meter.quality(in: picture(24), region: region, interocular: 40)
      #expect(sharp.sharpness > 10 * soft.sharpness)
      #expect(abs(sharp.exposure - 0.5) < 0.02 && sharp.interocularPixels == 40)
    }
  }
}
