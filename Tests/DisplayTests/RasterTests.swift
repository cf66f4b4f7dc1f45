import Display
import Imaging
import Observations
import Overlay
import Quantities
import Testing
import VigilTesting

private let red = DrawColor(0xFF0000)

private func canvas(_ width: Int, _ height: Int, _ items: [DrawItem]) throws -> RGBImage {
  let size = PixelSize(width: width, height: height)
  var list = DrawList(viewport: Viewport(picture: size), background: DrawColor(0))
  list.items = items
  var picture = RGBImage(size: size) { _ in }
  PictureRenderer(typesetter: try Typesetter(FontFiles.find())).draw(list, onto: &picture)
  return picture
}

/// Sum of the red channel in whole pixels.
private func ink(_ picture: RGBImage) -> Double {
  stride(from: 0, to: picture.bytes.count, by: 3).reduce(0.0) { $0 + Double(picture.bytes[$1]) / 255 }
}

@Suite struct RasterTests {
  @Test func aPanelFillsItsPixelsExactlyAndOnce() throws {
    let half = red.opacity(0.5)
    let picture = try canvas(
      20, 12, [.panel(PixelRect(x: 4, y: 3, width: 10, height: 6), radius: 0, color: half)])
    // The rim straddles the edge: pixels inside are blended once (128), those outside stay faint.
    for y in 4..<8 { for x in 5..<13 { #expect(picture[x, y, 0] == 128, "\(x), \(y)") } }
    #expect(picture[1, 1, 0] == 0 && picture[17, 5, 0] == 0)
    #expect(abs(ink(picture) - 30) < 1.5)
  }

  @Test func aLineHasItsWidthAndSmoothEdges() throws {
    for angle: (Float, Float) in [(20, 0), (0, 20), (14.142, 14.142), (18, 8)] {
      let points = [PixelPoint(16.5, 16.5), PixelPoint(16.5 + angle.0, 16.5 + angle.1)]
      let picture = try canvas(64, 64, [.line(points: points, closed: false, width: 3, color: red)])
      let length = (angle.0 * angle.0 + angle.1 * angle.1).squareRoot()
      #expect(abs(ink(picture) - Double(length * 3)) < Double(length) * 0.25, "\(angle): \(ink(picture))")
      let values = Set(stride(from: 0, to: picture.bytes.count, by: 3).map { picture.bytes[$0] })
      #expect(values.contains(255) && values.count > 1)
    }
  }

  @Test func circlesHaveTheirArea() throws {
    for radius: Float in [2, 5, 9.5] {
      let dots = DrawItem.dots(centers: [PixelPoint(15, 15)], radius: radius, color: red)
      let area = Double(radius * radius * .pi)
      #expect(abs(ink(try canvas(30, 30, [dots])) - area) < area * 0.12)
    }
  }

  @Test func windingDoesNotMatter() throws {
    let points = [PixelPoint(3, 3), PixelPoint(25, 6), PixelPoint(12, 22)]
    let one = try canvas(30, 30, [.polygon(points: points, color: red)])
    let other = try canvas(30, 30, [.polygon(points: points.reversed(), color: red)])
    #expect(abs(ink(one) - ink(other)) < 2)
    #expect(abs(ink(one) - 194.5) < 12)
  }

  @Test func nothingIsDrawnOutside() throws {
    let far: [DrawItem] = [
      .panel(PixelRect(x: -1e9, y: 0, width: 2e9, height: 5), radius: 3, color: red),
      .line(points: [PixelPoint(.nan, 0), PixelPoint(5, 5)], closed: false, width: 2, color: red),
      .dots(centers: [PixelPoint(.infinity, 1)], radius: .infinity, color: red),
      .polygon(points: [PixelPoint(1, 1)], color: red),
    ]
    #expect(ink(try canvas(8, 8, far)) == 0)
    let crossing = DrawItem.panel(PixelRect(x: -50, y: -50, width: 200, height: 200), radius: 4, color: red)
    #expect(ink(try canvas(8, 8, [crossing])) == 64)
  }

  @Test func patchesAreScaledIntoTheirPlace() throws {
    let rgba: [UInt8] = [255, 0, 0, 255, 0, 0, 255, 128]
    let patch = try #require(Patch(size: PixelSize(width: 2, height: 1), rgba: rgba))
    let picture = try canvas(8, 4, [.patch(patch, into: PixelRect(x: 2, y: 1, width: 4, height: 2))])
    #expect(picture[2, 1, 0] == 255 && picture[3, 2, 0] == 255)
    #expect(picture[4, 1, 2] == 128 && picture[5, 2, 2] == 128 && picture[4, 1, 0] == 0)
    #expect(picture[1, 1, 0] == 0 && picture[6, 1, 2] == 0)
  }

  @Test func theSameListGivesTheSamePicture() throws {
    let report = SyntheticReports.grid(4, size: PixelSize(width: 320, height: 240))
    let setter = try Typesetter(FontFiles.find())
    let list = DrawListComposer(metrics: setter).compose(
      report, history: ScoreHistory(), options: OverlayOptions(), on: Viewport(picture: report.size))
    #expect(try canvas(320, 240, list.items) == canvas(320, 240, list.items))
  }
}
