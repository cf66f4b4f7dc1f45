import FaceScoring
import Foundation
import Imaging
import Observations
import Quantities
import Testing

@Suite struct CropTests {
  private static let stamp = FrameStamp(index: 0, captured: MonotonicInstant(nanoseconds: 0), camera: "test")

  /// A face whose five points lie at given places.
  private func face(_ five: [PixelPoint], box: PixelRect = PixelRect(x: 0, y: 0, width: 10, height: 10))
    throws
    -> Face
  {
    var points = [PixelPoint](repeating: PixelPoint(0, 0), count: 68)
    for index in 36..<42 { points[index] = five[0] }
    for index in 42..<48 { points[index] = five[1] }
    (points[30], points[48], points[54]) = (five[2], five[3], five[4])
    return Face(
      box: box, presence: Confidence(1), landmarks: try #require(Landmarks68(points)),
      quality: FaceQuality(interocularPixels: 1, sharpness: 1, exposure: 1))
  }

  private func rule(_ data: Data) throws -> CropRule { try ScoringManifest(bytes: data, file: "m").crop }

  @Test(arguments: [0, 0.5, -2] as [Float]) func alignedCropUndoesPlaceTurnAndSize(angle: Float) throws {
    let cutter = CropCutter(try rule(ManifestFile.object()))
    let places = [(0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8)].map {
      PixelPoint(32 * Float($0.0), 32 * Float($0.1))
    }
    let truth = SimilarityTransform(real: 3 * cos(angle), imaginary: 3 * sin(angle), tx: 200, ty: 120)
    let map = try #require(cutter.cropToFrame(try face(places.map { truth($0) })))
    for place in places { #expect(map(place).distance(to: truth(place)) < 1e-2) }
  }

  @Test func boxCropIsTheSquareAboutTheBox() throws {
    let data = ManifestFile.object {
      $0["crop"] = ["kind": "box", "width": 40, "height": 40, "scale": 2] as [String: Any]
    }
    let box = PixelRect(x: 100, y: 50, width: 20, height: 30)
    let five = [PixelPoint](repeating: PixelPoint(0, 0), count: 5)
    let map = try #require(CropCutter(try rule(data)).cropToFrame(try face(five, box: box)))
    #expect(map(PixelPoint(0, 0)).distance(to: PixelPoint(80, 35)) < 1e-3)
    #expect(map(PixelPoint(40, 40)).distance(to: PixelPoint(140, 95)) < 1e-3)
  }

  @Test func fineStripesBecomeGreyInsteadOfMoire() throws {
    // Stripes of one pixel, shown at a third of their size: no stripes may be left.
    let frame = Frame(layout: .gray(PixelSize(width: 300, height: 300)), stamp: Self.stamp) { bytes in
      for index in 0..<90_000 { bytes[index] = index % 300 % 2 == 0 ? 0 : 200 }
    }
    let data = ManifestFile.object {
      $0["crop"] = ["kind": "box", "width": 70, "height": 70, "scale": 1] as [String: Any]
    }
    let five = [PixelPoint](repeating: PixelPoint(0, 0), count: 5)
    let subject = try face(five, box: PixelRect(x: 40, y: 40, width: 210, height: 210))
    let crop = try #require(CropCutter(try rule(data)).crop(of: subject, in: frame))
    #expect(crop.size == PixelSize(width: 70, height: 70))
    let spread = (crop.bytes.max() ?? 0) - (crop.bytes.min() ?? 0)
    #expect(spread < 70, "stripes of 200 became \(spread)")
  }

  @Test func outsideTheFrameIsBlackOnlyWhenAsked() throws {
    let frame = Frame(layout: .gray(PixelSize(width: 20, height: 20)), stamp: Self.stamp) { bytes in
      for index in 0..<400 { bytes[index] = 90 }
    }
    let five = [PixelPoint](repeating: PixelPoint(0, 0), count: 5)
    for (border, expected) in [("replicate", UInt8(90)), ("black", 0)] {
      let data = ManifestFile.object {
        $0["crop"] =
          ["kind": "box", "width": 16, "height": 16, "scale": 1, "border": border] as [String: Any]
      }
      let away = try face(five, box: PixelRect(x: 100, y: 100, width: 16, height: 16))
      let crop = try #require(CropCutter(try rule(data)).crop(of: away, in: frame))
      #expect(crop.bytes.allSatisfy { $0 == expected })
    }
  }

  @Test func faceWithoutExtentGivesNoCrop() throws {
    let frame = Frame(layout: .gray(PixelSize(width: 20, height: 20)), stamp: Self.stamp) { _ in }
    let cutter = CropCutter(try rule(ManifestFile.object()))
    let point = try face([PixelPoint](repeating: PixelPoint(5, 5), count: 5))
    #expect(cutter.crop(of: point, in: frame) == nil)
    let broken = try face([PixelPoint](repeating: PixelPoint(.nan, 5), count: 5))
    #expect(cutter.crop(of: broken, in: frame) == nil)
    let huge = try face((0..<5).map { PixelPoint(Float($0) * 1e30, Float($0 * $0) * 1e30) })
    #expect(cutter.crop(of: huge, in: frame) == nil)
  }
}
