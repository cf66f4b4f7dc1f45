import CFFmpeg
import Foundation
import Imaging
import Observations
import Quantities
import Surroundings

/// A network stream (`rtsp://`, `http://`, `https://`) through FFmpeg's libraries, opened again when it breaks.
///
/// The arrival time on the monotonic clock is the capture time. A step that takes longer than five seconds counts as
/// silence and the stream is opened again; see ``CameraLife`` for the back-off. A stream that ends is looked for again
/// too: servers restart.
final class NetworkStream: FrameSource {
  private static let protocols = "rtsp,rtp,rtcp,udp,tcp,tls,http,https,crypto,httpproxy"
  private static let containers =
    "rtsp,mpjpeg,mjpeg,mov,mp4,matroska,webm,flv,mpegts,jpeg_pipe,h264,hevc,ivf,avi,ogg"
  private static let longestStep = Duration.seconds(5)

  let description: SourceDescription
  private(set) var counters = SourceCounters()
  private let address: String
  private let mostPixels: Int
  private let log: CaptureLog
  private let wantsSound: Bool
  private let store: DecodedFrameStore
  private var connection: StreamConnection?
  private var life: CameraLife
  private var judge = InjectionJudge()
  private var index: UInt64 = 0

  /// Opens the stream at `address`.
  init(address: String, options: SourceOptions) throws(CaptureError) {
    (self.address, mostPixels) = (address, options.mostPixels)
    (log, wantsSound) = (options.log, options.sound)
    life = CameraLife(patience: options.patience)
    store = DecodedFrameStore(source: Self.withoutPassword(address), mostPixels: mostPixels)
    av_log_set_level(AV_LOG_QUIET)
    avformat_network_init()
    let connection = try Self.connect(address, mostPixels, sound: options.sound)
    self.connection = connection
    life.handle(.opened, at: .now())
    description = SourceDescription(
      name: Self.withoutPassword(address), kind: .live, size: connection.size,
      framesPerSecond: connection.framesPerSecond, sound: connection.sound?.description)
  }

  var injection: InjectionEvidence? { judge.evidence }

  func next() throws(CaptureError) -> SourceEvent {
    while true {
      switch life.action {
      case .open, .restart: reconnect()
      case .read:
        if let event = try read() { return event }
      case .wait(let until):
        connection = nil
        let left = min(max(until - .now(), .zero), .milliseconds(500))
        usleep(UInt32(left.inSeconds * 1e6))
        life.handle(.waited, at: .now())
        return .lost(reason: life.trouble?.operation ?? "the stream broke off")
      case .end: throw CaptureError(.lost, description.name, "the stream is gone")
      }
    }
  }

  private func reconnect() {
    connection = nil
    let isRestart = life.action == .restart
    do throws(CaptureError) {
      connection = try Self.connect(address, mostPixels, sound: wantsSound)
      counters.reconnects += 1
      life.handle(isRestart ? .restarted : .opened, at: .now())
    } catch {
      log.note(error.description, at: .now())
      let fault = DriverFault("connecting", ETIMEDOUT)
      life.handle(isRestart ? .restartFailed(fault) : .openingFailed(fault), at: .now())
    }
  }

  private func read() throws(CaptureError) -> SourceEvent? {
    guard let connection else {
      life.handle(.fault(DriverFault("reading", ENODEV)), at: .now())
      return nil
    }
    switch connection.read(longest: Self.longestStep) {
    case .frame(let decoded):
      defer { index += 1 }
      life.handle(.goodBuffer, at: .now())
      let arrival = MonotonicInstant.now()
      connection.saw(decoded, at: arrival)
      let stamp = FrameStamp(index: index, captured: arrival, camera: description.name)
      let upright = connection.upright(decoded)
      guard
        let frame = try store.frame(
          decoded, orientation: upright.orientation, size: upright.square.size, stamp: stamp)
      else {
        counters.poolExhausted += 1
        return .dropped
      }
      counters.delivered += 1
      judge.observe(frame)
      return .frame(frame)
    case .undecodable:
      counters.undecodable += 1
      index += 1
      life.handle(.damagedBuffer, at: .now())
      return .dropped
    case .broken(let words):
      log.note("\(description.name): \(words)", at: .now())
      life.handle(.fault(DriverFault(words, ENODEV)), at: .now())
      return nil
    }
  }

  func takeSound() -> [SoundBlock] { connection?.sound?.takeBlocks() ?? [] }

  private static func connect(
    _ address: String, _ mostPixels: Int, sound: Bool
  ) throws(CaptureError) -> StreamConnection {
    try StreamConnection(
      address: address, name: withoutPassword(address), protocols: protocols, containers: containers,
      mostPixels: mostPixels, wantsSound: sound)
  }

  /// Passwords must not reach logs and records.
  static func withoutPassword(_ address: String) -> String { SafeAddress(address).description }
}

/// FFmpeg's objects of one connection; freed in `deinit` and nowhere else.
private final class StreamHandles {
  var container = avformat_alloc_context()
  var decoder: UnsafeMutablePointer<AVCodecContext>?
  var packet = av_packet_alloc()
  var decoded = av_frame_alloc()
  let deadline = UnsafeMutablePointer<vf_deadline>.allocate(capacity: 1)

  init() { deadline.initialize(to: vf_deadline(nanoseconds: 0)) }

