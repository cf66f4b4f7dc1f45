import CFFmpeg
import Foundation
import Imaging

/// The pictures of the best video stream of a container, or of a picture file, through FFmpeg's demuxers and decoders.
final class ContainerPictures: DecodedPictures {
  /// What may be opened: containers and pictures without references to other files.
  private static let containers =
    "mov,mp4,m4a,3gp,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,ogg,gif,ivf,h264,hevc,mjpeg,yuv4mpegpipe,asf,"
    + "png_pipe,jpeg_pipe,bmp_pipe,webp_pipe,tiff_pipe,pgm_pipe,ppm_pipe,pgmyuv_pipe,image2"
  /// Packets in a row without a picture after which a file is given up.
  private static let mostLost = 10_000

  private(set) var traits: PictureTraits
  private(set) var losses = DecodingLosses()
  private(set) var sound: SoundTrack?
  private let path: String
  private let mostPixels: Int
  private let handles = DecoderHandles()
  private let stream: Int32
  private let codec: UnsafePointer<AVCodec>
  private let isStrict: Bool
  private var draining = false
  private var lostInRow = 0
  private var frames = 0

  /// Opens the container behind `descriptor`, which stays its owner's and must outlive this; `path` is only a name.
  init(
    descriptor: Int32, path: String, file: FileBytes, mostPixels: Int, wantsSound: Bool = false
  ) throws(CaptureError) {
    (self.path, self.mostPixels) = (path, mostPixels)
    try handles.open(descriptor, path, Self.containers, file, mostPixels: mostPixels)
    guard let container = handles.container else { throw CaptureError(.unreadable, path, "cannot be opened") }
    var found: UnsafePointer<AVCodec>?
    stream = av_find_best_stream(container, AVMEDIA_TYPE_VIDEO, -1, -1, &found, 0)
    guard stream >= 0, let found, let track = container.pointee.streams[Int(stream)] else {
      throw Self.nothingToDecode(container, path)
    }
    codec = found
    let parameters = track.pointee.codecpar.pointee
    try MediaFile.checkSize(path, Int(parameters.width), Int(parameters.height), most: mostPixels)
    let name = container.pointee.iformat.pointee.name.map { String(cString: $0) } ?? ""
    let isPicture = name.hasSuffix("_pipe") || name == "image2"
    // Pictures that hang on no other are left out when they are damaged, not shown with invented parts.
    // TIFF's decoder takes every tag that it does not know for damage.
    let id = found.pointee.id
    isStrict = isPicture && id != AV_CODEC_ID_TIFF || id == AV_CODEC_ID_MJPEG
    handles.decoder = try MediaFile.openDecoder(
      path, found, track, mostPixels: mostPixels, isStrict: isStrict)
    traits = Self.traits(track, found, name, isPicture, PictureHeader(file))
    traits.isRateAssumed = AssumedRate.isAssumed(container: name, file)
    handles.packet = av_packet_alloc()
    handles.decoded = av_frame_alloc()
    if wantsSound, !traits.isSingle { sound = SoundTrack(of: container, beside: stream) }
  }

  private static func traits(
    _ track: UnsafeMutablePointer<AVStream>, _ codec: UnsafePointer<AVCodec>, _ name: String,
    _ isPicture: Bool,
    _ header: PictureHeader
  ) -> PictureTraits {
    var traits = PictureTraits()
    let coding = String(cString: avcodec_get_name(codec.pointee.id))
    let container = String(name.prefix { $0 != "," })
    traits.format = isPicture || container == coding ? coding : "\(coding) in \(container)"
    let id = codec.pointee.id
    traits.mayBeTransparent = id != AV_CODEC_ID_GIF && id != AV_CODEC_ID_MJPEG
    traits.headerOrientation = isPicture || name == "mjpeg" ? header.orientation : nil
    traits.timeBase = av_q2d(track.pointee.time_base)
    let rate = av_q2d(track.pointee.avg_frame_rate)
    traits.rate = rate.isFinite && rate > 0 ? rate : nil
    // JPEG pictures one behind the other are a recording; those of a photo's further parts are not.
    let isJPEG = codec.pointee.id == AV_CODEC_ID_MJPEG && (isPicture || name == "mjpeg")
    traits.isCover = track.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC != 0
    traits.isSingle = isPicture && !isJPEG || isJPEG && header.hasFurtherPictures || traits.isCover
    traits.needsEqualSizes = isJPEG
    return traits
  }

  /// No decoder, or no video at all.
  private static func nothingToDecode(
    _ container: UnsafeMutablePointer<AVFormatContext>, _ path: String
  ) -> CaptureError {
    let tracks = (0..<Int(container.pointee.nb_streams)).compactMap { container.pointee.streams[$0] }
    if let video = tracks.first(where: { $0.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO }) {
      let name = String(cString: avcodec_get_name(video.pointee.codecpar.pointee.codec_id))
      return CaptureError(
        .unreadable, path,
        "its pictures are coded as \(name), which cannot be decoded here; convert it, for example to H.264 in MP4"
      )
    }
    return CaptureError(
      .unreadable, path, "holds no picture or video that can be decoded; give a photo or a video")
  }

