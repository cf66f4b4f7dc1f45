import Foundation
import Quantities
import Testing

/// Rectangles and transforms at their edges: conventions that every stage relies on.
@Suite struct GeometryEdgeTests {
  private let rect = PixelRect(x: 2, y: 4, width: 6, height: 8)

  @Test func sidesAndMiddle() {
    #expect(rect.maxX == 8 && rect.maxY == 12 && rect.center == PixelPoint(5, 8) && rect.area == 48)
    #expect(PixelSize(width: 640, height: 480).area == 307_200)
  }

  /// Left and top edges are inside, right and bottom ones are not: neighbours share no point.
  @Test(
    arguments: [
      (2, 4, true), (7.99, 11.99, true), (8, 8, false), (5, 12, false), (1.99, 8, false), (5, 3.99, false),
      (.nan, 8, false),
    ] as [(Float, Float, Bool)]) func pointsInside(x: Float, y: Float, isInside: Bool)
  {
    #expect(rect.contains(PixelPoint(x, y)) == isInside)
  }

  @Test func commonPartsAndOverlap() {
    let other = PixelRect(x: 5, y: 10, width: 10, height: 10)
    #expect(rect.intersection(other) == PixelRect(x: 5, y: 10, width: 3, height: 2))
    #expect(
      rect.intersection(other) == other.intersection(rect) && rect.overlap(other) == other.overlap(rect))
    #expect(abs(rect.overlap(other) - 6 / (48 + 100 - 6)) < 1e-6)
    // Side by side: nothing in common, and nothing divided by nothing.
    #expect(rect.overlap(PixelRect(x: 8, y: 4, width: 6, height: 8)) == 0)
    let empty = PixelRect(x: 1, y: 1, width: 0, height: 0)
    #expect(
      empty.overlap(empty) == 0 && rect.intersection(PixelRect(x: 90, y: 90, width: 1, height: 1)).area == 0)
  }

  @Test func growthIsAboutTheMiddle() {
    #expect(rect.scaled(by: 2) == PixelRect(x: -1, y: 0, width: 12, height: 16))
    #expect(rect.scaled(by: 0) == PixelRect(x: 5, y: 8, width: 0, height: 0))
    #expect(PixelRect(around: [PixelPoint(3, 4)]) == PixelRect(x: 3, y: 4, width: 0, height: 0))
  }

  @Test func pointsAndVectors() {
    #expect(PixelPoint(1, 2).distance(to: PixelPoint(4, 6)) == 5)
    #expect(PixelPoint(1, 2).midpoint(PixelPoint(4, 6)) == PixelPoint(2.5, 4))
    #expect(MeshPoint(1, 2, 3).pixel == PixelPoint(1, 2) && PixelPoint(SIMD2(7, 8)).vector == SIMD2(7, 8))
  }

  /// First one map, then the other.
  @Test func mapsFollowOneAnother() {
    let turn = AffineTransform2D(a: 0, b: -1, tx: 3, c: 1, d: 0, ty: 5)
    let stretch = AffineTransform2D(a: 2, b: 0, tx: 0, c: 0, d: 4, ty: -1)
    let point = PixelPoint(7, 11)
    #expect(turn(point) == PixelPoint(-8, 12))
    #expect(turn.then(stretch)(point) == stretch(turn(point)))
    #expect(stretch.then(turn)(point) == turn(stretch(point)) && turn.then(stretch) != stretch.then(turn))
    #expect(AffineTransform2D.identity.then(turn) == turn && turn.then(.identity) == turn)
  }

  /// Noise on the target does not bias the fit, and a mirror image is not matched by a reflection.
  @Test func aFitIsTheBestSimilarity() throws {
    let square = [PixelPoint(0, 0), PixelPoint(10, 0), PixelPoint(10, 10), PixelPoint(0, 10)]
    let pulled = [PixelPoint(-1, 0), PixelPoint(11, 0), PixelPoint(10, 10), PixelPoint(0, 10)]
    let fit = try #require(SimilarityTransform.fit(square, onto: pulled))
    // Least squares by hand: the mean scale of both sides, no turn.
    #expect(abs(fit.scale - 1.05) < 1e-5 && abs(fit.rotation) < 1e-6)
    let mirror = try #require(SimilarityTransform.fit(square, onto: square.map { PixelPoint(-$0.x, $0.y) }))
    #expect(mirror.scale < 1e-5)
    #expect(
      SimilarityTransform.fit(square, onto: Array(square.dropLast())) == nil
        && SimilarityTransform.fit([], onto: []) == nil)
  }
}

/// Time and numbers at their ends.
@Suite struct NumberEdgeTests {
  @Test func instantsKeepNanoseconds() {
    let late = MonotonicInstant(nanoseconds: 9_000_000_000_000_000_001)
    #expect((late - MonotonicInstant(nanoseconds: 9_000_000_000_000_000_000)).wholeNanoseconds == 1)
    #expect(late - .nanoseconds(1) < late && late + .nanoseconds(1) > late)
    // Seconds are rounded to the nearest nanosecond, not cut off.
    #expect(MonotonicInstant(seconds: 0.1 + 0.2).nanoseconds == 300_000_000)
    #expect(MonotonicInstant(seconds: -1.5).nanoseconds == -1_500_000_000)
  }

  @Test func durationsAreCutToNanoseconds() {
    let bit = Duration(secondsComponent: 1, attosecondsComponent: 999_999_999)
    #expect(bit.wholeNanoseconds == 1_000_000_000)
    #expect(Duration.zero.inSeconds == 0 && Duration.seconds(-2).inMilliseconds == -2000)
  }

  @Test(arguments: [0, 1, 0.5, Double.leastNonzeroMagnitude]) func probabilitiesAtTheirEnds(value: Double)
    throws
  {
    let probability = try #require(Probability(value))
    #expect(probability.value == value && probability.complement.value == 1 - value)
    #expect(Probability(clamping: value) == probability)
  }

  @Test func theClockGoesOn() {
    let first = MonotonicInstant.now()
    #expect(MonotonicInstant.now() >= first && first.nanoseconds > 0)
  }

  @Test func logitsAreOrderedAndSymmetric() {
    #expect(Logit(-1) < Logit(2) && abs(Logit(1.5).sigmoid + Logit(-1.5).sigmoid - 1) < 1e-12)
    #expect(abs(Logit(log(3)).sigmoid - 0.75) < 1e-12)
    #expect(
      Confidence(0.25) < Confidence(0.5) && Confidence(.infinity).value == 1
        && Confidence(-.infinity).value == 0)
    #expect(Radians(degrees: -90) < Radians(0))
  }
}
