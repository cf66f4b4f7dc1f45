internal import CKernels
public import Quantities

/// What a warp shows outside the frame.
public enum WarpBorder: Int32, Sendable {
  /// Black (all channels 0 before scaling).
  case black = 0
  /// The nearest pixel of the frame.
  case replicate = 1
}

extension Frame {
  /// Fills `output` with a warped picture as floats: height x width x 3, R G B, each `scale` x value + `bias` with
  /// value in 0...255.
  ///
  /// `map` takes a point of the picture to a point of the frame (pixel centres at +0.5). Bilinear, without
  /// low-pass filter. Only the pixels looked at are converted. Cost: about 10 ns a picture pixel on one core.
  public func warpRGB(
    into output: UnsafeMutableBufferPointer<Float>, size: PixelSize, map: AffineTransform2D,
    scale: Float, bias: Float, border: WarpBorder = .replicate
  ) {
    precondition(output.count >= size.area * 3, "the output holds fewer than width x height x 3 numbers")
    guard let base = output.baseAddress else { return }
    withPicture { picture in
      var affine = map.coefficients
      vk_warp_rgb_f32(
        &picture, &affine, Int32(size.width), Int32(size.height), scale, bias, border.rawValue, base)
    }
  }

  /// A warped picture as bytes; see ``warpRGB(into:size:map:scale:bias:border:)``.
  public func warpedImage(size: PixelSize, map: AffineTransform2D, border: WarpBorder = .replicate)
    -> RGBImage
  {
    RGBImage(size: size) { bytes in
      guard let base = bytes.baseAddress else { return }
      withPicture { picture in
        var affine = map.coefficients
        vk_warp_rgb_u8(&picture, &affine, Int32(size.width), Int32(size.height), border.rawValue, base)
      }
    }
  }

  /// Fills `output` with a warped picture's luma in 0...255, height x width bytes.
  public func warpLuma(
    into output: UnsafeMutableBufferPointer<UInt8>, size: PixelSize, map: AffineTransform2D,
    border: WarpBorder = .replicate
  ) {
    precondition(output.count >= size.area, "the output holds fewer than width x height bytes")
    guard let base = output.baseAddress else { return }
    withPicture { picture in
      var affine = map.coefficients
      vk_warp_luma_u8(&picture, &affine, Int32(size.width), Int32(size.height), border.rawValue, base)
    }
  }

  /// The whole frame as packed RGB, chroma by bilinear interpolation. Allocates; not for the fast path. Cost: see
  /// `docs/measurements/capture.md`.
  public func rgbImage() -> RGBImage { RGBImage(size: size) { convertRGB(into: $0) } }

  /// Fills `output` with the whole frame as packed RGB, height x width x 3 bytes.
  public func convertRGB(into output: UnsafeMutableBufferPointer<UInt8>) {
    precondition(output.count >= size.area * 3, "the output holds fewer than width x height x 3 bytes")
    guard let base = output.baseAddress else { return }
    withPicture { vk_convert_rgb_u8(&$0, base) }
  }

  private func withPicture(_ body: (inout vk_picture) -> Void) {
    withBytes { bytes in
      var picture = vk_picture()
      picture.width = Int32(size.width)
      picture.height = Int32(size.height)
      func plane(_ index: Int) -> vk_plane {
        let plane = layout.planes[index]
        return vk_plane(
          base: bytes.baseAddress?.advanced(by: plane.offset).assumingMemoryBound(to: UInt8.self),
          row_stride: plane.rowStride, pixel_stride: Int32(plane.pixelStride),
          hshift: Int32(plane.horizontalShift), vshift: Int32(plane.verticalShift))
      }
      picture.plane.0 = plane(0)
      if layout.planes.count == 3 {
        picture.plane.1 = plane(1)
        picture.plane.2 = plane(2)
      }
      layout.color.describe(to: &picture)
      body(&picture)
    }
  }
}

extension AffineTransform2D {
  fileprivate var coefficients: (Float, Float, Float, Float, Float, Float) { (a, b, tx, c, d, ty) }
}

extension ColorModel {
  /// Coefficients from the standards' luma weights.
  fileprivate func describe(to picture: inout vk_picture) {
    switch self {
    case .gray: picture.model = Int32(VK_GRAY)
    case .rgb: picture.model = Int32(VK_RGB)
    case .yuv(let matrix, let range):
      picture.model = Int32(VK_YUV)
      let (kr, kb) = matrix.lumaWeights
      let kg = 1 - kr - kb
      let chroma: Float = range == .full ? 1 : 255.0 / 224
      picture.y_offset = range == .full ? 0 : 16
      picture.y_scale = range == .full ? 1 : 255.0 / 219
      picture.r_v = 2 * (1 - kr) * chroma
      picture.b_u = 2 * (1 - kb) * chroma
      picture.g_u = -2 * kb * (1 - kb) / kg * chroma
      picture.g_v = -2 * kr * (1 - kr) / kg * chroma
    }
  }
}

extension ColorMatrix {
  /// Kr and Kb: the parts of red and blue in luma (BT.601-7, BT.709-6 item 3.2, BT.2020-2 table 4).
  public var lumaWeights: (red: Float, blue: Float) {
    switch self {
    case .bt601: (0.299, 0.114)
    case .bt709: (0.2126, 0.0722)
    case .bt2020: (0.2627, 0.0593)
    }
  }
}