  deinit {
    av_frame_free(&decoded)
    av_packet_free(&packet)
    avcodec_free_context(&decoder)
    avformat_close_input(&container)
    deadline.deallocate()
  }
}

/// One open connection and its decoder; closed when it is let go.
final class StreamConnection {
  enum Reading {
    case frame(UnsafeMutablePointer<AVFrame>)
    case undecodable
    case broken(String)
  }

  let size: PixelSize
  let framesPerSecond: Double?
  /// The stream's sound; nil when it has none, or it is not wanted.
  private(set) var sound: SoundTrack?
  private let clock = StreamClock()
  private let timeBase: Double
  private let stream: Int32
  private let mostPixels: Int
  private let handles = StreamHandles()

  init(
    address: String, name: String, protocols: String, containers: String, mostPixels: Int,
    wantsSound: Bool
  ) throws(CaptureError) {
    self.mostPixels = mostPixels
    handles.deadline.pointee.nanoseconds = (MonotonicInstant.now() + .seconds(10)).nanoseconds
    guard let context = handles.container else { throw CaptureError(.unreadable, name, "out of memory") }
    vf_set_deadline(context, handles.deadline)
    try Self.open(&handles.container, address, name, protocols, containers, mostPixels)
    var codec: UnsafePointer<AVCodec>?
    stream = av_find_best_stream(handles.container, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0)
    guard stream >= 0, let codec, let track = handles.container?.pointee.streams[Int(stream)] else {
      throw CaptureError(.unreadable, name, "the stream holds no video that can be decoded")
    }
    let parameters = track.pointee.codecpar.pointee
    size = PixelSize(width: Int(parameters.width), height: Int(parameters.height))
    try MediaFile.checkSize(name, size.width, size.height, most: mostPixels)
    let rate = av_q2d(track.pointee.avg_frame_rate)
    framesPerSecond = rate.isFinite && rate > 0 && rate < 1000 ? rate : nil
    timeBase = av_q2d(track.pointee.time_base)
    handles.decoder = try MediaFile.openDecoder(name, codec, track, mostPixels: mostPixels)
    if wantsSound, let container = handles.container {
      sound = SoundTrack(of: container, beside: stream) { [clock] in clock.instant(of: $0) }
    }
  }

  private static func open(
    _ container: inout UnsafeMutablePointer<AVFormatContext>?, _ address: String, _ name: String,
    _ protocols: String, _ containers: String, _ mostPixels: Int
  ) throws(CaptureError) {
    var options: OpaquePointer?
    defer { av_dict_free(&options) }
    let settings = [
      "protocol_whitelist": protocols, "format_whitelist": containers, "rtsp_transport": "tcp",
      "timeout": "5000000", "rw_timeout": "5000000", "fflags": "nobuffer",
      "max_pixels": "\(MediaFile.codedPixels(mostPixels))",
    ]
    for (key, value) in settings { av_dict_set(&options, key, value, 0) }
    let opened = avformat_open_input(&container, address, nil, &options)
    guard opened == 0 else {
      throw CaptureError(
        .missing, name,
        "no stream there (\(MediaFile.words(opened))); check the address and that the server runs")
    }
    container?.pointee.max_analyze_duration = 2_000_000
    let found = avformat_find_stream_info(container, nil)
    guard found >= 0 else {
      throw CaptureError(.unreadable, name, "the stream cannot be read: \(MediaFile.words(found))")
    }
  }

  /// How `decoded` is turned and made square.
  func upright(_ decoded: UnsafeMutablePointer<AVFrame>) -> Upright {
    let track = handles.container?.pointee.streams[Int(stream)]
    var numbers = [Int32](repeating: 0, count: 9)
    let hasMatrix = vf_display_matrix(decoded, track, &numbers) != 0
    return Upright(
      decoded, aspect: av_guess_sample_aspect_ratio(handles.container, track, decoded),
      matrix: hasMatrix ? DisplayMatrix(numbers) : nil, mostPixels: mostPixels)
  }

  /// Learns from a picture that arrived at `arrival` how the stream's clock runs.
  func saw(_ decoded: UnsafeMutablePointer<AVFrame>, at arrival: MonotonicInstant) {
    let stamp = decoded.pointee.best_effort_timestamp
    if stamp != vf_no_timestamp() { clock.saw(Double(stamp) * timeBase, at: arrival) }
  }

  /// The next decoded frame; valid until the next call.
  func read(longest: Duration) -> Reading {
    guard let container = handles.container, let decoder = handles.decoder, let packet = handles.packet,
      let decoded = handles.decoded
    else { return .broken("not open") }
    handles.deadline.pointee.nanoseconds = (MonotonicInstant.now() + longest).nanoseconds
    while true {
      av_frame_unref(decoded)
      let received = avcodec_receive_frame(decoder, decoded)
      if received == 0 { return .frame(decoded) }
      guard received == vf_error_again() else { return .undecodable }
      let read = av_read_frame(container, packet)
      guard read >= 0 else {
        return .broken(
          read == vf_error_eof() ? "the stream ended" : "reading failed: \(MediaFile.words(read))")
      }
      defer { av_packet_unref(packet) }
      if let sound, packet.pointee.stream_index == sound.stream { sound.take(packet) }
      guard packet.pointee.stream_index == stream else { continue }
      let sent = avcodec_send_packet(decoder, packet)
      if sent < 0, sent != vf_error_again() { return .undecodable }
    }
  }
}
