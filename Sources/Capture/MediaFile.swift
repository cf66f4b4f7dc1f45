import CFFmpeg
import Foundation
import Geometry
import Imaging
import Units

/// A video file or a picture, decoded by FFmpeg's libraries.
///
/// Presentation time is the clock, so the same file gives the same frames at the same instants. 8-bit planar formats
/// are kept as they are; others are converted once to 4:2:0. A rotation in the file's metadata is honoured without
/// moving pixels. Cost: decoding, and one copy of the planes into a pooled buffer.
public final class MediaFile: FrameSource {
  /// Largest accepted picture: an 8K x 8K square.
  public static let largestArea = 8192 * 8192
  /// What may be opened: containers and pictures without references to other files.
  private static let containers =
    "mov,mp4,m4a,3gp,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,ogg,gif,ivf,h264,hevc,mjpeg,yuv4mpegpipe,asf,"
    + "png_pipe,jpeg_pipe,bmp_pipe,webp_pipe,tiff_pipe,pgm_pipe,ppm_pipe,pgmyuv_pipe,image2"

  /// What is known of the file.
  public let description: SourceDescription
  /// Always zero but for undecodable frames.
  public private(set) var counters = SourceCounters()

  private let path: String
  private let mostPixels: Int
  private let handles = DecoderHandles()
  private let stream: Int32
  private let timeBase: Double
  private let quarterTurns: Int
  private let store: DecodedFrameStore
  private var index: UInt64 = 0
  private var lastSeconds = -1.0
  private var draining = false
  private var damage: String?
  private var damagedInRow = 0

  /// Opens the file at `path` and prepares its first video stream. Frames of more than `mostPixels` are refused.
  public convenience init(path: String, mostPixels: Int = MediaFile.largestArea) throws(CaptureError) {
    try self.init(owning: try Self.openFile(path), path: path, mostPixels: mostPixels)
  }

  /// Reads a file that is open already, and closes it in the end; `path` is only a name.
  package init(owning descriptor: Int32, path: String, mostPixels: Int) throws(CaptureError) {
    (self.path, self.mostPixels) = (path, mostPixels)
    av_log_set_level(AV_LOG_QUIET)
    try handles.open(descriptor, path, Self.containers, mostPixels: mostPixels)
    guard let container = handles.container else { throw CaptureError(.unreadable, path, "cannot be opened") }
    var codec: UnsafePointer<AVCodec>?
    stream = av_find_best_stream(container, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0)
    guard stream >= 0, let codec, let track = container.pointee.streams[Int(stream)] else {
      throw CaptureError(
        .unreadable, path, "holds no picture or video that can be decoded; give a photo or a video")
    }
    let parameters = track.pointee.codecpar.pointee
    try Self.checkSize(path, Int(parameters.width), Int(parameters.height), most: mostPixels)
    handles.decoder = try Self.openDecoder(path, codec, track, mostPixels: mostPixels)
    timeBase = av_q2d(track.pointee.time_base)
    quarterTurns = Int(vf_quarter_turns(track))
    let rate = av_q2d(track.pointee.avg_frame_rate)
    let still = Self.isStill(container)
    let (width, height) = (Int(parameters.width), Int(parameters.height))
    let turned = quarterTurns % 2 == 1
    let size = PixelSize(width: turned ? height : width, height: turned ? width : height)
    description = SourceDescription(
      name: (path as NSString).lastPathComponent, kind: still ? .still : .recording, size: size,
      framesPerSecond: !still && rate.isFinite && rate > 0 ? rate : nil)
    store = DecodedFrameStore(source: path, mostPixels: mostPixels)
    handles.packet = av_packet_alloc()
    handles.decoded = av_frame_alloc()
  }

