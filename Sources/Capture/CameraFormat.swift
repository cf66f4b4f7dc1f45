import CV4L2
import Foundation
import Imaging
import Quantities

/// A driver's pixel format that this program can read.
package enum CameraFormat: CaseIterable {
  // In order of preference at equal rate: least work first, compressed last.
  case yuyv, uyvy, nv12, yu12, grey, rgb24, bgr24, mjpeg, jpeg

  package var fourCC: UInt32 {
    switch self {
    case .yuyv: v4_yuyv
    case .uyvy: v4_uyvy
    case .nv12: v4_nv12
    case .yu12: v4_yu12
    case .grey: v4_grey
    case .rgb24: v4_rgb3
    case .bgr24: v4_bgr3
    case .mjpeg: v4_mjpg
    case .jpeg: v4_jpeg
    }
  }

  /// Four letters as `v4l2-ctl` shows them.
  var name: String { Self.letters(fourCC) }

  /// The names of all formats, for messages.
  static var names: String { allCases.map(\.name).joined(separator: ", ") }

  /// A format's number as four letters.
  package static func letters(_ fourCC: UInt32) -> String {
    let bytes = (0..<4).map { UInt8(truncatingIfNeeded: (fourCC & 0x7FFF_FFFF) >> (8 * $0)) }
    let letters = String(decoding: bytes.map { (32..<127).contains($0) ? $0 : 63 }, as: UTF8.self)
    // The highest bit stands for big-endian words.
    return fourCC >> 31 == 1 ? letters + "-BE" : letters.trimmingCharacters(in: .whitespaces)
  }

  // The defaults are those of V4L2_MAP_QUANTIZATION_DEFAULT and V4L2_MAP_YCBCR_ENC_DEFAULT in linux/videodev2.h.
  static func range(_ format: v4l2_pix_format) -> ColorRange {
    format.quantization == v4_quantization_full
      || format.quantization == v4_quantization_default && format.colorspace == v4_space_jpeg
      ? .full : .limited
  }

  static func matrix(_ format: v4l2_pix_format) -> ColorMatrix {
    switch format.ycbcr_enc {
    case v4_encoding_709, v4_encoding_xv709: .bt709
    case v4_encoding_default: format.colorspace == v4_space_709 ? .bt709 : .bt601
    default: .bt601
    }
  }

  var isCompressed: Bool { self == .mjpeg || self == .jpeg }

  /// How the driver's bytes are read; nil for compressed formats and when the rows are too short.
  func layout(_ format: v4l2_pix_format) -> PixelLayout? {
    let size = PixelSize(width: Int(format.width), height: Int(format.height))
    let (range, matrix) = (Self.range(format), Self.matrix(format))
    let stride = Int(format.bytesperline)
    func fits(_ bytes: Int) -> Bool { stride >= bytes }
    switch self {
    case .yuyv: return fits(2 * size.width) ? .yuyv(size, rowStride: stride, matrix, range) : nil
    case .uyvy:
      guard fits(2 * size.width) else { return nil }
      let planes = [
        Plane(offset: 1, rowStride: stride, pixelStride: 2),
        Plane(offset: 0, rowStride: stride, pixelStride: 4, horizontalShift: 1),
        Plane(offset: 2, rowStride: stride, pixelStride: 4, horizontalShift: 1),
      ]
      return PixelLayout(
        size: size, color: .yuv(matrix, range), planes: planes, byteCount: stride * size.height)
    case .nv12:
      // Rows of chroma have the luma's stride.
      guard fits(size.width) else { return nil }
      func chroma(_ first: Int) -> Plane {
        Plane(
          offset: stride * size.height + first, rowStride: stride, pixelStride: 2, horizontalShift: 1,
          verticalShift: 1)
      }
      return PixelLayout(
        size: size, color: .yuv(matrix, range),
        planes: [Plane(offset: 0, rowStride: stride, pixelStride: 1), chroma(0), chroma(1)],
        byteCount: stride * size.height + stride * ((size.height + 1) / 2))
    case .yu12:
      guard fits(size.width) else { return nil }
      let half = (stride + 1) / 2
      let rows = (size.height + 1) / 2
      func chroma(_ offset: Int) -> Plane {
        Plane(offset: offset, rowStride: half, pixelStride: 1, horizontalShift: 1, verticalShift: 1)
      }
      return PixelLayout(
        size: size, color: .yuv(matrix, range),
        planes: [
          Plane(offset: 0, rowStride: stride, pixelStride: 1), chroma(stride * size.height),
          chroma(stride * size.height + half * rows),
        ], byteCount: stride * size.height + 2 * half * rows)
    case .grey:
      return fits(size.width)
        ? PixelLayout(
          size: size, color: .gray, planes: [Plane(offset: 0, rowStride: stride, pixelStride: 1)],
          byteCount: stride * size.height) : nil
    case .rgb24, .bgr24:
      guard fits(3 * size.width) else { return nil }
      let order = self == .rgb24 ? [0, 1, 2] : [2, 1, 0]
      return PixelLayout(
        size: size, color: .rgb, planes: order.map { Plane(offset: $0, rowStride: stride, pixelStride: 3) },
        byteCount: stride * size.height)
    case .mjpeg, .jpeg: return nil
    }
  }
}
