import Foundation
import Imaging
import Observations
import Quantities

/// Motion JPEG from a file descriptor: JPEG pictures one behind the other, with or without multipart headers.
///
/// From a pipe it is a live stream: the arrival time on the monotonic clock is the capture time. An ordinary file is a
/// recording, read whole, 25 frames a second, which is reported as assumed. Every picture that begins is delivered or
/// counted: as damaged (broke off, or a part is no code), undecodable, or without a free buffer.
public final class MotionJPEGStream: FrameSource {
  /// What is known of the stream; the size is 1x1 until the first frame.
  public let description: SourceDescription
  /// Damaged and undecodable pictures and pool misses.
  public private(set) var counters = SourceCounters()
  private let descriptor: Int32
  private let name: String
  private let decoder: JPEGDecoder
  private var splitter = JPEGSplitter()
  private var index: UInt64 = 0
  private var lastBroken: UInt64 = 0
  private var chunk = [UInt8](repeating: 0, count: 1 << 16)
  private var ended = false
  private var isFinishing = false

  /// A stream that reads from `descriptor`, which it does not close.
  public init(descriptor: Int32, name: String, mostPixels: Int = MediaFile.largestArea) {
    (self.descriptor, self.name) = (descriptor, name)
    decoder = JPEGDecoder(source: name)
    decoder.largestArea = mostPixels
    // Only an ordinary file has a place to go to; this is asked because the fence allows it.
    let isFile = lseek(descriptor, 0, SEEK_CUR) >= 0
    description = SourceDescription(
      name: name, kind: isFile ? .recording : .live, size: PixelSize(width: 1, height: 1),
      framesPerSecond: isFile ? MediaFile.assumedRate : nil,
      presentation: Presentation(format: "mjpeg", isRateAssumed: isFile))
  }

  /// The next frame; waits up to a second for bytes.
  public func next() throws(CaptureError) -> SourceEvent {
    while true {
      let picture = splitter.next()
      countBroken()
      if let picture { return decode(picture) }
      guard !ended else { return try finish() }
      if description.kind == .live {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let ready = poll(&poller, 1, 1000)
        if ready == 0 { return .timeout }
      }
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      if count < 0 { throw CaptureError(.lost, name, "reading failed: \(String(cString: strerror(errno)))") }
      if count == 0 {
        ended = true
        splitter.end()
      } else {
        splitter.append(chunk[0..<count])
      }
    }
  }

  private func finish() throws(CaptureError) -> SourceEvent {
    if index == 0 {
      throw CaptureError(
        .unreadable, name, "no JPEG picture came; feed Motion JPEG, for example: ffmpeg … -f mjpeg -")
    }
    // What was counted last goes out before the end.
    guard isFinishing else {
      isFinishing = true
      return .dropped
    }
    let bad = counters.damaged + counters.undecodable
    guard description.kind == .recording, bad > 0 else { return .ended(damage: nil) }
    return .ended(
      damage:
        "\(counters.damaged) damaged and \(counters.undecodable) undecodable pictures of \(index) not judged")
  }

  /// Pictures that broke off leave a gap in the frames' numbers.
  private func countBroken() {
    let broken = splitter.broken + splitter.oversized
    counters.damaged += broken - lastBroken
    index += broken - lastBroken
    lastBroken = broken
  }

  private func decode(_ picture: ArraySlice<UInt8>) -> SourceEvent {
    let captured =
      description.kind == .live
      ? MonotonicInstant.now() : MonotonicInstant(seconds: Double(index) / MediaFile.assumedRate)
    let stamp = FrameStamp(index: index, captured: captured, camera: name)
    index += 1
    switch picture.withUnsafeBytes({ decoder.decode($0, stamp: stamp) }) {
    case .frame(let frame):
      counters.delivered += 1
      return .frame(frame)
    case .damaged: counters.damaged += 1
    case .undecodable: counters.undecodable += 1
    case .poolExhausted: counters.poolExhausted += 1
    }
    return .dropped
  }
}