  /// The next frame; frames that cannot be decoded are skipped and counted.
  public func next() throws(CaptureError) -> SourceEvent {
    guard let container = handles.container, let decoder = handles.decoder, let packet = handles.packet,
      let decoded = handles.decoded
    else { return .ended(damage: damage) }
    while true {
      let received = avcodec_receive_frame(decoder, decoded)
      if received == 0 {
        defer { av_frame_unref(decoded) }
        damagedInRow = 0
        return try deliver(decoded)
      }
      if received == vf_error_eof() { return .ended(damage: damage) }
      if received != vf_error_again() { try skip("a frame cannot be decoded") }
      if draining, received == vf_error_again() { return .ended(damage: damage) }
      let read = av_read_frame(container, packet)
      if read < 0 {
        if read != vf_error_eof() {
          damage = "reading stopped: \(Self.words(read)); the file may be truncated"
        }
        draining = true
        avcodec_send_packet(decoder, nil)
        continue
      }
      defer { av_packet_unref(packet) }
      guard packet.pointee.stream_index == stream else { continue }
      if packet.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 { damage = "the file is truncated or damaged" }
      let sent = avcodec_send_packet(decoder, packet)
      if sent < 0, sent != vf_error_again() { try skip("a packet cannot be decoded") }
    }
  }

  private func skip(_ what: String) throws(CaptureError) {
    // FFmpeg leaves a decoder without a size when a frame's is refused, before any memory is taken for it.
    if let decoder = handles.decoder?.pointee, decoder.width <= 0 || decoder.height <= 0 {
      throw CaptureError(
        .tooLarge, path,
        "after \(index) frames comes one of more than the \(mostPixels) pixels that are allowed, or of no size"
      )
    }
    counters.undecodable += 1
    damage = "\(what) (\(counters.undecodable) in all); the file may be truncated or damaged"
    damagedInRow += 1
    guard damagedInRow < 10_000 else {
      throw CaptureError(.unreadable, path, "10000 packets in a row cannot be decoded; the file is damaged")
    }
  }

  private func deliver(_ decoded: UnsafeMutablePointer<AVFrame>) throws(CaptureError) -> SourceEvent {
    defer { index += 1 }
    let stamp = decoded.pointee.best_effort_timestamp
    var seconds = stamp == vf_no_timestamp() ? .nan : Double(stamp) * timeBase
    if !seconds.isFinite || seconds <= lastSeconds || abs(seconds) > 1e9 {
      // No usable time: go on by the nominal rate, so that time never stands still or runs back.
      seconds = max(lastSeconds, 0) + (index == 0 ? 0 : 1 / (description.framesPerSecond ?? 25))
    }
    lastSeconds = seconds
    let identity = FrameStamp(
      index: index, captured: MonotonicInstant(seconds: seconds), camera: description.name)
    guard let frame = try store.frame(decoded, quarterTurns: quarterTurns, stamp: identity) else {
      counters.poolExhausted += 1
      return .dropped
    }
    counters.delivered += 1
    return .frame(frame)
  }
}

/// FFmpeg's objects of one open file; freed in `deinit` and nowhere else.
private final class DecoderHandles {
  var container: UnsafeMutablePointer<AVFormatContext>?
  private var input: UnsafeMutablePointer<AVIOContext>?
  private var descriptor: Int32 = -1
  var decoder: UnsafeMutablePointer<AVCodecContext>?
  var packet: UnsafeMutablePointer<AVPacket>?
  var decoded: UnsafeMutablePointer<AVFrame>?

  deinit {
    av_frame_free(&decoded)
    av_packet_free(&packet)
    avcodec_free_context(&decoder)
    avformat_close_input(&container)
    vf_free_descriptor_io(input)
    if descriptor >= 0 { close(descriptor) }
  }

