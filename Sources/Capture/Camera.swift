import CV4L2
import Foundation
public import Geometry
import Imaging
import Units

/// What to ask a camera for; the driver may grant something else, which is then used.
public struct CameraWish: Sendable {
  /// Frame size.
  public var size = PixelSize(width: 1280, height: 720)
  /// Frames a second.
  public var framesPerSecond = 30

  /// 1280x720 at 30 frames a second.
  public init() {}
}

/// A V4L2 camera, streamed through memory-mapped driver buffers.
///
/// Negotiation asks, reads back what was granted and keeps that. Each frame is copied (or decoded) once into a pooled
/// buffer and the driver's buffer is queued again at once. Timestamps are the driver's, on CLOCK_MONOTONIC.
public final class Camera: FrameSource {
  /// What is known of the camera.
  public let description: SourceDescription
  /// Frames that did not arrive, by reason.
  public private(set) var counters = SourceCounters()
  private let path: String
  private let descriptor: Int32
  private let format: CameraFormat
  private let layout: PixelLayout?
  private let decoder: JPEGDecoder
  private let pool: FramePool?
  private var buffers: [UnsafeMutableRawBufferPointer] = []
  private var lastSequence: UInt32?
  private var index: UInt64 = 0

  /// Opens the camera at `path`, agrees on a format and starts streaming.
  public init(path: String, wish: CameraWish = CameraWish()) throws(CaptureError) {
    self.path = path
    let descriptor = Glibc.open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.fault(path, "open", errno) }
    self.descriptor = descriptor
    do throws(CaptureError) {
      try Self.checkDevice(descriptor, path)
      let granted = try Self.negotiate(descriptor, path, wish)
      format = granted.format
      layout = granted.format.layout(granted.pixels)
      guard layout != nil || granted.format.isCompressed else {
        throw CaptureError(
          .refused, path,
          "the driver grants rows of \(granted.pixels.bytesperline) bytes, too few for its format")
      }
      let size = PixelSize(width: Int(granted.pixels.width), height: Int(granted.pixels.height))
      let name = (path as NSString).lastPathComponent
      description = SourceDescription(name: name, kind: .live, size: size, framesPerSecond: granted.rate)
      decoder = JPEGDecoder(source: path)
      pool = layout.map { FramePool(bytesPerFrame: $0.byteCount, capacity: 6) }
      try start()
    } catch {
      Self.unmap(buffers)
      close(descriptor)
      throw error
    }
  }

  deinit {
    _ = v4_stream_off(descriptor, Int32(v4_capture))
    Self.unmap(buffers)
    close(descriptor)
  }

  private static func unmap(_ buffers: [UnsafeMutableRawBufferPointer]) {
    for buffer in buffers { munmap(buffer.baseAddress, buffer.count) }
  }

  /// The next frame; waits at most a second.
  public func next() throws(CaptureError) -> SourceEvent {
    var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let ready = poll(&poller, 1, 1000)
    if ready < 0, errno != EINTR { throw Self.fault(path, "poll", errno) }
    if ready <= 0 { return .timeout }
    var buffer = Self.emptyBuffer()
    let taken = v4_dequeue(descriptor, &buffer)
    if taken == -EAGAIN { return .timeout }
    if taken < 0 { throw Self.fault(path, "taking a frame", -taken) }
    defer { _ = v4_queue(descriptor, &buffer) }
    countLost(buffer.sequence)
    let number = index
    index += 1
    guard buffer.flags & v4_flag_error == 0, Int(buffer.index) < buffers.count, buffer.bytesused > 0 else {
      counters.damaged += 1
      return .dropped
    }
    let stamp = FrameStamp(index: number, captured: instant(buffer), camera: description.name)
    return deliver(buffers[Int(buffer.index)], used: Int(buffer.bytesused), stamp)
  }

  private func deliver(_ memory: UnsafeMutableRawBufferPointer, used: Int, _ stamp: FrameStamp) -> SourceEvent
  {
    guard let layout, let pool else {
      let bytes = UnsafeRawBufferPointer(
        rebasing: UnsafeRawBufferPointer(memory)[0..<min(used, memory.count)])
      switch decoder.decode(bytes, stamp: stamp) {
      case .frame(let frame):
        counters.delivered += 1
        return .frame(frame)
      case .undecodable: counters.undecodable += 1
      case .poolExhausted: counters.poolExhausted += 1
      }
      return .dropped
    }
    guard used >= layout.byteCount, memory.count >= layout.byteCount else {
      counters.damaged += 1
      return .dropped
    }
    guard let target = pool.take() else {
      counters.poolExhausted += 1
      return .dropped
    }
    target.withMutableBytes {
      $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[0..<layout.byteCount]))
    }
    counters.delivered += 1
    return .frame(target.finish(layout: layout, stamp: stamp))
  }

  private func countLost(_ sequence: UInt32) {
    if let lastSequence {
      let gap = sequence &- lastSequence
      if gap > 1, gap < 1 << 20 {
        counters.lost += UInt64(gap - 1)
        index += UInt64(gap - 1)
      }
    }
    lastSequence = sequence
  }

  private func instant(_ buffer: v4l2_buffer) -> MonotonicInstant {
    guard buffer.flags & v4_flag_timestamp_mask == v4_flag_monotonic else { return .now() }
    return MonotonicInstant(
      nanoseconds: Int64(buffer.timestamp.tv_sec) * 1_000_000_000 + Int64(buffer.timestamp.tv_usec) * 1000)
  }

  private static func emptyBuffer() -> v4l2_buffer {
    var buffer = v4l2_buffer()
    buffer.type = v4_capture
    buffer.memory = v4_memory_mapped
    return buffer
  }
}

