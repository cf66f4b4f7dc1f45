import Faces
import Foundation
import Observations
import Quantities
import Testing

@Suite struct RegionTests {
  private let model = ModelIdentity(name: "test", sha256: "")

  private func detection(_ keypoints: [PixelPoint]) -> Detection {
    Detection(
      box: PixelRect(x: 100, y: 50, width: 40, height: 60), confidence: Confidence(1), keypoints: keypoints,
      model: model)
  }

  @Test func detectionGivesOneAndAHalfTimesItsLongerSideWithLevelEyes() throws {
    let region = try #require(
      RotatedSquare(around: detection([PixelPoint(110, 70), PixelPoint(130, 90)])))
    #expect(region.center == PixelPoint(120, 80) && region.side == 90)
    #expect(abs(region.rotation - .pi / 4) < 1e-6)
  }

  @Test func detectionWithoutEyesOrSizeGivesNone() {
    #expect(RotatedSquare(around: detection([])) == nil)
    #expect(RotatedSquare(around: detection([PixelPoint(.nan, 0), PixelPoint(1, 1)])) == nil)
    let flat = Detection(
      box: PixelRect(x: 0, y: 0, width: 0, height: 0), confidence: Confidence(1),
      keypoints: [PixelPoint(0, 0), PixelPoint(1, 0)], model: model)
    #expect(RotatedSquare(around: flat) == nil)
  }

  @Test(arguments: [0, 0.3, -1.2, 3]) func regionTurnsMovesAndGrowsWithTheMesh(angle: Float) throws {
    let head = SyntheticHead.face()
    let upright = try #require(RotatedSquare(around: head))
    let move = SimilarityTransform(real: 2 * cos(angle), imaginary: 2 * sin(angle), tx: 30, ty: -20)
    let region = try #require(RotatedSquare(around: SyntheticHead.face(moved: move)))
    #expect(abs(region.side - 2 * upright.side) < 1e-2)
    #expect(region.center.distance(to: move(upright.center)) < 1e-1)
    let turn = region.rotation - upright.rotation - angle
    #expect(abs(sin(turn)) < 1e-4 && cos(turn) > 0)
  }

  @Test func withoutMeshTheRegionIsNearlyTheSame() throws {
    let head = SyntheticHead.face()
    let bare = Face(
      box: head.box, presence: head.presence, landmarks: head.landmarks, quality: head.quality)
    let with = try #require(RotatedSquare(around: head))
    let without = try #require(RotatedSquare(around: bare))
    #expect(with.center.distance(to: without.center) < 0.1 * with.side)
    #expect(abs(with.side - without.side) < 0.15 * with.side)
  }
}
