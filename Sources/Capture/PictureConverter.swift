import CFFmpeg
import Foundation
import Imaging
import Quantities

/// Makes of any of FFmpeg's frames one with square pixels, 8 bits, standard range and no alpha.
///
/// Matrix, range and chroma's resolution stay; pictures of high dynamic range and those with alpha become RGB. Used
/// only for frames that a ``PixelLayout`` cannot say as they are. Cost: one pass of the scaler, for high range and
/// alpha one more over the pixels.
final class PictureConverter {
  private let source: String
  private var scaler: OpaquePointer?
  private var plan: Plan?
  private var scaled: UnsafeMutablePointer<AVFrame>?
  private var flattened: UnsafeMutablePointer<AVFrame>?
  private var toneMap: ToneMap?

  init(source: String) { self.source = source }

  deinit {
    sws_freeContext(scaler)
    av_frame_free(&scaled)
    av_frame_free(&flattened)
  }

  /// What is converted to what.
  private struct Plan: Equatable {
    let format: AVPixelFormat
    let stored: PixelSize
    let size: PixelSize
    let target: AVPixelFormat
    let colors: PictureColors
  }

  /// The picture converted, valid until the next call.
  func convert(
    _ decoded: UnsafeMutablePointer<AVFrame>, _ colors: PictureColors, to size: PixelSize
  ) throws(CaptureError) -> UnsafeMutablePointer<AVFrame> {
    let format = AVPixelFormat(decoded.pointee.format)
    let stored = PixelSize(width: Int(decoded.pointee.width), height: Int(decoded.pointee.height))
    let target = Self.target(format, colors)
    try prepare(Plan(format: format, stored: stored, size: size, target: target, colors: colors))
    guard let scaler, let scaled, sws_scale_frame(scaler, scaled, decoded) >= 0 else { throw refused(format) }
    scaled.pointee.colorspace = decoded.pointee.colorspace
    scaled.pointee.color_range = colors.range == .full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG
    if target == AV_PIX_FMT_GRAY8, colors.range == .limited { Self.stretch(scaled, size) }
    if let toneMap { return try flatten(scaled, size) { toneMap.map($0.words, count: size.width, into: $1) } }
    guard target == AV_PIX_FMT_RGBA else { return scaled }
    return try flatten(scaled, size) { Self.onWhite($0.bytes, count: size.width, into: $1) }
  }

  /// The format that a frame is converted to.
  static func target(_ format: AVPixelFormat, _ colors: PictureColors) -> AVPixelFormat {
    guard let description = av_pix_fmt_desc_get(format)?.pointee else { return AV_PIX_FMT_YUV444P }
    if colors.highRange != nil { return AV_PIX_FMT_RGB48LE }
    let flags = description.flags
    if flags & UInt64(AV_PIX_FMT_FLAG_ALPHA) != 0 || flags & UInt64(AV_PIX_FMT_FLAG_PAL) != 0 {
      return AV_PIX_FMT_RGBA
    }
    if flags & UInt64(AV_PIX_FMT_FLAG_RGB) != 0 { return AV_PIX_FMT_RGB24 }
    if description.nb_components == 1 { return AV_PIX_FMT_GRAY8 }
    switch (description.log2_chroma_w, description.log2_chroma_h) {
    case (1, 1): return AV_PIX_FMT_YUV420P
    case (1, 0): return AV_PIX_FMT_YUV422P
    default: return AV_PIX_FMT_YUV444P
    }
  }

