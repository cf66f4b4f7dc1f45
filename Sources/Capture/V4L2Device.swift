import CV4L2
import Foundation
package import Quantities

/// What reading a device gave.
package enum DeviceReading: ~Copyable {
  /// A dequeued buffer; it goes back to the driver when it is let go.
  case buffer(DriverBuffer)
  /// Nothing came in time.
  case silence
  /// The driver failed.
  case fault(DriverFault)

  var isSilence: Bool {
    switch self {
    case .silence: true
    default: false
    }
  }
}

/// A dequeued driver buffer: bytes, sequence number and time. Goes back to the driver's queue in `deinit`.
package struct DriverBuffer: ~Copyable {
  /// The bytes that the driver filled; valid while this value lives.
  package let bytes: UnsafeRawBufferPointer
  /// The driver's frame number.
  package let sequence: UInt32
  /// The driver's time stamp; nil when it is not on the monotonic clock.
  package let captured: MonotonicInstant?
  /// Whether a program that feeds the device set the time stamp.
  package let isTimeCopied: Bool
  /// Whether the driver says that the contents are damaged.
  package let isFlagged: Bool
  private let number: UInt32
  private let owner: any BufferOwner

  package init(
    bytes: UnsafeRawBufferPointer, sequence: UInt32, captured: MonotonicInstant?, isTimeCopied: Bool,
    isFlagged: Bool, number: UInt32, owner: any BufferOwner
  ) {
    (self.bytes, self.sequence, self.captured) = (bytes, sequence, captured)
    (self.isTimeCopied, self.isFlagged) = (isTimeCopied, isFlagged)
    (self.number, self.owner) = (number, owner)
  }

  deinit { owner.requeue(number) }
}

/// Where a dequeued buffer goes back to.
package protocol BufferOwner: AnyObject {
  /// Gives a buffer back to the driver; a failure is reported at the next read.
  func requeue(_ number: UInt32)
}

/// An open, streaming video device; the seam at which tests put a scripted one.
package protocol StreamingDevice: AnyObject {
  /// What the driver granted.
  var grant: CameraGrant { get }
  /// What the device is, to know it again.
  var entry: CameraEntry { get }
  /// The next buffer; waits at most `patience`.
  func read(patience: Duration) -> DeviceReading
  /// A buffer that is already waiting, if there is one.
  func readReady() -> DriverBuffer?
  /// Stops and starts the stream; sequence numbers begin anew.
  func restart() throws(DriverFault)
}

/// A V4L2 device that streams through memory-mapped buffers. One thread at a time.
final class V4L2Device: StreamingDevice, BufferOwner {
  /// The driver fills one while one is copied; two more bridge a late thread.
  private static let bufferCount: UInt32 = 4

  let grant: CameraGrant
  let entry: CameraEntry
  private let path: String
  private let descriptor: Int32
  private var buffers: [UnsafeMutableRawBufferPointer] = []
  /// A failed requeue, reported at the next read.
  private var queueFault: DriverFault?

