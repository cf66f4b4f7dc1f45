import FaceLandmarks
import Foundation
import Geometry
import Imaging
import Observations
import Testing
import Units

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
