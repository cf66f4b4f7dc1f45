import CFFmpeg
import Foundation
import Geometry
import Imaging

/// Copies FFmpeg's decoded frames into pooled buffers, converting only formats that a ``PixelLayout`` cannot say.
final class DecodedFrameStore {
  private let source: String
  private let mostPixels: Int
  private var pool: FramePool?
  private var scaler: OpaquePointer?
  private var scaled: UnsafeMutablePointer<AVFrame>?

  /// `mostPixels`: of the largest frame that is taken.
  init(source: String, mostPixels: Int) { (self.source, self.mostPixels) = (source, mostPixels) }

  deinit {
    sws_freeContext(scaler)
    av_frame_free(&scaled)
  }

  /// A pooled copy of `decoded`; nil when the pool is empty.
  func frame(
    _ decoded: UnsafeMutablePointer<AVFrame>, quarterTurns: Int, stamp: FrameStamp
  ) throws(CaptureError) -> Frame? {
    // Before any memory is taken: a stream may change its size at every frame.
    try MediaFile.checkSize(
      source, Int(decoded.pointee.width), Int(decoded.pointee.height), most: mostPixels)
    let picture = Self.shape(AVPixelFormat(decoded.pointee.format)) == nil ? try convert(decoded) : decoded
    let (width, height) = (Int(picture.pointee.width), Int(picture.pointee.height))
    guard let shape = Self.shape(AVPixelFormat(picture.pointee.format)) else {
      throw CaptureError(.unreadable, source, "a frame of \(width)x\(height) in an unknown format")
    }
    let layout = shape.layout(PixelSize(width: width, height: height), picture)
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
    return buffer.finish(layout: layout.turned(quarterTurns: quarterTurns), stamp: stamp)
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

  /// Anything else (10 bits, palettes, alpha) to planar 4:2:0.
  private func convert(_ decoded: UnsafeMutablePointer<AVFrame>) throws(CaptureError) -> UnsafeMutablePointer<
    AVFrame
  > {
    let (width, height) = (decoded.pointee.width, decoded.pointee.height)
    scaler = sws_getCachedContext(
      scaler, width, height, AVPixelFormat(decoded.pointee.format), width, height, AV_PIX_FMT_YUV444P,
      Int32(SWS_BILINEAR), nil,
      nil, nil)
    if scaled == nil || scaled?.pointee.width != width || scaled?.pointee.height != height {
      av_frame_free(&scaled)
      scaled = av_frame_alloc()
      scaled?.pointee.format = AV_PIX_FMT_YUV444P.rawValue
      scaled?.pointee.width = width
      scaled?.pointee.height = height
      guard let scaled, av_frame_get_buffer(scaled, 0) == 0 else {
        throw CaptureError(.unreadable, source, "no memory for a frame of \(width)x\(height)")
      }
    }
    guard let scaler, let scaled, sws_scale_frame(scaler, scaled, decoded) >= 0 else {
      let name =
        av_get_pix_fmt_name(AVPixelFormat(decoded.pointee.format)).map { String(cString: $0) } ?? "unknown"
      throw CaptureError(.unreadable, source, "pixel format \(name) cannot be converted")
    }
    // The converter keeps to BT.601, limited range, unless told otherwise.
    scaled.pointee.colorspace = AVCOL_SPC_SMPTE170M
    scaled.pointee.color_range = AVCOL_RANGE_MPEG
    return scaled
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
    case planar(horizontal: Int, vertical: Int, full: Bool)
    case nv12
    case rgb

    func layout(_ size: PixelSize, _ picture: UnsafeMutablePointer<AVFrame>) -> PixelLayout {
      let full = picture.pointee.color_range == AVCOL_RANGE_JPEG
      // Untold matrices follow the usual rule: BT.709 from 720 rows on.
      let space = picture.pointee.colorspace
      let untold = space == AVCOL_SPC_UNSPECIFIED || space == AVCOL_SPC_RGB
      let matrix: ColorMatrix =
        space == AVCOL_SPC_BT709 || untold && size.height >= 720 && !full ? .bt709 : .bt601
      switch self {
      case .gray: return .gray(size)
      case .rgb: return .rgb24(size)
      case .nv12: return .nv12(size, matrix, full ? .full : .limited)
      case .planar(let horizontal, let vertical, let jpeg):
        return .planar(size, chromaShift: (horizontal, vertical), matrix, full || jpeg ? .full : .limited)
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
      case .planar(let horizontal, let vertical, _):
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
    case AV_PIX_FMT_YUV420P: .planar(horizontal: 1, vertical: 1, full: false)
    case AV_PIX_FMT_YUVJ420P: .planar(horizontal: 1, vertical: 1, full: true)
    case AV_PIX_FMT_YUV422P: .planar(horizontal: 1, vertical: 0, full: false)
    case AV_PIX_FMT_YUVJ422P: .planar(horizontal: 1, vertical: 0, full: true)
    case AV_PIX_FMT_YUV444P: .planar(horizontal: 0, vertical: 0, full: false)
    case AV_PIX_FMT_YUVJ444P: .planar(horizontal: 0, vertical: 0, full: true)
    case AV_PIX_FMT_NV12: .nv12
    case AV_PIX_FMT_RGB24: .rgb
    default: nil
    }
  }
}