// MARK: Opening

extension Camera {
  private static func checkDevice(_ descriptor: Int32, _ path: String) throws(CaptureError) {
    var capability = v4l2_capability()
    let asked = v4_query_capabilities(descriptor, &capability)
    guard asked == 0 else { throw CaptureError(.unreadable, path, "not a video device; see vigil devices") }
    let flags =
      capability.capabilities & v4_capability_device != 0 ? capability.device_caps : capability.capabilities
    guard flags & v4_capability_capture != 0, flags & v4_capability_streaming != 0 else {
      throw CaptureError(
        .unreadable, path, "the device does not stream video; see vigil devices for those that do")
    }
  }

  /// Tries formats in order of preference; raw ones only while the driver grants the size that was asked for.
  private static func negotiate(
    _ descriptor: Int32, _ path: String, _ wish: CameraWish
  ) throws(CaptureError) -> (format: CameraFormat, pixels: v4l2_pix_format, rate: Double?) {
    let offered = offeredFormats(descriptor)
    // Raw video above 640x480 rarely reaches 30 frames a second over USB 2; compressed video does.
    let large = wish.size.area > 640 * 480
    let order = CameraFormat.allCases.filter { offered.contains($0.fourCC) }.sorted {
      ($0.isCompressed == large ? 0 : 1) < ($1.isCompressed == large ? 0 : 1)
    }
    for format in order {
      var request = v4l2_format()
      request.type = v4_capture
      request.fmt.pix.width = UInt32(wish.size.width)
      request.fmt.pix.height = UInt32(wish.size.height)
      request.fmt.pix.pixelformat = format.fourCC
      let set = v4_set_format(descriptor, &request)
      if set == -EBUSY { throw fault(path, "setting the format", EBUSY) }
      let area = Int(request.fmt.pix.width) * Int(request.fmt.pix.height)
      guard set == 0, request.fmt.pix.pixelformat == format.fourCC, area > 0, area <= MediaFile.largestArea
      else {
        continue
      }
      return (format, request.fmt.pix, setRate(descriptor, wish.framesPerSecond))
    }
    throw CaptureError(
      .refused, path,
      "offers none of the formats YUYV, UYVY, NV12, YU12, GREY, RGB3, BGR3, MJPG; see vigil devices")
  }

  private static func offeredFormats(_ descriptor: Int32) -> Set<UInt32> {
    var formats: Set<UInt32> = []
    for number in 0..<256 {
      var description = v4l2_fmtdesc()
      description.index = UInt32(number)
      description.type = v4_capture
      guard v4_enumerate_format(descriptor, &description) == 0 else { break }
      formats.insert(description.pixelformat)
    }
    return formats
  }

  private static func setRate(_ descriptor: Int32, _ rate: Int) -> Double? {
    var parameters = v4l2_streamparm()
    parameters.type = v4_capture
    parameters.parm.capture.timeperframe = v4l2_fract(numerator: 1, denominator: UInt32(rate))
    _ = v4_set_parameters(descriptor, &parameters)
    guard v4_get_parameters(descriptor, &parameters) == 0 else { return nil }
    let time = parameters.parm.capture.timeperframe
    // Some drivers report 0/0: that is unknown, never a rate.
    return time.numerator > 0 && time.denominator > 0
      ? Double(time.denominator) / Double(time.numerator) : nil
  }

  private func start() throws(CaptureError) {
    var request = v4l2_requestbuffers()
    (request.count, request.type, request.memory) = (4, v4_capture, v4_memory_mapped)
    let asked = v4_request_buffers(descriptor, &request)
    guard asked == 0, request.count > 0 else { throw Self.fault(path, "asking for buffers", -asked) }
    for number in 0..<request.count {
      var buffer = Self.emptyBuffer()
      buffer.index = number
      let queried = v4_query_buffer(descriptor, &buffer)
      guard queried == 0 else { throw Self.fault(path, "querying a buffer", -queried) }
      let memory = mmap(
        nil, Int(buffer.length), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, off_t(buffer.m.offset))
      guard let memory, memory != MAP_FAILED else { throw Self.fault(path, "mapping a buffer", errno) }
      buffers.append(UnsafeMutableRawBufferPointer(start: memory, count: Int(buffer.length)))
      let queued = v4_queue(descriptor, &buffer)
      guard queued == 0 else { throw Self.fault(path, "queueing a buffer", -queued) }
    }
    let started = v4_stream_on(descriptor, Int32(v4_capture))
    guard started == 0 else { throw Self.fault(path, "starting the stream", -started) }
  }

  private static func fault(_ path: String, _ what: String, _ code: Int32) -> CaptureError {
    switch code {
    case ENOENT: CaptureError(.missing, path, "no such device; vigil devices lists those there are")
    case EACCES, EPERM:
      CaptureError(.forbidden, path, "may not be opened; add yourself to the group video and log in again")
    case EBUSY:
      CaptureError(.busy, path, "another program holds the camera (\(what)); find it with: fuser -v \(path)")
    case ENODEV, ENXIO: CaptureError(.lost, path, "the camera is gone; plug it in again")
    case ENOSPC:
      CaptureError(
        .refused, path, "not enough USB bandwidth (\(what)); unplug other cameras or ask for a smaller size")
    default: CaptureError(.refused, path, "\(what) failed: \(String(cString: strerror(code)))")
    }
  }
}
