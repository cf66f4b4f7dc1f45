import Imaging
import Quantities
import Testing

private let stamp = FrameStamp(index: 0, captured: MonotonicInstant(nanoseconds: 0), camera: "test")

/// Colours against the standards' own numbers.
@Suite struct ColorTests {
  /// One pixel's red, green and blue of Y, Cb, Cr.
  private func color(_ y: UInt8, _ u: UInt8, _ v: UInt8, _ matrix: ColorMatrix, _ range: ColorRange) -> [Int]
  {
    let layout = PixelLayout.planar(PixelSize(width: 1, height: 1), chromaShift: (0, 0), matrix, range)
    let image = Frame(layout: layout, stamp: stamp) { $0.copyBytes(from: [y, u, v]) }.rgbImage()
    return (0..<3).map { Int(image[0, 0, $0]) }
  }

  private func isNear(_ found: [Int], _ expected: [Int]) -> Bool {
    zip(found, expected).allSatisfy { abs($0 - $1) <= 1 }
  }

  /// 100 % colour bars, limited range: the 8-bit codes that the standards give for red, green and blue.
  @Test(
    arguments: [
      (ColorMatrix.bt601, [(81, 90, 240), (145, 54, 34), (41, 240, 110)]),
      (.bt709, [(63, 102, 240), (173, 42, 26), (32, 240, 118)]),
      (.bt2020, [(74, 97, 240), (164, 47, 25), (29, 240, 119)]),
    ] as [(ColorMatrix, [(UInt8, UInt8, UInt8)])])
  func primariesOfTheStandards(matrix: ColorMatrix, codes: [(UInt8, UInt8, UInt8)]) {
    let primaries = [[255, 0, 0], [0, 255, 0], [0, 0, 255]]
    for ((y, u, v), expected) in zip(codes, primaries) {
      let found = color(y, u, v, matrix, .limited)
      // Codes are rounded to whole numbers: two levels of 255.
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 2 }, "\(matrix) \(found)")
    }
  }

  /// 75 % colour bars of BT.601: codes whose colours lie inside the cube, so that a wrong gain of chroma shows.
  @Test(
    arguments: [
      ((162, 44, 142), [191, 191, 0]), ((131, 156, 44), [0, 191, 191]), ((112, 72, 58), [0, 191, 0]),
      ((84, 184, 198), [191, 0, 191]), ((65, 100, 212), [191, 0, 0]), ((35, 212, 114), [0, 0, 191]),
    ] as [((UInt8, UInt8, UInt8), [Int])])
  func barsOfThreeQuarters(codes: (UInt8, UInt8, UInt8), expected: [Int]) {
    let found = color(codes.0, codes.1, codes.2, .bt601, .limited)
    #expect(isNear(found, expected), "\(found)")
  }

  /// JFIF: R = Y + 1.402 (Cr - 128), G = Y - 0.344136 (Cb - 128) - 0.714136 (Cr - 128), B = Y + 1.772 (Cb - 128).
  @Test(
    arguments: [(100, 128, 128), (100, 90, 160), (200, 140, 100), (50, 60, 200)] as [(UInt8, UInt8, UInt8)])
  func fullRangeIsJFIFs(y: UInt8, u: UInt8, v: UInt8) {
    let (luma, blue, red) = (Double(y), Double(u) - 128, Double(v) - 128)
    let expected = [luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue]
    #expect(isNear(color(y, u, v, .bt601, .full), expected.map { Int(min(max($0, 0), 255).rounded()) }))
  }

  @Test func whatLiesOutsideIsClipped() {
    for matrix in [ColorMatrix.bt601, .bt709, .bt2020] {
      #expect(color(0, 128, 128, matrix, .limited) == [0, 0, 0])
      #expect(color(255, 128, 128, matrix, .limited) == [255, 255, 255])
      #expect(color(235, 128, 255, matrix, .limited)[0] == 255 && color(16, 128, 0, matrix, .limited)[0] == 0)
    }
  }

  /// The three weights of a matrix make one.
  @Test func lumaWeightsAreTheStandards() {
    #expect(ColorMatrix.bt601.lumaWeights == (0.299, 0.114))
    #expect(ColorMatrix.bt709.lumaWeights == (0.2126, 0.0722))
    #expect(ColorMatrix.bt2020.lumaWeights == (0.2627, 0.0593))
  }

  @Test func channelsAreTakenFromWhereTheyLie() {
    let size = PixelSize(width: 2, height: 1)
    let swapped = PixelLayout(
      size: size, color: .rgb, planes: [2, 1, 0].map { Plane(offset: $0, rowStride: 6, pixelStride: 3) },
      byteCount: 6)
    let image = Frame(layout: swapped, stamp: stamp) { $0.copyBytes(from: [1, 2, 3, 4, 5, 6] as [UInt8]) }
      .rgbImage()
    #expect(image.bytes == [3, 2, 1, 6, 5, 4])
    var changed = image
    changed[1, 0, 2] = 9
    #expect(changed.bytes == [3, 2, 1, 6, 5, 9] && changed != image)
    #expect(image.frame(stamp: stamp).rgbImage() == image)
  }

  @Test func scaleAndBiasAreApplied() {
    let frame = Frame(layout: .gray(PixelSize(width: 4, height: 4)), stamp: stamp) { bytes in
      for index in bytes.indices { bytes[index] = 100 }
    }
    var values = [Float](repeating: 0, count: 12)
    values.withUnsafeMutableBufferPointer {
      frame.warpRGB(into: $0, size: PixelSize(width: 2, height: 2), map: .identity, scale: 0.5, bias: -3)
    }
    #expect(values.allSatisfy { abs($0 - 47) < 1e-4 })
  }

  /// Luma of a picture of R, G and B (BT.601's weights), and of one that has luma: as it stands.
  @Test func lumaOfAPicture() {
    let size = PixelSize(width: 1, height: 1)
    func luma(_ layout: PixelLayout, _ bytes: [UInt8]) -> Int {
      var out: [UInt8] = [0]
      out.withUnsafeMutableBufferPointer {
        Frame(layout: layout, stamp: stamp) { $0.copyBytes(from: bytes) }
          .warpLuma(into: $0, size: size, map: .identity)
      }
      return Int(out[0])
    }
    #expect(luma(.gray(size), [77]) == 77)
    #expect(luma(.planar(size, chromaShift: (0, 0), .bt601, .full), [77, 10, 200]) == 77)
    for (rgb, expected) in [([255, 0, 0], 76), ([0, 255, 0], 150), ([0, 0, 255], 29), ([50, 50, 50], 50)] {
      let found = luma(.rgb24(size), rgb.map { UInt8($0) })
      #expect(abs(found - expected) <= 2, "\(rgb) \(found)")
    }
  }
}

