import CFFmpeg
import Foundation
import Imaging
import Observations
import Quantities

/// Copies FFmpeg's decoded frames into pooled buffers, converting only those that a ``PixelLayout`` cannot say: more
/// than 8 bits, palettes, alpha, high dynamic range, pixels that are not square.
final class DecodedFrameStore {
  private let source: String
  private let mostPixels: Int
  private var pool: FramePool?
  private let converter: PictureConverter

  /// `mostPixels`: of the largest frame that is taken.
  init(source: String, mostPixels: Int) {
    (self.source, self.mostPixels) = (source, mostPixels)
    converter = PictureConverter(source: source)
  }

  /// A pooled copy of `decoded` at `size` (where its pixels are square; nil: as stored), turned to stand upright; nil
  /// when the pool is empty.
  func frame(
    _ decoded: UnsafeMutablePointer<AVFrame>, orientation: PictureOrientation = .upright,
    size: PixelSize? = nil,
    stamp: FrameStamp
  ) throws(CaptureError) -> Frame? {
    let stored = PixelSize(width: Int(decoded.pointee.width), height: Int(decoded.pointee.height))
    // Before any memory is taken: a stream may change its size at every frame.
    try MediaFile.checkSize(source, stored.width, stored.height, most: mostPixels)
    let colors = PictureColors(decoded)
    let isGrayOfVideo = AVPixelFormat(decoded.pointee.format) == AV_PIX_FMT_GRAY8 && colors.range == .limited
    let isKept =
      Self.shape(AVPixelFormat(decoded.pointee.format)) != nil && colors.highRange == nil && !isGrayOfVideo
      && (size ?? stored) == stored
    let picture = isKept ? decoded : try converter.convert(decoded, colors, to: size ?? stored)
    guard let shape = Self.shape(AVPixelFormat(picture.pointee.format)) else {
      throw CaptureError(.unreadable, source, "a frame in an unknown format")
    }
    let layout = shape.layout(
      PixelSize(width: Int(picture.pointee.width), height: Int(picture.pointee.height)), colors)
    if (pool?.bytesPerFrame ?? 0) < layout.byteCount {
      // Six: one being filled, one waiting, one in perception, one in scoring, one in the window, one in reserve.
      pool = FramePool(bytesPerFrame: layout.byteCount, capacity: 6)
    }
    guard let buffer = pool?.take() else { return nil }
    buffer.withMutableBytes { bytes in
      for (number, part) in shape.parts(layout.size).enumerated() {
        Self.copy(picture, plane: number, part, to: bytes)
      }
    }
    let seen = layout.oriented(
      transposed: orientation.transposes, mirroredColumns: orientation.mirrorsColumns,
      mirroredRows: orientation.mirrorsRows)
    return buffer.finish(layout: seen, stamp: stamp)
  }

  private static func copy(
    _ picture: UnsafeMutablePointer<AVFrame>, plane: Int, _ part: PlanePart,
    to bytes: UnsafeMutableRawBufferPointer
  ) {
    let (data, strides) = withUnsafePointer(to: &picture.pointee) { frame in
      (
        withUnsafeBytes(of: frame.pointee.data) {
          $0.bindMemory(to: UnsafeMutablePointer<UInt8>?.self)[plane]
        },
        withUnsafeBytes(of: frame.pointee.linesize) { $0.bindMemory(to: Int32.self)[plane] }
      )
    }
    guard let data, let target = bytes.baseAddress else { return }
    for row in 0..<part.rows {
      memcpy(target + part.offset + row * part.rowBytes, data + row * Int(strides), part.rowBytes)
    }
  }
}

/// One block of bytes to copy: `rows` rows of `rowBytes` from a plane of FFmpeg's to `offset` in ours.
struct PlanePart {
  let offset: Int
  let rowBytes: Int
  let rows: Int
}

extension DecodedFrameStore {
  /// The formats that are kept as they are.
  enum Shape {
    case gray
    case planar(horizontal: Int, vertical: Int)
    case nv12
    case rgb

    func layout(_ size: PixelSize, _ colors: PictureColors) -> PixelLayout {
      switch self {
      case .gray: .gray(size)
      case .rgb: .rgb24(size)
      case .nv12: .nv12(size, colors.matrix, colors.range)
      case .planar(let horizontal, let vertical):
        .planar(size, chromaShift: (horizontal, vertical), colors.matrix, colors.range)
      }
    }

    func parts(_ size: PixelSize) -> [PlanePart] {
      switch self {
      case .gray: return [PlanePart(offset: 0, rowBytes: size.width, rows: size.height)]
      case .rgb: return [PlanePart(offset: 0, rowBytes: 3 * size.width, rows: size.height)]
      case .nv12:
        let columns = (size.width + 1) / 2
        return [
          PlanePart(offset: 0, rowBytes: size.width, rows: size.height),
          PlanePart(offset: size.area, rowBytes: 2 * columns, rows: (size.height + 1) / 2),
        ]
      case .planar(let horizontal, let vertical):
        let columns = (size.width + (1 << horizontal) - 1) >> horizontal
        let rows = (size.height + (1 << vertical) - 1) >> vertical
        return [
          PlanePart(offset: 0, rowBytes: size.width, rows: size.height),
          PlanePart(offset: size.area, rowBytes: columns, rows: rows),
          PlanePart(offset: size.area + columns * rows, rowBytes: columns, rows: rows),
        ]
      }
    }
  }

  static func shape(_ format: AVPixelFormat) -> Shape? {
    switch format {
    case AV_PIX_FMT_GRAY8: .gray
    case AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P: .planar(horizontal: 1, vertical: 1)
    case AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUVJ422P: .planar(horizontal: 1, vertical: 0)
    case AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUVJ444P: .planar(horizontal: 0, vertical: 0)
    case AV_PIX_FMT_NV12: .nv12
    case AV_PIX_FMT_RGB24: .rgb
    default: nil
    }
  }
}
