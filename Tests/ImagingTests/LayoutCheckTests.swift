import Imaging
import Quantities
import Testing
import VigilTesting

/// Layouts whose numbers come from outside: every sample lies inside the bytes, or there is no layout.
@Suite struct LayoutCheckTests {
  private let size = PixelSize(width: 5, height: 3)

  private func gray(_ plane: Plane, bytes: Int = 15, size: PixelSize? = nil, limit: Int = 1 << 20)
    -> PixelLayout?
  {
    .checked(size: size ?? self.size, color: .gray, planes: [plane], byteCount: bytes, limit: limit)
  }

  @Test func theLastSampleMustFit() {
    #expect(gray(Plane(offset: 0, rowStride: 5, pixelStride: 1)) == .gray(size))
    #expect(gray(Plane(offset: 0, rowStride: 5, pixelStride: 1), bytes: 14) == nil)
    #expect(gray(Plane(offset: 1, rowStride: 5, pixelStride: 1)) == nil)
    #expect(gray(Plane(offset: 0, rowStride: 6, pixelStride: 1)) == nil)
    #expect(gray(Plane(offset: 0, rowStride: 6, pixelStride: 1), bytes: 17) != nil)
    // Halved once it has 3 columns and 2 rows.
    let half = Plane(offset: 0, rowStride: 3, pixelStride: 1, horizontalShift: 1, verticalShift: 1)
    #expect(gray(half, bytes: 6) != nil && gray(half, bytes: 5) == nil)
  }

  @Test func picturesUpsideDownMustFitToo() {
    let flipped = Plane(offset: 10, rowStride: -5, pixelStride: 1)
    #expect(gray(flipped) != nil)
    #expect(gray(Plane(offset: 9, rowStride: -5, pixelStride: 1)) == nil)
    #expect(gray(Plane(offset: 14, rowStride: -5, pixelStride: -1)) != nil)
    #expect(gray(Plane(offset: 13, rowStride: -5, pixelStride: -1)) == nil)
    #expect(gray(Plane(offset: -1, rowStride: 5, pixelStride: 1)) == nil)
  }

  @Test func sizesAndCountsHaveBounds() {
    let plane = Plane(offset: 0, rowStride: 0, pixelStride: 0)
    for (width, height) in [(0, 1), (1, 0), (-1, 1), (32769, 1), (1, 32769), (Int.max, Int.max)] {
      #expect(gray(plane, size: PixelSize(width: width, height: height)) == nil, "\(width) \(height)")
    }
    #expect(gray(plane, size: PixelSize(width: 32768, height: 32768)) != nil)
    #expect(gray(plane, bytes: 0) == nil && gray(plane, bytes: 100, limit: 99) == nil)
    for planes in [0, 2, 3] {
      let all = [Plane](repeating: plane, count: planes)
      #expect(PixelLayout.checked(size: size, color: .gray, planes: all, byteCount: 15, limit: 99) == nil)
    }
    for planes in [0, 1, 2, 4] {
      let all = [Plane](repeating: plane, count: planes)
      #expect(PixelLayout.checked(size: size, color: .rgb, planes: all, byteCount: 15, limit: 99) == nil)
    }
  }

  @Test(arguments: [Int.max, Int.min, 1 << 40, -(1 << 40)]) func hugeNumbersDoNotOverflow(huge: Int) {
    #expect(gray(Plane(offset: huge, rowStride: 5, pixelStride: 1)) == nil)
    #expect(gray(Plane(offset: 0, rowStride: huge, pixelStride: 1)) == nil)
    #expect(gray(Plane(offset: 0, rowStride: 5, pixelStride: huge)) == nil)
    #expect(gray(Plane(offset: 0, rowStride: 5, pixelStride: 1, horizontalShift: huge)) == nil)
    #expect(gray(Plane(offset: 0, rowStride: 5, pixelStride: 1, verticalShift: huge)) == nil)
  }