  private func prepare(_ wanted: Plan) throws(CaptureError) {
    guard plan != wanted else { return }
    plan = nil
    sws_freeContext(scaler)
    scaler = sws_getContext(
      Int32(wanted.stored.width), Int32(wanted.stored.height), wanted.format, Int32(wanted.size.width),
      Int32(wanted.size.height), wanted.target, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, nil, nil,
      nil)
    guard let scaler else { throw refused(wanted.format) }
    let isFull: Int32 = wanted.colors.range == .full ? 1 : 0
    let keepsColors = ![AV_PIX_FMT_RGB24, AV_PIX_FMT_RGBA, AV_PIX_FMT_RGB48LE].contains(wanted.target)
    // Gray stays as it is here; formats that have no matrix refuse this call.
    let stays = keepsColors
    _ = vf_scaler_colors(
      scaler, wanted.colors.scalerMatrix, isFull, wanted.colors.scalerMatrix, stays ? isFull : 1)
    scaled = try Self.frame(&scaled, wanted.target, wanted.size, source)
    toneMap = wanted.colors.highRange.map {
      ToneMap($0, hasWidePrimaries: wanted.colors.hasWidePrimaries)
    }
    plan = wanted
  }

  private static func frame(
    _ old: inout UnsafeMutablePointer<AVFrame>?, _ format: AVPixelFormat, _ size: PixelSize, _ source: String
  ) throws(CaptureError) -> UnsafeMutablePointer<AVFrame> {
    av_frame_free(&old)
    let made = av_frame_alloc()
    made?.pointee.format = format.rawValue
    made?.pointee.width = Int32(size.width)
    made?.pointee.height = Int32(size.height)
    guard let made, av_frame_get_buffer(made, 0) == 0 else {
      throw CaptureError(.unreadable, source, "no memory for a frame of \(size.width)x\(size.height)")
    }
    return made
  }

  /// One row as bytes and as 16-bit words.
  private struct Row {
    let bytes: UnsafePointer<UInt8>
    var words: UnsafePointer<UInt16> { UnsafeRawPointer(bytes).assumingMemoryBound(to: UInt16.self) }
  }

  /// Turns `picture` row by row into packed RGB.
  private func flatten(
    _ picture: UnsafeMutablePointer<AVFrame>, _ size: PixelSize,
    _ row: (Row, UnsafeMutablePointer<UInt8>) -> Void
  ) throws(CaptureError) -> UnsafeMutablePointer<AVFrame> {
    if flattened.map({
      ($0.pointee.width, $0.pointee.height) != (picture.pointee.width, picture.pointee.height)
    })
      ?? true
    {
      flattened = try Self.frame(&flattened, AV_PIX_FMT_RGB24, size, source)
    }
    guard let flattened, let from = picture.pointee.data.0, let to = flattened.pointee.data.0 else {
      throw CaptureError(.unreadable, source, "no memory for a frame of \(size.width)x\(size.height)")
    }
    for number in 0..<size.height {
      row(
        Row(bytes: from + number * Int(picture.pointee.linesize.0)),
        to + number * Int(flattened.pointee.linesize.0))
    }
    return flattened
  }

  /// Limited gray (16...235) to full, which is what a gray layout says; the scaler leaves gray as it is.
  private static func stretch(_ picture: UnsafeMutablePointer<AVFrame>, _ size: PixelSize) {
    let table = (0...255).map { UInt8(min(max((Double($0) - 16) * 255 / 219, 0), 255).rounded()) }
    guard let first = picture.pointee.data.0 else { return }
    for row in 0..<size.height {
      let line = first + row * Int(picture.pointee.linesize.0)
      for column in 0..<size.width { line[column] = table[Int(line[column])] }
    }
  }

  /// R, G, B, alpha over white, as a page would show them.
  private static func onWhite(
    _ source: UnsafePointer<UInt8>, count: Int, into target: UnsafeMutablePointer<UInt8>
  ) {
    for pixel in 0..<count {
      let alpha = Int(source[4 &* pixel &+ 3])
      for channel in 0..<3 {
        let over = Int(source[4 &* pixel &+ channel]) &* alpha &+ 255 &* (255 &- alpha)
        target[3 &* pixel &+ channel] = UInt8(truncatingIfNeeded: (over &+ 127) / 255)
      }
    }
  }

  private func refused(_ format: AVPixelFormat) -> CaptureError {
    let name = av_get_pix_fmt_name(format).map { String(cString: $0) } ?? "unknown"
    return CaptureError(
      .unreadable, source, "its pixel format \(name) cannot be converted; convert it to 8 bits first")
  }
}
