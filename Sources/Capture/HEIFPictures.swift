import CFFmpeg
import Foundation
import Quantities

/// The picture of a HEIF (HEIC) or AVIF file: its tiles decoded by FFmpeg's H.265 or AV1 decoder and put together.
///
/// FFmpeg 5.1's own reader knows neither HEIC nor tiles nor how the picture is turned; see ``HEIFContainer``. Depth
/// maps, thumbnails and alpha beside the picture are not looked at.
final class HEIFPictures: DecodedPictures {
  let traits: PictureTraits
  let losses = DecodingLosses()
  private let aspect: AVRational
  private var decoded: UnsafeMutablePointer<AVFrame>?
  private var isTaken = false

  /// Decodes the picture; nil when the file is none of this kind.
  init?(_ file: FileBytes, path: String, mostPixels: Int) throws(CaptureError) {
    guard HEIFContainer.isPicture(file) else { return nil }
    let picture: HEIFContainer.Picture
    do throws(HEIFContainer.Problem) { picture = try HEIFContainer(file).picture() } catch {
      throw CaptureError(
        .unreadable, path, "a HEIF picture (HEIC, AVIF) that \(error.words); convert it to JPEG or PNG")
    }
    try MediaFile.checkSize(path, picture.size.width, picture.size.height, most: mostPixels)
    var traits = PictureTraits()
    traits.format = picture.type == "hvc1" ? "heic" : "avif"
    traits.headerOrientation = picture.orientation
    traits.isSingle = true
    self.traits = traits
    aspect = AVRational(
      num: Int32(clamping: picture.aspect.horizontal), den: Int32(clamping: picture.aspect.vertical))
    decoded = try Self.decode(picture, path)
  }

  deinit { av_frame_free(&decoded) }

  func next() throws(CaptureError) -> UnsafeMutablePointer<AVFrame>? {
    defer { isTaken = true }
    return isTaken ? nil : decoded
  }

  func firstDamaged() -> UnsafeMutablePointer<AVFrame>? { nil }
  func pixelAspect(of frame: UnsafeMutablePointer<AVFrame>) -> AVRational { aspect }
  func displayMatrix(of frame: UnsafeMutablePointer<AVFrame>) -> DisplayMatrix? { nil }

  private static func decode(
    _ picture: HEIFContainer.Picture, _ path: String
  ) throws(CaptureError) -> UnsafeMutablePointer<AVFrame>? {
    let decoder = try TileDecoder(picture, path: path)
    var canvas: UnsafeMutablePointer<AVFrame>?
    do throws(CaptureError) {
      for (number, bytes) in picture.tiles.enumerated() {
        let tile = try decoder.decode(bytes)
        if canvas == nil { canvas = try Self.canvas(like: tile, picture, path) }
        guard let canvas else { break }
        let (column, row) = (number % picture.columns, number / picture.columns)
        let (x, y) = (Int32(column) &* decoder.size.width, Int32(row) &* decoder.size.height)
        guard (tile.pointee.width, tile.pointee.height) == decoder.size, vf_copy_tile(canvas, tile, x, y) == 0
        else {
          throw CaptureError(
            .unreadable, path,
            "its tiles do not fit each other; the file may be damaged: save it anew as JPEG")
        }
      }
    } catch {
      av_frame_free(&canvas)
      throw error
    }
    if let colors = picture.colors, let canvas {
      canvas.pointee.color_primaries = AVColorPrimaries(rawValue: UInt32(colors.primaries))
      canvas.pointee.color_trc = AVColorTransferCharacteristic(rawValue: UInt32(colors.transfer))
      canvas.pointee.colorspace = AVColorSpace(rawValue: UInt32(colors.matrix))
      canvas.pointee.color_range = colors.isFull ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG
    }
    return canvas
  }

