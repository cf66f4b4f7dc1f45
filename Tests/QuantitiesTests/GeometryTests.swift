import Foundation
import Quantities
import Testing

@Suite struct RectTests {
  @Test func overlapOfEqualAndApartRectangles() {
    let one = PixelRect(x: 0, y: 0, width: 10, height: 10)
    #expect(one.overlap(one) == 1)
    #expect(one.overlap(PixelRect(x: 20, y: 0, width: 10, height: 10)) == 0)
    #expect(abs(one.overlap(PixelRect(x: 5, y: 0, width: 10, height: 10)) - 1.0 / 3) < 1e-6)
  }

  @Test func negativeSizesBecomeEmpty() {
    #expect(PixelRect(x: 0, y: 0, width: -4, height: 4).area == 0)
  }

  @Test func rectangleAroundPoints() {
    #expect(PixelRect(around: []) == nil)
    let rect = PixelRect(around: [PixelPoint(3, 9), PixelPoint(1, 2)])
    #expect(rect == PixelRect(x: 1, y: 2, width: 2, height: 7))
  }

  @Test func scalingKeepsTheCentre() {
    let rect = PixelRect(x: 2, y: 4, width: 6, height: 8)
    #expect(rect.scaled(by: 1.5).center == rect.center)
    #expect(rect.scaled(by: 1.5).width == 9)
  }
}

@Suite struct TransformTests {
  @Test func inverseGoesBack() throws {
    let map = AffineTransform2D(a: 2, b: -1, tx: 5, c: 0.5, d: 3, ty: -7)
    let back = try #require(map.inverse)
    let point = PixelPoint(11, -4)
    #expect(back(map(point)).distance(to: point) < 1e-4)
    #expect(map.then(back)(point).distance(to: point) < 1e-4)
    #expect(AffineTransform2D(a: 1, b: 2, tx: 0, c: 2, d: 4, ty: 0).inverse == nil)
  }

  @Test func squareMapsItsCentreAndCorners() {
    let square = RotatedSquare(center: PixelPoint(100, 50), side: 64, rotation: .pi / 2)
    let map = square.pictureToFrame(pixels: 128)
    #expect(map(PixelPoint(64, 64)).distance(to: PixelPoint(100, 50)) < 1e-3)
    // Turned clockwise by a right angle: the picture's top left corner is the frame's top right one.
    #expect(map(PixelPoint(0, 0)).distance(to: PixelPoint(132, 18)) < 1e-3)
  }

  @Test(arguments: [0.0, 0.4, -2.0]) func similarityFitFindsTheMap(angle: Float) throws {
    let truth = SimilarityTransform(real: 1.7 * cos(angle), imaginary: 1.7 * sin(angle), tx: -3, ty: 12)
    let points = [PixelPoint(0, 0), PixelPoint(10, 1), PixelPoint(4, 9), PixelPoint(-5, 3)]
    let fit = try #require(SimilarityTransform.fit(points, onto: points.map { truth($0) }))
    #expect(abs(fit.scale - 1.7) < 1e-4)
    #expect(abs(fit.rotation - angle) < 1e-4)
    for point in points {
      #expect(fit(point).distance(to: truth(point)) < 1e-3)
      #expect(fit.affine(point).distance(to: fit(point)) < 1e-4)
    }
  }

  @Test func similarityNeedsTwoDifferentPoints() {
    let one = PixelPoint(1, 1)
    #expect(SimilarityTransform.fit([one], onto: [one]) == nil)
    #expect(SimilarityTransform.fit([one, one], onto: [one, one]) == nil)
  }
}
