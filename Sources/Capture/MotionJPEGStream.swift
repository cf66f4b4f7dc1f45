import Foundation
import Geometry
import Imaging
import Units

/// Motion JPEG from a file descriptor: JPEG pictures one behind the other, with or without multipart headers.
///
/// The arrival time on the monotonic clock is the capture time.
public final class MotionJPEGStream: FrameSource {
  /// What is known of the stream; the size is 1x1 until the first frame.
  public let description: SourceDescription
  /// Undecodable pictures and pool misses.
  public private(set) var counters = SourceCounters()
  private let descriptor: Int32
  private let name: String
  private let decoder: JPEGDecoder
  private var splitter = JPEGSplitter()
  private var index: UInt64 = 0
  private var chunk = [UInt8](repeating: 0, count: 1 << 16)
  private var ended = false

  /// A stream that reads from `descriptor`, which it does not close.
  public init(descriptor: Int32, name: String, mostPixels: Int = MediaFile.largestArea) {
    (self.descriptor, self.name) = (descriptor, name)
    decoder = JPEGDecoder(source: name)
    decoder.largestArea = mostPixels
    description = SourceDescription(
      name: name, kind: .live, size: PixelSize(width: 1, height: 1), framesPerSecond: nil)
  }

  /// The next frame; waits up to a second for bytes.
  public func next() throws(CaptureError) -> SourceEvent {
    while true {
      if let picture = splitter.next() { return decode(picture) }
      guard !ended else {
        if index == 0 {
          throw CaptureError(
            .unreadable, name, "no JPEG picture came; feed Motion JPEG, for example: ffmpeg … -f mjpeg -")
        }
        return .ended(damage: nil)
      }
      var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&poller, 1, 1000)
      if ready == 0 { return .timeout }
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      if count < 0 { throw CaptureError(.lost, name, "reading failed: \(String(cString: strerror(errno)))") }
      if count == 0 { ended = true } else { splitter.append(chunk[0..<count]) }
    }
  }

  private func decode(_ picture: ArraySlice<UInt8>) -> SourceEvent {
    let stamp = FrameStamp(index: index, captured: .now(), camera: name)
    index += 1
    switch picture.withUnsafeBytes({ decoder.decode($0, stamp: stamp) }) {
    case .frame(let frame):
      counters.delivered += 1
      return .frame(frame)
    case .undecodable: counters.undecodable += 1
    case .poolExhausted: counters.poolExhausted += 1
    }
    return .dropped
  }
}