  /// Opens the container behind `file`, of one of the formats in `formats`, and finds its streams.
  func open(_ file: Int32, _ path: String, _ formats: String, mostPixels: Int) throws(CaptureError) {
    descriptor = file
    container = vf_descriptor_input(descriptor)
    guard container != nil else { throw CaptureError(.unreadable, path, "out of memory") }
    input = container?.pointee.pb
    var options: OpaquePointer?
    defer { av_dict_free(&options) }
    // A file that refers to other files or addresses must not make us open them.
    av_dict_set(&options, "protocol_whitelist", "none", 0)
    av_dict_set(&options, "format_whitelist", formats, 0)
    let opened = avformat_open_input(&container, path, nil, &options)
    guard opened == 0 else {
      throw CaptureError(
        .unreadable, path, "not a photo or video that can be read: \(MediaFile.words(opened))")
    }
    // The same limit for the decoder that probing opens: a picture of gigabytes must not be decoded to learn its size.
    var perStream = [OpaquePointer?](repeating: nil, count: Int(container?.pointee.nb_streams ?? 0))
    for number in perStream.indices {
      av_dict_set(&perStream[number], "max_pixels", "\(MediaFile.codedPixels(mostPixels))", 0)
    }
    let found = avformat_find_stream_info(container, &perStream)
    for number in perStream.indices { av_dict_free(&perStream[number]) }
    guard found >= 0 else {
      throw CaptureError(.unreadable, path, "its streams cannot be read: \(MediaFile.words(found))")
    }
  }
}

// MARK: Opening

extension MediaFile {
  /// Opens an ordinary file for reading, or says what is wrong with it.
  static func openFile(_ path: String) throws(CaptureError) -> Int32 {
    try checkFile(path)
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CaptureError(.forbidden, path, "\(String(cString: strerror(errno))); check its permissions")
    }
    return descriptor
  }

  private static func checkFile(_ path: String) throws(CaptureError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let missing = errno == ENOENT || errno == ENOTDIR
      throw CaptureError(
        missing ? .missing : .forbidden, path,
        missing
          ? "no such file; check the path" : "\(String(cString: strerror(errno))); check its permissions")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw CaptureError(.unreadable, path, "not an ordinary file; give a photo or a video file")
    }
    guard status.st_size > 0 else { throw CaptureError(.unreadable, path, "the file is empty (0 bytes)") }
    guard access(path, R_OK) == 0 else {
      throw CaptureError(.forbidden, path, "may not be read; check its permissions")
    }
  }

  /// Throws when a picture's size is unknown or above the `most` pixels that are allowed.
  static func checkSize(
    _ path: String, _ width: Int, _ height: Int, most: Int
  ) throws(CaptureError) {
    guard width > 0, height > 0 else {
      throw CaptureError(
        .unreadable, path,
        "its picture size is unknown or above \(largestArea) pixels; if it is not truncated, scale it down")
    }
    guard width <= 16384, height <= 16384, width * height <= largestArea else {
      throw CaptureError(
        .tooLarge, path,
        "a picture of \(width)x\(height); at most \(largestArea) pixels are accepted: scale it down")
    }
    guard width * height <= most else {
      throw CaptureError(
        .tooLarge, path,
        "frames of \(width)x\(height) have more than the \(most) pixels that are allowed")
    }
  }

  /// The limit for FFmpeg, which counts the pixels of whole blocks: more than `most`, but not without a bound.
  static func codedPixels(_ most: Int) -> Int { min(most + most / 4 + 65536, largestArea) }

  static func openDecoder(
    _ path: String, _ codec: UnsafePointer<AVCodec>, _ track: UnsafeMutablePointer<AVStream>,
    mostPixels: Int
  ) throws(CaptureError) -> UnsafeMutablePointer<AVCodecContext>? {
    var decoder = avcodec_alloc_context3(codec)
    guard let context = decoder else { throw CaptureError(.unreadable, path, "out of memory") }
    avcodec_parameters_to_context(context, track.pointee.codecpar)
    context.pointee.max_pixels = Int64(codedPixels(mostPixels))
    context.pointee.thread_count = 1
    let opened = avcodec_open2(context, codec, nil)
    guard opened == 0 else {
      avcodec_free_context(&decoder)
      throw CaptureError(.unreadable, path, "its codec cannot be opened: \(words(opened))")
    }
    return decoder
  }

  private static func isStill(_ container: UnsafeMutablePointer<AVFormatContext>) -> Bool {
    let name = container.pointee.iformat.pointee.name.map { String(cString: $0) } ?? ""
    return name.hasSuffix("_pipe") || name == "image2"
  }

  static func words(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    av_strerror(code, &buffer, buffer.count)
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
