import CFFmpeg
import Foundation
import Observations
import Quantities

/// Decodes the sound of a container or stream to one channel at 16 kHz.
///
/// All channels count alike in the mean: who speaks is heard whichever of them he is in. What cannot be decoded is left
/// out, which is a gap in time. Cost: decoding and resampling. Used from one queue only.
final class SoundTrack {
  private static let rates: ClosedRange<Int32> = 1000...768_000
  private static let channels: ClosedRange<Int32> = 1...64
  /// Samples of one decoded piece, each channel, at most; a second at the highest rate.
  private static let longestPiece: Int64 = 1 << 20

  /// Number of the stream in its container.
  let stream: Int32
  /// Codec, rate and channels, for people.
  let description: String
  /// Packets that could not be decoded.
  private(set) var undecodable = 0
  private let timeBase: Double
  private let handles = SoundHandles()
  private var shape: (rate: Int32, channels: Int32, format: Int32)?
  /// Puts a presentation time, in seconds, on the clock of the frames; nil: not known yet.
  private let clock: (Double) -> MonotonicInstant?
  private var timeline = SoundTimeline()

  /// The best sound stream of `container` (the one that belongs to `picture`, when several do); nil when there is none that
  /// can be decoded here: a picture is worth judging without its sound.
  init?(
    of container: UnsafeMutablePointer<AVFormatContext>, beside picture: Int32,
    clock: @escaping (Double) -> MonotonicInstant? = { MonotonicInstant(seconds: $0) }
  ) {
    var found: UnsafePointer<AVCodec>?
    stream = av_find_best_stream(container, AVMEDIA_TYPE_AUDIO, -1, picture, &found, 0)
    guard stream >= 0, let found, let track = container.pointee.streams[Int(stream)] else { return nil }
    let parameters = track.pointee.codecpar.pointee
    guard Self.rates.contains(parameters.sample_rate),
      Self.channels.contains(parameters.ch_layout.nb_channels)
    else { return nil }
    handles.decoder = avcodec_alloc_context3(found)
    guard let decoder = handles.decoder else { return nil }
    avcodec_parameters_to_context(decoder, track.pointee.codecpar)
    decoder.pointee.thread_count = 1
    decoder.pointee.max_samples = Self.longestPiece
    decoder.pointee.pkt_timebase = track.pointee.time_base
    guard avcodec_open2(decoder, found, nil) == 0 else { return nil }
    handles.decoded = av_frame_alloc()
    timeBase = av_q2d(track.pointee.time_base)
    self.clock = clock
    let count = parameters.ch_layout.nb_channels
    description =
      "\(String(cString: avcodec_get_name(found.pointee.id))), \(parameters.sample_rate) Hz, "
      + "\(count) \(count == 1 ? "channel" : "channels")"
  }

  /// Decodes what `packet` holds; nil: the packets are at their end.
  func take(_ packet: UnsafeMutablePointer<AVPacket>?) {
    guard let decoder = handles.decoder, let decoded = handles.decoded else { return }
    let sent = avcodec_send_packet(decoder, packet)
    if sent < 0, sent != vf_error_again(), packet != nil { undecodable += 1 }
    while true {
      let received = avcodec_receive_frame(decoder, decoded)
      guard received == 0 else {
        if received != vf_error_again(), received != vf_error_eof() {
          undecodable += 1
          // A decoder that fails without taking its input must not be asked for ever.
          return
        }
        break
      }
      resample(decoded)
      av_frame_unref(decoded)
    }
    if packet == nil { timeline.add(rest(), at: nil) }
  }

  /// The oldest blocks that wait, `most` at most.
  func takeBlocks(_ most: Int = .max) -> [SoundBlock] { timeline.take(most) }

  private func resample(_ decoded: UnsafeMutablePointer<AVFrame>) {
    let frame = decoded.pointee
    let found = (frame.sample_rate, frame.ch_layout.nb_channels, frame.format)
    guard Self.rates.contains(found.0), Self.channels.contains(found.1), frame.nb_samples > 0,
      Int64(frame.nb_samples) <= Self.longestPiece
    else {
      undecodable += 1
      return
    }
    if shape.map({ $0 != found }) ?? true {
      timeline.add(rest(), at: nil)
      swr_free(&handles.resampler)
      handles.resampler = vf_resampler(decoded, Int32(SoundBlock.rate))
      shape = found
    }
    guard let resampler = handles.resampler else {
      undecodable += 1
      return
    }
    let stamp = frame.best_effort_timestamp
    let seconds = stamp == vf_no_timestamp() ? .nan : Double(stamp) * timeBase
    // What comes out now begins as much before this piece as the resampler still holds back.
    let held = Double(swr_get_delay(resampler, Int64(SoundBlock.rate))) / Double(SoundBlock.rate)
    let samples = convert(
      UnsafeMutableRawPointer(decoded.pointee.extended_data)?.assumingMemoryBound(
        to: UnsafePointer<UInt8>?.self),
      count: frame.nb_samples, channels: Int(found.1))
    guard seconds.isFinite, abs(seconds) < 1e9 else {
      timeline.add(samples, at: nil)
      return
    }
    // A stream's clock is known with its first picture; what is heard before has no place.
    guard let time = clock(seconds - held), DecoderMessage.Limit.time.contains(time.nanoseconds) else {
      return
    }
    timeline.add(samples, at: time)
  }

  /// What the resampler still holds back.
  private func rest() -> [Float] {
    guard handles.resampler != nil, let shape else { return [] }
    return convert(nil, count: 0, channels: Int(shape.channels))
  }

  /// The mean of all channels, resampled.
  private func convert(
    _ input: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, count: Int32, channels: Int
  ) -> [Float] {
    let room = Int(swr_get_out_samples(handles.resampler, count))
    guard room > 0, room <= 1 << 25 else { return [] }
    let planes = (0..<channels).map { _ in UnsafeMutablePointer<Float>.allocate(capacity: room) }
    defer { for plane in planes { plane.deallocate() } }
    var outputs: [UnsafeMutablePointer<UInt8>?] = planes.map {
      UnsafeMutableRawPointer($0).assumingMemoryBound(to: UInt8.self)
    }
    let made = Int(swr_convert(handles.resampler, &outputs, Int32(room), input, count))
    guard made > 0 else { return [] }
    return (0..<made).map { place in
      let mean = planes.reduce(Float(0)) { $0 + $1[place] } / Float(channels)
      // Broken float streams hold anything.
      return mean.isFinite ? min(max(mean, -4), 4) : 0
    }
  }
}

/// FFmpeg's objects of one sound stream; freed in `deinit` and nowhere else.
private final class SoundHandles {
  var decoder: UnsafeMutablePointer<AVCodecContext>?
  var decoded: UnsafeMutablePointer<AVFrame>?
  var resampler: OpaquePointer?

  deinit {
    av_frame_free(&decoded)
    avcodec_free_context(&decoder)
    swr_free(&resampler)
  }
}
