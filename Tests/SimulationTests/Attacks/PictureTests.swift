import Imaging
import Observations
import Quantities
import Simulation
import Testing
import VigilTesting

/// Made attacks: what is moved where, and what stays as it was.
@Suite struct AttackPictureTests {
  private let size = PixelSize(width: 96, height: 96)

  /// A picture whose colours say where each pixel was.
  private var ramp: RGBImage {
    RGBImage.made(size) { SIMD3($0.x * 2, $0.y * 2, 128) }
  }

  private func landmarks(x: Float = 20, y: Float = 20, side: Float = 50) throws -> Landmarks68 {
    try #require(
      SyntheticReports.face(in: PixelRect(x: x, y: y, width: side, height: side))?.landmarks)
  }

  // MARK: Colours

  @Test func coloursBetweenPixelsAreMeans() {
    let image = RGBImage.made(PixelSize(width: 2, height: 2)) { point in
      SIMD3(repeating: (point.x > 1 ? 100 : 0) + (point.y > 1 ? 50 : 0))
    }
    #expect(image.color(at: SIMD2(0.5, 0.5)).x == 0 && image.color(at: SIMD2(1.5, 1.5)).x == 150)
    #expect(image.color(at: SIMD2(1, 0.5)).x == 50 && image.color(at: SIMD2(1, 1)).x == 75)
    // The edge goes on outside.
    #expect(image.color(at: SIMD2(-9, 9)).x == 50 && image.color(at: SIMD2(99, -1)).x == 100)
  }

  @Test func whatIsSetIsRoundedAndClipped() {
    var image = RGBImage.made(PixelSize(width: 1, height: 1)) { _ in SIMD3(-5, 300, 99.6) }
    #expect(image.bytes == [0, 255, 100])
    image.set(0, 0, SIMD3(1.4, 254.6, 999))
    #expect(image.bytes == [1, 255, 255] && image.pixel(0, 0) == SIMD3(1, 255, 255))
  }

  @Test func aSmallerPictureHasTheMeansOfBlocks() {
    let image = RGBImage.made(PixelSize(width: 4, height: 4)) { SIMD3(repeating: $0.x < 2 ? 10 : 30) }
    let half = image.shrunk(by: 2)
    #expect(half.size == PixelSize(width: 2, height: 2) && half[0, 1, 0] == 10 && half[1, 0, 2] == 30)
    // A picture smaller than a block keeps its brightness.
    let one = image.shrunk(by: 24)
    #expect(one.size == PixelSize(width: 1, height: 1) && one[0, 0, 0] == 20)
  }

  // MARK: Triangles

  /// Delaunay: no point lies inside the circle of a triangle, and the triangles fill the hull once.
  @Test(arguments: [1, 2, 3] as [UInt64]) func noPointLiesInATrianglesCircle(seed: UInt64) {
    var random = SeededNumbers(seed)
    let points =
      (0..<40).map { _ in
        PixelPoint(.random(in: 1...99, using: &random), .random(in: 1...99, using: &random))
      } + FaceWarp.frame(PixelSize(width: 100, height: 100))
    let mesh = Triangulation(points)
    var area = 0.0
    for t in mesh.triangles {
      let (a, b, c) = (points[t.x], points[t.y], points[t.z])
      let (ab, ac) = (SIMD2<Double>(b.vector - a.vector), SIMD2<Double>(c.vector - a.vector))
      let twice = ab.x * ac.y - ab.y * ac.x
      area += abs(twice) / 2
      let (lb, lc) = ((ab * ab).sum(), (ac * ac).sum())
      let center = SIMD2(ac.y * lb - ab.y * lc, ab.x * lc - ac.x * lb) / (2 * twice)
      let radius = (center * center).sum().squareRoot()
      for point in points {
        let d = SIMD2<Double>(point.vector - a.vector) - center
        #expect((d * d).sum().squareRoot() > radius * (1 - 1e-4) - 1e-3)
      }
    }
    // The hull of points on its sides may be dented by a hair.
    #expect(area > 9900 && area < 10_001, "\(area)")
  }

  @Test func fewerThanThreePointsMakeNone() {
    #expect(Triangulation([]).triangles.isEmpty)
    #expect(Triangulation([PixelPoint(0, 0), PixelPoint(1, 1)]).triangles.isEmpty)
    #expect(Triangulation([PixelPoint(0, 0), PixelPoint(1, 1), PixelPoint(0, 1)]).triangles.count == 1)
  }

  @Test func aWarpToTheSamePlaceChangesNothing() throws {
    let points = try landmarks().points
    var target = ramp
    let filled = FaceWarp.fill(&target, from: ramp, points, to: points, Triangulation(points))
    #expect(target == ramp && filled.contains(true) && filled.contains(false))
    // Not as many points: nothing is moved.
    let none = FaceWarp.fill(&target, from: ramp, points, to: Array(points.dropLast()), Triangulation(points))
    #expect(!none.contains(true) && target == ramp)
  }

  /// One triangle over half of a square fills that half and no pixel beside it.
  @Test func aTriangleFillsItselfAlone() {
    let corners = [PixelPoint(10, 10), PixelPoint(20, 10), PixelPoint(10, 20)]
    var target = ramp
    let filled = FaceWarp.fill(&target, from: ramp, corners, to: corners, Triangulation(corners))
    for y in 0..<96 {
      for x in 0..<96 {
        // Centres on the long side itself belong to the triangle.
        #expect(filled[y * 96 + x] == (x >= 10 && y >= 10 && x + y + 1 <= 30), "\(x) \(y)")
      }
    }
  }

  /// Colours say where a pixel came from: a face moved by 10 pixels shows what lay 10 pixels beside.
  @Test func aWarpShowsWhatLayThere() throws {
    let (from, to) = (try landmarks(), try landmarks(x: 30, y: 24))
    var target = ramp
    let filled = FaceWarp.fill(&target, from: ramp, from.points, to: to.points, Triangulation(from.points))
    for y in 0..<96 {
      for x in 0..<96 where filled[y * 96 + x] {
        #expect(
          abs(Int(target[x, y, 0]) - (2 * (x - 10) + 1)) <= 1
            && abs(Int(target[x, y, 1]) - (2 * (y - 4) + 1)) <= 1)
      }
    }
  }

  @Test func aPortraitRestsOnItsFirstDriverAndMovesWithIt() throws {
    let own = try landmarks()
    var portrait = AnimatedPortrait(ramp, own)
    let driver = try landmarks(x: 5, y: 40, side: 25)
    let rest = portrait.picture(drivenBy: driver)
    let difference = zip(rest.bytes, ramp.bytes).map { abs(Int($0) - Int($1)) }.max() ?? 0
    #expect(difference <= 1)
    // The driver's face is half as large: 2 pixels of it are 4 of the portrait.
    let moved = portrait.picture(drivenBy: try landmarks(x: 7, y: 40, side: 25))
    let nose = own.points[30]
    #expect(abs(Int(moved[Int(nose.x), Int(nose.y), 0]) - (2 * (Int(nose.x) - 4) + 1)) <= 2)
    #expect(moved[0, 0, 0] == ramp[0, 0, 0] && moved[95, 95, 1] == ramp[95, 95, 1])
  }

  @Test func aSwapChangesTheFaceAlone() throws {
    // Other stripes than the face that is put on it.
    let gray = RGBImage.made(size) { SIMD3(repeating: Int($0.x) % 8 < 4 ? 60 : 180) }
    let there = try landmarks(x: 25, y: 25)
    let swapped = LandmarkSwap(ramp, try landmarks()).picture(on: gray, there)
    let box = try #require(PixelRect(around: there.points))
    var changed = 0
    for y in 0..<96 {
      for x in 0..<96 where swapped.pixel(x, y) != gray.pixel(x, y) {
        changed += 1
        #expect(box.scaled(by: 1.05).contains(PixelPoint(Float(x), Float(y))))
      }
    }
    #expect(changed > 500)
    // Half outside of the picture it is cut off, not a fault.
    _ = LandmarkSwap(ramp, try landmarks()).picture(on: gray, try landmarks(x: -30, y: 70))
    #expect(LandmarkSwap(ramp, try landmarks()).picture(on: gray, try landmarks(x: 300, y: 300)) == gray)
  }

  // MARK: Flat things

  @Test func aPlaneAtRestIsSeenStraight() throws {
    let plane = HeldPlane(size, width: 80, height: 60, FacePosture())
    func place(_ x: Float, _ y: Float) throws -> SIMD2<Float> { try #require(plane.place(SIMD2(x, y))) }
    let (middle, right, bottom) = (try place(48, 48), try place(88, 48), try place(48, 78))
    #expect(abs(middle.x) < 1e-5 && abs(middle.y) < 1e-5)
    #expect(abs(right.x - 1) < 1e-4 && abs(right.y) < 1e-5 && abs(bottom.y - 1) < 1e-4)
  }

  @Test func aPlaneThatIsNearerLooksLargerAndOneAtItsEdgeIsNone() throws {
    var near = FacePosture()
    near.scale = 2
    let plane = HeldPlane(size, width: 80, height: 60, near)
    #expect(abs(try #require(plane.place(SIMD2(88, 48))).x - 0.5) < 1e-4)
    var shifted = FacePosture()
    shifted.shift = SIMD2(1, 0)
    // A shift of 1 is a tenth of its width: 8 pixels.
    let aside = HeldPlane(size, width: 80, height: 60, shifted)
    #expect(abs(try #require(aside.place(SIMD2(56, 48))).x) < 1e-4)
    var edge = FacePosture()
    edge.yaw = 90
    #expect(HeldPlane(size, width: 80, height: 60, edge).place(SIMD2(48, 48)) == nil)
  }

  @Test func aPrintAndAScreenLookLikeOnes() {
    let white = RGBImage.made(size) { _ in SIMD3(repeating: 255) }
    let print = PrintedPhoto(white).picture(FacePosture())
    // Ink is never as bright as light, and paper's white edge is lighter than it.
    #expect(print.pixel(48, 48).max() < 245 && print.pixel(48, 48).min() > 150)
    let first = ScreenReplay().picture(white, FacePosture(), at: 0)
    #expect(first == ScreenReplay().picture(white, FacePosture(), at: 0))
    #expect(first != ScreenReplay().picture(white, FacePosture(), at: 0.3))
    // The bezel is dark: 0.93 of 0.92 of the half side is where the picture ends.
    #expect(first.pixel(48 + 43, 48).max() < 30 && first.pixel(48, 48).max() > 150)
  }
}