  /// Opens the device, agrees on a format and starts streaming.
  init(path: String, wish: CameraWish) throws(CaptureError) {
    self.path = path
    let descriptor = Glibc.open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw DriverFault("opening", errno).error(path) }
    self.descriptor = descriptor
    do throws(CaptureError) {
      guard let entry = CameraList.entry(path, descriptor: descriptor) else {
        throw CaptureError(
          .unreadable, path, "not a device that streams video; vigil devices lists those there are")
      }
      self.entry = entry
      grant = try CameraNegotiation(descriptor: descriptor, path: path, wish: wish).agree()
      do throws(DriverFault) { try start() } catch { throw error.error(path) }
    } catch {
      Self.release(buffers, descriptor)
      throw error
    }
  }

  deinit {
    _ = v4_stream_off(descriptor, Int32(v4_capture))
    Self.release(buffers, descriptor)
  }

  private static func release(_ buffers: [UnsafeMutableRawBufferPointer], _ descriptor: Int32) {
    for buffer in buffers { munmap(buffer.baseAddress, buffer.count) }
    close(descriptor)
  }

  func read(patience: Duration) -> DeviceReading {
    if let fault = queueFault.take() { return .fault(fault) }
    let deadline = MonotonicInstant.now() + patience
    while true {
      let left = max(deadline - .now(), .zero)
      var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&poller, 1, Int32(left.inMilliseconds.rounded(.up)))
      if ready < 0, errno != EINTR { return .fault(DriverFault("waiting for a frame", errno)) }
      if ready > 0 {
        let reading = dequeue()
        guard reading.isSilence else { return reading }
        // POLLERR without a buffer (a stopped stream) would make poll return at once for ever.
        let events = Int32(poller.revents)
        if events & POLLHUP != 0 { return .fault(DriverFault("waiting for a frame", ENODEV)) }
        if events & POLLERR != 0 { return .fault(DriverFault("waiting for a frame", EIO)) }
      }
      if left <= .zero { return .silence }
    }
  }

  func readReady() -> DriverBuffer? {
    switch dequeue() {
    case .buffer(let buffer): return buffer
    // A fault comes again at the next read.
    default: return nil
    }
  }

  private func dequeue() -> DeviceReading {
    var buffer = emptyBuffer()
    let taken = v4_dequeue(descriptor, &buffer)
    if taken == -EAGAIN { return .silence }
    guard taken == 0 else { return .fault(DriverFault("taking a frame", taken)) }
    guard Int(buffer.index) < buffers.count else { return .fault(DriverFault("taking a frame", EIO)) }
    let memory = UnsafeRawBufferPointer(buffers[Int(buffer.index)])
    let used = min(Int(buffer.bytesused), memory.count)
    let clock = buffer.flags & v4_flag_timestamp_mask
    let nanoseconds =
      Int64(buffer.timestamp.tv_sec) &* 1_000_000_000 &+ Int64(buffer.timestamp.tv_usec) &* 1000
    let stamp = MonotonicInstant(nanoseconds: nanoseconds)
    let isUsable = clock == v4_flag_monotonic || clock == v4_flag_copied && Self.isPlausible(stamp)
    return .buffer(
      DriverBuffer(
        bytes: UnsafeRawBufferPointer(rebasing: memory[0..<used]), sequence: buffer.sequence,
        captured: isUsable ? stamp : nil, isTimeCopied: clock == v4_flag_copied,
        isFlagged: buffer.flags & v4_flag_error != 0,
        number: buffer.index, owner: self))
  }

  /// A copied time stamp is whatever the feeding program wrote: believed only when it is of the last second.
  private static func isPlausible(_ stamp: MonotonicInstant) -> Bool {
    let age = MonotonicInstant.now() - stamp
    return age >= .zero && age < .seconds(1)
  }

  func requeue(_ number: UInt32) {
    var buffer = emptyBuffer()
    buffer.index = number
    let queued = v4_queue(descriptor, &buffer)
    if queued != 0 { queueFault = DriverFault("giving a buffer back", queued) }
  }

  func restart() throws(DriverFault) {
    queueFault = nil
    let stopped = v4_stream_off(descriptor, Int32(v4_capture))
    guard stopped == 0 else { throw DriverFault("stopping the stream", stopped) }
    for number in buffers.indices { try queue(UInt32(number)) }
    try stream()
  }

  private func start() throws(DriverFault) {
    var request = v4l2_requestbuffers()
    (request.count, request.type, request.memory) = (Self.bufferCount, v4_capture, v4_memory_mapped)
    let asked = v4_request_buffers(descriptor, &request)
    guard asked == 0, request.count > 0 else {
      throw DriverFault("asking for buffers", asked == 0 ? ENOMEM : asked)
    }
    for number in 0..<request.count {
      var buffer = emptyBuffer()
      buffer.index = number
      let queried = v4_query_buffer(descriptor, &buffer)
      guard queried == 0 else { throw DriverFault("querying a buffer", queried) }
      let memory = mmap(
        nil, Int(buffer.length), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, off_t(buffer.m.offset))
      guard let memory, memory != MAP_FAILED else { throw DriverFault("mapping a buffer", errno) }
      buffers.append(UnsafeMutableRawBufferPointer(start: memory, count: Int(buffer.length)))
      try queue(number)
    }
    try stream()
  }

  private func queue(_ number: UInt32) throws(DriverFault) {
    var buffer = emptyBuffer()
    buffer.index = number
    let queued = v4_queue(descriptor, &buffer)
    guard queued == 0 else { throw DriverFault("queueing a buffer", queued) }
  }

  private func stream() throws(DriverFault) {
    let started = v4_stream_on(descriptor, Int32(v4_capture))
    guard started == 0 else { throw DriverFault("starting the stream", started) }
  }

  private func emptyBuffer() -> v4l2_buffer {
    var buffer = v4l2_buffer()
    buffer.type = v4_capture
    buffer.memory = v4_memory_mapped
    return buffer
  }
}