  /// An empty picture of the whole size with the format and colours of its first tile.
  private static func canvas(
    like tile: UnsafeMutablePointer<AVFrame>, _ picture: HEIFContainer.Picture, _ path: String
  ) throws(CaptureError) -> UnsafeMutablePointer<AVFrame> {
    var canvas = av_frame_alloc()
    guard let made = canvas else { throw CaptureError(.unreadable, path, "out of memory") }
    av_frame_copy_props(made, tile)
    made.pointee.format = tile.pointee.format
    // One tile alone is the picture: what its coding adds at the edges is cropped already.
    let isOne = picture.tiles.count == 1
    made.pointee.width = isOne ? tile.pointee.width : Int32(picture.size.width)
    made.pointee.height = isOne ? tile.pointee.height : Int32(picture.size.height)
    guard av_frame_get_buffer(made, 0) == 0 else {
      av_frame_free(&canvas)
      throw CaptureError(
        .unreadable, path, "no memory for a picture of \(picture.size.width)x\(picture.size.height)")
    }
    return made
  }
}

/// A decoder of one picture after the other.
private final class TileDecoder {
  private let path: String
  private var decoder: UnsafeMutablePointer<AVCodecContext>?
  private var packet = av_packet_alloc()
  private var frame = av_frame_alloc()
  /// Size of the first tile, which all have.
  private(set) var size: (width: Int32, height: Int32) = (0, 0)

  init(_ picture: HEIFContainer.Picture, path: String) throws(CaptureError) {
    self.path = path
    let isHEVC = picture.type == "hvc1"
    guard let codec = avcodec_find_decoder(isHEVC ? AV_CODEC_ID_HEVC : AV_CODEC_ID_AV1),
      let context = avcodec_alloc_context3(codec)
    else {
      throw CaptureError(
        .unreadable, path,
        "a \(isHEVC ? "HEIC" : "AVIF") picture, for which there is no decoder here; convert it to JPEG or PNG"
      )
    }
    decoder = context
    context.pointee.max_pixels = Int64(MediaFile.largestArea)
    context.pointee.thread_count = 1
    context.pointee.err_recognition = AV_EF_EXPLODE
    let count = picture.setUp.count
    if let extra = av_mallocz(count + Int(vf_input_padding())) {
      picture.setUp.withUnsafeBytes { bytes in
        if let base = bytes.baseAddress { extra.copyMemory(from: base, byteCount: count) }
      }
      context.pointee.extradata = extra.assumingMemoryBound(to: UInt8.self)
      context.pointee.extradata_size = Int32(count)
    }
    let opened = avcodec_open2(context, codec, nil)
    guard opened == 0 else {
      throw CaptureError(.unreadable, path, "its decoder cannot be set up: \(MediaFile.words(opened))")
    }
  }

  deinit {
    avcodec_free_context(&decoder)
    av_packet_free(&packet)
    av_frame_free(&frame)
  }

  /// The picture coded in `bytes`, valid until the next call.
  func decode(_ bytes: [UInt8]) throws(CaptureError) -> UnsafeMutablePointer<AVFrame> {
    guard let decoder, let packet, let frame, av_new_packet(packet, Int32(clamping: bytes.count)) == 0 else {
      throw CaptureError(.unreadable, path, "out of memory")
    }
    bytes.withUnsafeBytes { source in
      if let base = source.baseAddress { memcpy(packet.pointee.data, base, bytes.count) }
    }
    // Each tile is a stream of its own: it is ended, and the decoder begins anew.
    let sent = avcodec_send_packet(decoder, packet)
    av_packet_unref(packet)
    avcodec_send_packet(decoder, nil)
    let received = avcodec_receive_frame(decoder, frame)
    avcodec_flush_buffers(decoder)
    guard sent == 0, received == 0 else {
      let words = MediaFile.words(sent == 0 ? received : sent)
      throw CaptureError(
        .unreadable, path, "a part of the picture cannot be decoded: \(words); it may be damaged")
    }
    if size.width == 0 { size = (frame.pointee.width, frame.pointee.height) }
    return frame
  }
}
