import CFFmpeg
public import Imaging
public import Quantities

/// A clip could not be written: what failed, where, what to do.
public struct ClipError: Error, CustomStringConvertible {
  /// One line for a person.
  public let description: String

  init(_ path: String, _ problem: String) { description = "\(path): \(problem)" }
}

/// Writes RGB pictures into a Motion JPEG video (4:2:0, full range) through FFmpeg's libraries.
///
/// Motion JPEG because every build of those libraries has it, it loses little, and the same pictures give the same
/// bytes. The container follows the file's name: `.mkv`, `.avi`, `.mov`. The file is complete after ``finish()``.
public final class ClipWriter {
  private let path: String
  private let size: PixelSize
  private let handles = EncoderHandles()
  private var index: Int64 = 0

  /// Starts a clip of pictures of `size`, both sides even, at `framesPerSecond`.
  public init(path: String, size: PixelSize, framesPerSecond: Int) throws(ClipError) {
    (self.path, self.size) = (path, size)
    guard size.width % 2 == 0, size.height % 2 == 0, framesPerSecond > 0 else {
      throw ClipError(path, "a clip needs even sides and at least one frame a second")
    }
    av_log_set_level(AV_LOG_QUIET)
    guard avformat_alloc_output_context2(&handles.container, nil, nil, path) >= 0,
      let container = handles.container
    else { throw ClipError(path, "no container for this name; end it with .mkv, .avi or .mov") }
    container.pointee.flags |= AVFMT_FLAG_BITEXACT
    try openEncoder(container, framesPerSecond: framesPerSecond)
    let opened = avio_open(&container.pointee.pb, path, AVIO_FLAG_WRITE)
    guard opened >= 0 else { throw ClipError(path, "cannot be written: \(Self.words(opened))") }
    guard avformat_write_header(container, nil) >= 0 else {
      throw ClipError(path, "this container cannot hold Motion JPEG; end the name with .mkv, .avi or .mov")
    }
    try prepareConversion()
  }

  /// Appends a picture; it must have the clip's size.
  public func append(_ image: RGBImage) throws(ClipError) {
    precondition(image.size == size, "a clip's pictures all have its size")
    guard let frame = handles.frame, let scaler = handles.scaler, av_frame_make_writable(frame) >= 0 else {
      throw ClipError(path, "out of memory")
    }
    image.bytes.withUnsafeBufferPointer { bytes in
      var planes: [UnsafePointer<UInt8>?] = [bytes.baseAddress, nil, nil, nil]
      var strides: [Int32] = [Int32(size.width * 3), 0, 0, 0]
      var targets: [UnsafeMutablePointer<UInt8>?] = [
        frame.pointee.data.0, frame.pointee.data.1, frame.pointee.data.2, nil,
      ]
      var targetStrides: [Int32] = [
        frame.pointee.linesize.0, frame.pointee.linesize.1, frame.pointee.linesize.2, 0,
      ]
      _ = sws_scale(scaler, &planes, &strides, 0, Int32(size.height), &targets, &targetStrides)
    }
    frame.pointee.pts = index
    frame.pointee.quality = handles.encoder?.pointee.global_quality ?? 0
    index += 1
    try encode(frame)
  }

  /// Writes what is pending and closes the file.
  public func finish() throws(ClipError) {
    try encode(nil)
    guard let container = handles.container else { return }
    let status = av_write_trailer(container)
    let closed = avio_closep(&container.pointee.pb)
    guard status >= 0, closed >= 0 else {
      throw ClipError(path, "cannot be completed: \(Self.words(min(status, closed)))")
    }
  }

