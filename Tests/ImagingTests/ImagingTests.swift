import Imaging
import Quantities
import Testing

private let stamp = FrameStamp(index: 0, captured: MonotonicInstant(nanoseconds: 0), camera: "test")

/// A frame whose bytes are given.
private func frame(_ layout: PixelLayout, _ bytes: [UInt8]) -> Frame {
  Frame(layout: layout, stamp: stamp) { $0.copyBytes(from: bytes) }
}

@Suite struct LayoutTests {
  /// The same grey-blue picture in several formats gives the same colours.
  @Test func formatsAgree() {
    let size = PixelSize(width: 4, height: 2)
    let (y, u, v): (UInt8, UInt8, UInt8) = (120, 160, 110)
    let planar = frame(
      .i420(size, .bt601, .full), [UInt8](repeating: y, count: 8) + [u, u] + [v, v])
    let semi = frame(.nv12(size, .bt601, .full), [UInt8](repeating: y, count: 8) + [u, v, u, v])
    let packed = frame(
      .yuyv(size, rowStride: 8, .bt601, .full), (0..<4).flatMap { _ in [y, u, y, v] })
    let expected = planar.rgbImage()
    #expect(semi.rgbImage() == expected)
    #expect(packed.rgbImage() == expected)
    // BT.601, full range: R = Y + 1.402 (V - 128), B = Y + 1.772 (U - 128).
    #expect(abs(Int(expected[0, 0, 0]) - Int(120 + 1.402 * -18)) <= 1)
    #expect(abs(Int(expected[0, 0, 2]) - Int(120 + 1.772 * 32)) <= 1)
  }

  @Test func limitedRangeMapsBlackAndWhite() {
    let size = PixelSize(width: 2, height: 2)
    for (luma, expected) in [(UInt8(16), UInt8(0)), (235, 255)] {
      for matrix in [ColorMatrix.bt601, .bt709] {
        let image = frame(.i420(size, matrix, .limited), [UInt8](repeating: luma, count: 4) + [128, 128])
          .rgbImage()
        #expect(image[0, 0, 0] == expected && image[1, 1, 2] == expected)
      }
    }
  }

  @Test func quarterTurnsMovePixelsClockwise() {
    let size = PixelSize(width: 3, height: 2)
    let bytes: [UInt8] = [1, 2, 3, 4, 5, 6]
    func rows(_ turns: Int) -> [UInt8] {
      let turned = frame(PixelLayout.gray(size).turned(quarterTurns: turns), bytes)
      let image = turned.rgbImage()
      return (0..<image.size.height).flatMap { y in (0..<image.size.width).map { image[$0, y, 0] } }
    }
    #expect(rows(0) == [1, 2, 3, 4, 5, 6])
    #expect(rows(1) == [4, 1, 5, 2, 6, 3])
    #expect(rows(2) == [6, 5, 4, 3, 2, 1])
    #expect(rows(3) == [3, 6, 2, 5, 1, 4])
    #expect(rows(4) == [1, 2, 3, 4, 5, 6])
  }
}

@Suite struct WarpTests {
  /// A ramp is reproduced exactly by bilinear sampling, whatever the map.
  @Test func rampIsSampledWhereTheMapPoints() {
    let size = PixelSize(width: 64, height: 48)
    let ramp = frame(.gray(size), (0..<48).flatMap { y in (0..<64).map { x in UInt8(x * 2 + y) } })
    let square = RotatedSquare(center: PixelPoint(30, 24), side: 20, rotation: 0.3)
    let map = square.pictureToFrame(pixels: 16)
    var values = [Float](repeating: 0, count: 16 * 16 * 3)
    values.withUnsafeMutableBufferPointer {
      ramp.warpRGB(into: $0, size: PixelSize(width: 16, height: 16), map: map, scale: 1, bias: 0)
    }
    for row in 0..<16 {
      for column in 0..<16 {
        let source = map(PixelPoint(Float(column) + 0.5, Float(row) + 0.5))
        let expected = (source.x - 0.5) * 2 + (source.y - 0.5)
        #expect(abs(values[(row * 16 + column) * 3] - expected) < 1e-2)
      }
    }
  }

  @Test func outsideIsBlackOrReplicated() {
    let grey = frame(.gray(PixelSize(width: 8, height: 8)), [UInt8](repeating: 100, count: 64))
    let far = AffineTransform2D(a: 1, b: 0, tx: 1000, c: 0, d: 1, ty: 0)
    #expect(grey.warpedImage(size: PixelSize(width: 2, height: 2), map: far, border: .black)[0, 0, 0] == 0)
    #expect(grey.warpedImage(size: PixelSize(width: 2, height: 2), map: far)[0, 0, 0] == 100)
  }

  @Test func wildMapsAreHarmless() {
    let grey = frame(.gray(PixelSize(width: 8, height: 8)), [UInt8](repeating: 100, count: 64))
    for wild in [Float.nan, .infinity, -.infinity, 1e30] {
      let map = AffineTransform2D(a: wild, b: 0, tx: wild, c: 0, d: wild, ty: 1)
      _ = grey.warpedImage(size: PixelSize(width: 4, height: 4), map: map)
      _ = grey.warpedImage(size: PixelSize(width: 4, height: 4), map: map, border: .black)
    }
  }
}

@Suite struct PoolTests {
  @Test func emptyPoolSaysSoAndBuffersComeBack() {
    let pool = FramePool(bytesPerFrame: 16, capacity: 2)
    var kept: [Frame] = []
    for _ in 0..<2 {
      if let buffer = pool.take() {
        kept.append(buffer.finish(layout: .gray(PixelSize(width: 4, height: 4)), stamp: stamp))
      }
    }
    #expect(kept.count == 2)
    if pool.take() != nil { Issue.record("the pool gave a third buffer of two") }
    kept.removeLast()
    #expect(pool.available == 1)
    // A buffer that never became a frame goes back too.
    do { _ = pool.take() }
    #expect(pool.available == 1)
  }
}