  func next() throws(CaptureError) -> UnsafeMutablePointer<AVFrame>? {
    guard let container = handles.container, let decoder = handles.decoder, let packet = handles.packet,
      let decoded = handles.decoded
    else { return nil }
    while true {
      let received = avcodec_receive_frame(decoder, decoded)
      if received == 0 {
        lostInRow = 0
        frames += 1
        if isSound(decoded, decoder) { return decoded }
        losses.damaged += 1
        continue
      }
      if received == vf_error_eof() { return nil }
      if received != vf_error_again() { try skip(nil) }
      if draining, received == vf_error_again() { return nil }
      let read = av_read_frame(container, packet)
      if read < 0 {
        if read != vf_error_eof() { losses.reading = "reading stopped: \(MediaFile.words(read))" }
        draining = true
        avcodec_send_packet(decoder, nil)
        sound?.take(nil)
        continue
      }
      defer { av_packet_unref(packet) }
      if let sound, packet.pointee.stream_index == sound.stream { sound.take(packet) }
      guard packet.pointee.stream_index == stream else { continue }
      if packet.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 {
        losses.reading = "the container marks packets as damaged"
      }
      let sent = avcodec_send_packet(decoder, packet)
      if sent < 0, sent != vf_error_again() { try skip(packet) }
    }
  }

  /// Whether the decoder invented nothing; learns the coded rate of raw streams on the way.
  private func isSound(
    _ decoded: UnsafeMutablePointer<AVFrame>, _ decoder: UnsafeMutablePointer<AVCodecContext>
  ) -> Bool {
    if traits.isRateAssumed, codec.pointee.id != AV_CODEC_ID_MJPEG, decoder.pointee.framerate.num > 0 {
      traits.isRateAssumed = false
    }
    return decoded.pointee.flags & AV_FRAME_FLAG_CORRUPT == 0 && decoded.pointee.decode_error_flags == 0
  }

  private func skip(_ packet: UnsafeMutablePointer<AVPacket>?) throws(CaptureError) {
    // FFmpeg leaves a decoder without a size when a frame's is refused, before any memory is taken for it.
    if !isStrict, let decoder = handles.decoder?.pointee, decoder.width <= 0 || decoder.height <= 0 {
      throw CaptureError(
        .tooLarge, path,
        "after \(frames) frames comes one of more than the \(mostPixels) pixels that are allowed, or of no size"
      )
    }
    if isStrict {
      losses.damaged += 1
      if let packet, handles.rejected == nil { handles.rejected = av_packet_clone(packet) }
    } else {
      losses.undecodable += 1
    }
    lostInRow += 1
    guard lostInRow < Self.mostLost else {
      throw CaptureError(
        .unreadable, path, "\(Self.mostLost) packets in a row cannot be decoded; the file is damaged")
    }
  }

  func firstDamaged() -> UnsafeMutablePointer<AVFrame>? {
    guard let packet = handles.rejected, let track = handles.container?.pointee.streams[Int(stream)],
      let decoded = handles.decoded
    else { return nil }
    var lenient = try? MediaFile.openDecoder(path, codec, track, mostPixels: mostPixels)
    defer { avcodec_free_context(&lenient) }
    guard let lenient, avcodec_send_packet(lenient, packet) == 0 else { return nil }
    avcodec_send_packet(lenient, nil)
    return avcodec_receive_frame(lenient, decoded) == 0 ? decoded : nil
  }

  func pixelAspect(of frame: UnsafeMutablePointer<AVFrame>) -> AVRational {
    av_guess_sample_aspect_ratio(
      handles.container, handles.container?.pointee.streams[Int(stream)], frame)
  }

  func displayMatrix(of frame: UnsafeMutablePointer<AVFrame>) -> DisplayMatrix? {
    var numbers = [Int32](repeating: 0, count: 9)
    let found = vf_display_matrix(frame, handles.container?.pointee.streams[Int(stream)], &numbers)
    return found != 0 ? DisplayMatrix(numbers) : nil
  }
}

/// FFmpeg's objects of one open file; freed in `deinit` and nowhere else.
private final class DecoderHandles {
  var container: UnsafeMutablePointer<AVFormatContext>?
  private var input: UnsafeMutablePointer<AVIOContext>?
  var decoder: UnsafeMutablePointer<AVCodecContext>?
  var packet: UnsafeMutablePointer<AVPacket>?
  var decoded: UnsafeMutablePointer<AVFrame>?
  /// The first packet that a strict decoder refused.
  var rejected: UnsafeMutablePointer<AVPacket>?

  deinit {
    av_frame_free(&decoded)
    av_packet_free(&packet)
    av_packet_free(&rejected)
    avcodec_free_context(&decoder)
    avformat_close_input(&container)
    vf_free_descriptor_io(input)
  }

  /// Opens the container behind `file`, of one of the formats in `formats`, and finds its streams.
  func open(
    _ file: Int32, _ path: String, _ formats: String, _ bytes: FileBytes, mostPixels: Int
  ) throws(CaptureError) {
    container = vf_descriptor_input(file)
    guard container != nil else { throw CaptureError(.unreadable, path, "out of memory") }
    input = container?.pointee.pb
    var options: OpaquePointer?
    defer { av_dict_free(&options) }
    // A file that refers to other files or addresses must not make us open them.
    av_dict_set(&options, "protocol_whitelist", "none", 0)
    av_dict_set(&options, "format_whitelist", formats, 0)
    let opened = avformat_open_input(&container, path, nil, &options)
    guard opened == 0 else {
      let problem =
        FormatName.sentence(bytes)
        ?? "not a photo or video that can be read (\(MediaFile.words(opened))); give a photo such as JPEG, PNG or HEIC, or "
        + "a recording such as MP4, MOV or MKV"
      throw CaptureError(.unreadable, path, problem)
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