  private func encode(_ frame: UnsafeMutablePointer<AVFrame>?) throws(ClipError) {
    guard let encoder = handles.encoder, let packet = handles.packet, let container = handles.container,
      let stream = container.pointee.streams[0]
    else { return }
    guard avcodec_send_frame(encoder, frame) >= 0 else { throw ClipError(path, "a frame cannot be encoded") }
    while avcodec_receive_packet(encoder, packet) == 0 {
      packet.pointee.stream_index = 0
      packet.pointee.duration = 1
      av_packet_rescale_ts(packet, encoder.pointee.time_base, stream.pointee.time_base)
      let written = av_interleaved_write_frame(container, packet)
      guard written >= 0 else { throw ClipError(path, "cannot be written: \(Self.words(written))") }
    }
  }

  private static func words(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    av_strerror(code, &buffer, buffer.count)
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

// MARK: Opening

extension ClipWriter {
  private func openEncoder(_ container: UnsafeMutablePointer<AVFormatContext>, framesPerSecond: Int)
    throws(ClipError)
  {
    guard let codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG), let encoder = avcodec_alloc_context3(codec)
    else { throw ClipError(path, "FFmpeg's libraries have no Motion JPEG encoder; install libavcodec59") }
    handles.encoder = encoder
    encoder.pointee.width = Int32(size.width)
    encoder.pointee.height = Int32(size.height)
    encoder.pointee.pix_fmt = AV_PIX_FMT_YUVJ420P
    encoder.pointee.color_range = AVCOL_RANGE_JPEG
    encoder.pointee.colorspace = AVCOL_SPC_SMPTE170M
    encoder.pointee.time_base = AVRational(num: 1, den: Int32(framesPerSecond))
    encoder.pointee.framerate = AVRational(num: Int32(framesPerSecond), den: 1)
    encoder.pointee.thread_count = 1
    // Quantizer 3 of 1...31: no artefact to be seen.
    encoder.pointee.flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT
    encoder.pointee.global_quality = 3 * FF_QP2LAMBDA
    if container.pointee.oformat.pointee.flags & AVFMT_GLOBALHEADER != 0 {
      encoder.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
    }
    guard avcodec_open2(encoder, codec, nil) >= 0 else {
      throw ClipError(path, "the Motion JPEG encoder refuses \(size.width)x\(size.height)")
    }
    guard let stream = avformat_new_stream(container, nil),
      avcodec_parameters_from_context(stream.pointee.codecpar, encoder) >= 0
    else { throw ClipError(path, "out of memory") }
    stream.pointee.time_base = encoder.pointee.time_base
    stream.pointee.avg_frame_rate = encoder.pointee.framerate
  }

  private func prepareConversion() throws(ClipError) {
    handles.packet = av_packet_alloc()
    handles.frame = av_frame_alloc()
    handles.scaler = sws_getContext(
      Int32(size.width), Int32(size.height), AV_PIX_FMT_RGB24, Int32(size.width), Int32(size.height),
      AV_PIX_FMT_YUVJ420P, Int32(SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT), nil, nil, nil)
    guard let frame = handles.frame, handles.packet != nil, handles.scaler != nil else {
      throw ClipError(path, "out of memory")
    }
    frame.pointee.format = AV_PIX_FMT_YUVJ420P.rawValue
    frame.pointee.width = Int32(size.width)
    frame.pointee.height = Int32(size.height)
    frame.pointee.color_range = AVCOL_RANGE_JPEG
    guard av_frame_get_buffer(frame, 0) >= 0 else { throw ClipError(path, "out of memory") }
  }
}

/// FFmpeg's objects of one clip; freed in `deinit` and nowhere else.
private final class EncoderHandles {
  var container: UnsafeMutablePointer<AVFormatContext>?
  var encoder: UnsafeMutablePointer<AVCodecContext>?
  var packet: UnsafeMutablePointer<AVPacket>?
  var frame: UnsafeMutablePointer<AVFrame>?
  var scaler: OpaquePointer?

  deinit {
    if let container {
      avio_closep(&container.pointee.pb)
      avformat_free_context(container)
    }
    avcodec_free_context(&encoder)
    av_packet_free(&packet)
    av_frame_free(&frame)
    sws_freeContext(scaler)
  }
}