/// Where a frame's bytes come from and go to.
@Suite struct FramePoolTests {
  private let layout = PixelLayout.gray(PixelSize(width: 4, height: 2))

  private struct Empty: Error {}

  @Test func aBufferIsUsedAgainAndNotBefore() throws {
    let pool = FramePool(bytesPerFrame: 8, capacity: 1)
    func place() throws -> UInt {
      guard let buffer = pool.take() else { throw Empty() }
      let frame = buffer.finish(layout: layout, stamp: stamp)
      return frame.withBytes { UInt(bitPattern: $0.baseAddress) }
    }
    let first = try place()
    #expect(pool.available == 1)
    #expect(try place() == first)
  }

  @Test func bytesAreTheLayoutsAndNoMore() throws {
    let pool = FramePool(bytesPerFrame: 64, capacity: 2)
    guard let buffer = pool.take() else { throw Empty() }
    buffer.withMutableBytes { bytes in
      #expect(bytes.count == 64)
      for index in bytes.indices { bytes[index] = UInt8(index) }
    }
    let frame = buffer.finish(
      layout: layout, stamp: FrameStamp(index: 7, captured: stamp.captured, camera: "c"))
    #expect(frame.withBytes { Array($0) } == Array(0..<8) && frame.index == 7 && frame.size == layout.size)
    #expect(pool.available == 1)
  }
}
