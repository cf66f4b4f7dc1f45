internal import CSDL2
package import Imaging
import Quantities

/// How a frame's bytes go to the graphics driver: as they are when SDL knows their arrangement, else as RGB.
package enum UploadForm: Hashable {
  /// Planar 4:2:0, or 4:2:2 taking every second chroma row, or gray with neutral chroma.
  case planar(rowsOfChromaSkipped: Int)
  case gray
  /// Luma plane and interleaved chroma, blue difference first.
  case semiPlanar
  /// Packed Y Cb Y Cr.
  case packedYUYV
  /// Packed R G B in this order.
  case rgb24
  /// Converted by `Frame.warpedImage`; for arrangements SDL cannot show (4:4:4, turned pictures, BT.709 full range, BT.2020).
  case converted

  package init(_ layout: PixelLayout) {
    let planes = layout.planes
    guard planes.allSatisfy({ $0.rowStride > 0 && $0.pixelStride > 0 }) else { self = .converted; return }
    let first = planes[0]
    switch layout.color {
    case .gray: self = first.pixelStride == 1 ? .gray : .converted
    case .rgb:
      let isPacked = planes.map(\.offset) == [first.offset, first.offset + 1, first.offset + 2]
      self = isPacked && planes.allSatisfy { $0.pixelStride == 3 } ? .rgb24 : .converted
    case .yuv(.bt709, .full), .yuv(.bt2020, _): self = .converted
    case .yuv: self = Self.yuv(planes)
    }
  }

  private static func yuv(_ planes: [Plane]) -> UploadForm {
    let (y, u, v) = (planes[0], planes[1], planes[2])
    let strides = planes.map(\.pixelStride)
    guard u.horizontalShift == 1, v.horizontalShift == 1, u.verticalShift == v.verticalShift else {
      return .converted
    }
    if strides == [1, 1, 1], u.verticalShift <= 1 {
      return .planar(rowsOfChromaSkipped: 1 - u.verticalShift)
    }
    if strides == [1, 2, 2], u.verticalShift == 1, v.offset == u.offset + 1 { return .semiPlanar }
    let isPacked = strides == [2, 4, 4] && u.verticalShift == 0
    return isPacked && u.offset == y.offset + 1 && v.offset == y.offset + 3 ? .packedYUYV : .converted
  }

  var format: SDL_PixelFormatEnum {
    switch self {
    case .planar, .gray: SDL_PIXELFORMAT_IYUV
    case .semiPlanar: SDL_PIXELFORMAT_NV12
    case .packedYUYV: SDL_PIXELFORMAT_YUY2
    case .rgb24, .converted: SDL_PIXELFORMAT_RGB24
    }
  }
}

/// The texture that holds the newest frame. Owned by the window, on the main thread.
final class FrameTexture {
  let texture: OpaquePointer
  let size: PixelSize
  let color: ColorModel
  let form: UploadForm
  /// Neutral chroma for gray frames.
  private let neutral: [UInt8]

  /// A texture for frames of this layout; nil when the driver refuses the size.
  init?(_ renderer: OpaquePointer, _ layout: PixelLayout) {
    form = UploadForm(layout)
    (size, color) = (layout.size, layout.color)
    Self.selectConversion(layout.color)
    let made = SDL_CreateTexture(
      renderer, form.format.rawValue, Int32(SDL_TEXTUREACCESS_STREAMING.rawValue), Int32(size.width),
      Int32(size.height))
    guard let made else { return nil }
    texture = made
    neutral =
      form == .gray ? [UInt8](repeating: 128, count: ((size.width + 1) / 2) * ((size.height + 1) / 2)) : []
  }

  deinit { SDL_DestroyTexture(texture) }

  /// Whether frames of this layout fit.
  func fits(_ layout: PixelLayout) -> Bool {
    layout.size == size && layout.color == color && UploadForm(layout) == form
  }

  /// Takes over a frame's pixels. Cost: one copy of its bytes; for `.converted` a conversion to RGB.
  func update(_ frame: Frame) -> Bool {
    Self.selectConversion(frame.layout.color)
    if form == .converted {
      return frame.rgbImage().bytes.withUnsafeBufferPointer {
        SDL_UpdateTexture(texture, nil, $0.baseAddress, Int32(size.width * 3)) == 0
      }
    }
    let planes = frame.layout.planes
    return frame.withBytes { bytes in
      guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return false }
      let starts = planes.map { base + $0.offset }
      let pitches = planes.map { Int32($0.rowStride) }
      switch form {
      case .planar(let skipped):
        let chroma = Int32(1 + skipped)
        return SDL_UpdateYUVTexture(
          texture, nil, starts[0], pitches[0], starts[1], pitches[1] * chroma, starts[2], pitches[2] * chroma)
          == 0
      case .gray:
        let half = Int32((size.width + 1) / 2)
        return neutral.withUnsafeBufferPointer {
          SDL_UpdateYUVTexture(
            texture, nil, starts[0], pitches[0], $0.baseAddress, half, $0.baseAddress, half) == 0
        }
      case .semiPlanar:
        return SDL_UpdateNVTexture(texture, nil, starts[0], pitches[0], starts[1], pitches[1]) == 0
      case .packedYUYV, .rgb24, .converted:
        return SDL_UpdateTexture(texture, nil, starts[0], pitches[0]) == 0
      }
    }
  }

  /// SDL reads this setting of the process when it makes and when it fills a texture.
  private static func selectConversion(_ color: ColorModel) {
    switch color {
    case .gray: SDL_SetYUVConversionMode(SDL_YUV_CONVERSION_JPEG)
    case .yuv(.bt601, .full): SDL_SetYUVConversionMode(SDL_YUV_CONVERSION_JPEG)
    case .yuv(.bt601, .limited): SDL_SetYUVConversionMode(SDL_YUV_CONVERSION_BT601)
    // BT.2020 is converted to RGB before it comes here.
    case .yuv(.bt709, _), .yuv(.bt2020, _): SDL_SetYUVConversionMode(SDL_YUV_CONVERSION_BT709)
    case .rgb: break
    }
  }
}
