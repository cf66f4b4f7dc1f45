import CKernels
import Imaging
import Quantities
import Testing

/// Numbers that look random and are the same each time.
private struct Noise {
  var state: UInt32
  mutating func byte() -> UInt8 {
    state = state &* 1_664_525 &+ 1_013_904_223
    return UInt8(truncatingIfNeeded: state >> 24)
  }
}

/// A picture of noise and its planes as the kernels take them.
private struct Sample {
  let name: String
  let layout: PixelLayout
  let bytes: [UInt8]

  init(_ name: String, _ layout: PixelLayout) {
    var noise = Noise(state: UInt32(layout.byteCount))
    (self.name, self.layout) = (name, layout)
    bytes = (0..<layout.byteCount + 64).map { _ in noise.byte() }
  }

  func withPicture(_ body: (inout vk_picture) -> Void) {
    bytes.withUnsafeBufferPointer { buffer in
      var picture = vk_picture()
      picture.width = Int32(layout.size.width)
      picture.height = Int32(layout.size.height)
      func plane(_ number: Int) -> vk_plane {
        let plane = layout.planes[number]
        return vk_plane(
          base: buffer.baseAddress?.advanced(by: plane.offset), row_stride: plane.rowStride,
          pixel_stride: Int32(plane.pixelStride), hshift: Int32(plane.horizontalShift),
          vshift: Int32(plane.verticalShift))
      }
      picture.plane.0 = plane(0)
      if layout.planes.count == 3 { (picture.plane.1, picture.plane.2) = (plane(1), plane(2)) }
      switch layout.color {
      case .gray: picture.model = Int32(VK_GRAY)
      case .rgb: picture.model = Int32(VK_RGB)
      case .yuv: picture.model = Int32(VK_YUV)
      }
      (picture.y_offset, picture.y_scale) = (16, 1.164)
      (picture.r_v, picture.g_u, picture.g_v, picture.b_u) = (1.596, -0.392, -0.813, 2.017)
      body(&picture)
    }
  }

  static func all(_ size: PixelSize) -> [Sample] {
    let quarter = PixelLayout.i420(size, .bt601, .full)
    let swapped = PixelLayout(
      size: size, color: .rgb,
      planes: [2, 1, 0].map { Plane(offset: $0, rowStride: 3 * size.width, pixelStride: 3) },
      byteCount: 3 * size.area)
    var samples = [
      Sample("gray", .gray(size)), Sample("I420", quarter),
      Sample("I444", .planar(size, chromaShift: (0, 0), .bt601, .full)),
      Sample("I422", .planar(size, chromaShift: (1, 0), .bt601, .full)),
      Sample("NV12", .nv12(size, .bt601, .full)),
      Sample("RGB", .rgb24(size)), Sample("BGR", swapped),
    ]
    if size.width % 2 == 0 {
      samples.append(Sample("YUYV", .yuyv(size, rowStride: 2 * size.width, .bt601, .full)))
    }
    for turns in 1...3 { samples.append(Sample("I420 turned \(turns)", quarter.turned(quarterTurns: turns))) }
    return samples
  }
}

/// The fast warps are held against the plain ones over formats, odd sizes, maps and borders.
@Suite struct WarpKernelTests {
  private static let maps: [[Float]] = [
    [1, 0, 0, 0, 1, 0], [0.7, 0.3, 2, -0.3, 0.7, 5], [3.1, 0, -9, 0, 3.1, -4], [-1, 0, 20, 0, 1.5, 0],
  ]
  private static let sizes = [(1, 1), (2, 1), (1, 3), (2, 2), (3, 5), (16, 16), (33, 17), (64, 40)]

  @Test(arguments: sizes) func floatsAgree(width: Int, height: Int) {
    for sample in Sample.all(PixelSize(width: width, height: height)) {
      for (map, border) in Self.maps.flatMap({ [($0, Int32(0)), ($0, Int32(1))] }) {
        for (columns, rows) in [(1, 1), (15, 3), (16, 2), (37, 5)] {
          var fast = [Float](repeating: -9, count: columns * rows * 3 + 1)
          var plain = fast
          sample.withPicture { picture in
            vk_warp_rgb_f32(&picture, map, Int32(columns), Int32(rows), 1, 0, border, &fast)
            vk_warp_rgb_f32_plain(&picture, map, Int32(columns), Int32(rows), 1, 0, border, &plain)
          }
          let worst = zip(fast, plain).map { abs($0 - $1) }.max() ?? 0
          // Coordinates differ by rounding only; noise turns 1e-5 of a pixel into a hundredth of a level.
          #expect(worst < 0.05, "\(sample.name) \(width)x\(height) to \(columns)x\(rows)")
          #expect(fast.last == -9, "\(sample.name) wrote behind its end")
        }
      }
    }
  }

  @Test(arguments: sizes) func bytesAgree(width: Int, height: Int) {
    for sample in Sample.all(PixelSize(width: width, height: height)) {
      for (map, border) in Self.maps.flatMap({ [($0, Int32(0)), ($0, Int32(1))] }) {
        let (columns, rows) = (37, 5)
        var fast = [UInt8](repeating: 9, count: columns * rows * 3 + 1)
        var plain = fast
        var (fastLuma, plainLuma) = (fast, fast)
        sample.withPicture { picture in
          vk_warp_rgb_u8(&picture, map, Int32(columns), Int32(rows), border, &fast)
          vk_warp_rgb_u8_plain(&picture, map, Int32(columns), Int32(rows), border, &plain)
          vk_warp_luma_u8(&picture, map, Int32(columns), Int32(rows), border, &fastLuma)
          vk_warp_luma_u8_plain(&picture, map, Int32(columns), Int32(rows), border, &plainLuma)
        }
        #expect(zip(fast, plain).allSatisfy { abs(Int($0) - Int($1)) <= 1 }, "\(sample.name)")
        #expect(zip(fastLuma, plainLuma).allSatisfy { abs(Int($0) - Int($1)) <= 1 }, "\(sample.name)")
        #expect(fast.last == 9)
      }
    }
  }

  /// Widths around the length of a piece and around vectors, odd ones too.
  @Test(arguments: sizes + [(511, 3), (512, 2), (513, 5), (1030, 4), (1279, 2)])
  func wholePictureAgrees(width: Int, height: Int) {
    for sample in Sample.all(PixelSize(width: width, height: height)) {
      var fast = [UInt8](repeating: 9, count: sample.layout.size.area * 3 + 1)
      var plain = fast
      sample.withPicture { picture in
        vk_convert_rgb_u8(&picture, &fast)
        vk_convert_rgb_u8_plain(&picture, &plain)
      }
      let worst = zip(fast, plain).map { abs(Int($0) - Int($1)) }.max() ?? 0
      #expect(worst <= 1, "\(sample.name) \(width)x\(height)")
      #expect(fast.last == 9, "\(sample.name) wrote behind its end")
    }
  }
}