  /// Whatever is let through, every sample of every plane lies inside.
  @Test func whatIsLetThroughLiesInside() {
    var random = SeededNumbers(640)
    var accepted = 0
    for _ in 0..<20_000 {
      let size = PixelSize(
        width: .random(in: 1...6, using: &random), height: .random(in: 1...6, using: &random))
      let plane = Plane(
        offset: .random(in: -3...30, using: &random), rowStride: .random(in: -8...8, using: &random),
        pixelStride: .random(in: -3...3, using: &random), horizontalShift: .random(in: 0...1, using: &random),
        verticalShift: .random(in: 0...1, using: &random))
      let bytes = Int.random(in: 1...40, using: &random)
      var isInside = true
      for row in 0..<(size.height + (1 << plane.verticalShift) - 1) >> plane.verticalShift {
        for column in 0..<(size.width + (1 << plane.horizontalShift) - 1) >> plane.horizontalShift {
          let place = plane.offset + row * plane.rowStride + column * plane.pixelStride
          isInside = isInside && place >= 0 && place < bytes
        }
      }
      let layout = gray(plane, bytes: bytes, size: size)
      #expect((layout != nil) == isInside)
      accepted += layout == nil ? 0 : 1
    }
    #expect(accepted > 1000)
  }
}

/// Bytes seen turned and mirrored without being moved.
@Suite struct OrientedLayoutTests {
  private static let steps = (0..<8).map { ($0 & 1 != 0, $0 & 2 != 0, $0 & 4 != 0) }

  private func rows(_ layout: PixelLayout, _ bytes: [UInt8]) -> [[UInt8]] {
    let plane = layout.planes[0]
    return (0..<layout.size.height).map { row in
      (0..<layout.size.width).map { bytes[plane.offset + row * plane.rowStride + $0 * plane.pixelStride] }
    }
  }

  @Test(arguments: steps) func samplesMoveAsSaid(transposed: Bool, columns: Bool, rows mirrored: Bool) {
    let bytes = [UInt8](1...15)
    let layout = PixelLayout.gray(PixelSize(width: 5, height: 3))
    let seen = layout.oriented(transposed: transposed, mirroredColumns: columns, mirroredRows: mirrored)
    var expected = rows(layout, bytes)
    if transposed { expected = (0..<5).map { column in expected.map { $0[column] } } }
    if columns { expected = expected.map { $0.reversed() } }
    if mirrored { expected.reverse() }
    #expect(rows(seen, bytes) == expected)
    #expect(seen.byteCount == layout.byteCount)
  }

  /// Each format stays one that its checks let through, odd sizes too.
  @Test(arguments: [(1, 1), (2, 3), (5, 4), (7, 7)]) func everyFormatStaysInside(width: Int, height: Int) {
    let size = PixelSize(width: width, height: height)
    let even = PixelSize(width: (width + 1) / 2 * 2, height: height)
    let formats: [PixelLayout] = [
      .gray(size), .rgb24(size), .i420(size, .bt601, .full), .nv12(size, .bt709, .limited),
      .planar(size, chromaShift: (1, 0), .bt601, .full), .planar(size, chromaShift: (0, 0), .bt2020, .full),
      .yuyv(even, rowStride: 2 * even.width + 6, .bt601, .limited),
    ]
    for format in formats {
      for (transposed, columns, rows) in Self.steps {
        let seen = format.oriented(transposed: transposed, mirroredColumns: columns, mirroredRows: rows)
        let checked = PixelLayout.checked(
          size: seen.size, color: seen.color, planes: seen.planes, byteCount: seen.byteCount, limit: 1 << 20)
        #expect(checked == seen)
        // Four quarter turns, forward and back, change nothing.
        #expect(seen.turned(quarterTurns: 1).turned(quarterTurns: -1) == seen)
        #expect(
          seen.turned(quarterTurns: 4) == seen
            && seen.turned(quarterTurns: -3) == seen.turned(quarterTurns: 1))
      }
    }
  }

  /// Bytes that a frame takes: chroma is rounded up (H.264, 6.2).
  @Test(arguments: [
    (PixelLayout.i420(PixelSize(width: 5, height: 3), .bt601, .full), 15 + 2 * 6),
    (.nv12(PixelSize(width: 5, height: 3), .bt601, .full), 15 + 2 * 6),
    (.planar(PixelSize(width: 5, height: 3), chromaShift: (1, 0), .bt601, .full), 15 + 2 * 9),
    (.planar(PixelSize(width: 5, height: 3), chromaShift: (0, 0), .bt601, .full), 45),
    (.rgb24(PixelSize(width: 5, height: 3)), 45), (.gray(PixelSize(width: 5, height: 3)), 15),
    (.yuyv(PixelSize(width: 4, height: 3), rowStride: 10, .bt601, .full), 30),
  ]) func bytesOfAFrame(layout: PixelLayout, bytes: Int) { #expect(layout.byteCount == bytes) }
}
