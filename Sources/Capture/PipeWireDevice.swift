import CPipeWire
import Foundation
import Imaging
import Quantities

/// A PipeWire node that streams video into this program. One thread at a time.
///
/// The memory of its pictures belongs to other programs, which may change or cut it at any time; so each picture is
/// copied once into memory of this program, row by row without padding, before anything looks at it, and the buffer
/// goes back at once. Memory that can be cut short is read through the kernel, which then gives fewer bytes, instead of
/// being mapped, which would end the program.
final class PipeWireDevice: StreamingDevice, BufferOwner {
  /// What to connect to.
  enum Target {
    /// A node of the session by its serial number.
    case node(serial: String)
    /// What a portal lets this program see: its descriptor, owned from here on, and the node.
    case portal(descriptor: Int32, node: UInt32)
  }

  /// How long a stream may take to begin. A format that the node does not have is not an error to PipeWire: the stream
  /// only never begins.
  private static let longestStart = Duration.seconds(5)

  let entry: CameraEntry
  private(set) var grant: CameraGrant
  private let path: String
  private let connection: PipeWireConnection
  private let stream: PipeWireStream
  private var pictures: PipeWirePictures
  private var sequence: UInt32 = 0

  /// Connects, agrees on a format and waits until the stream runs.
  init(
    path: String, entry: CameraEntry, target: Target, wish: CameraWish, mostPixels: Int
  ) throws(CaptureError) {
    (self.path, self.entry) = (path, entry)
    let connection: PipeWireConnection? =
      if case .portal(let descriptor, _) = target { PipeWireConnection(portal: descriptor) } else {
        PipeWireConnection()
      }
    guard let connection else { throw Self.notRunning(path) }
    self.connection = connection
    stream = try PipeWireStream(connection, target: target, wish: wish, mostPixels: mostPixels, path: path)
    pictures = PipeWirePictures()
    let deadline = MonotonicInstant.now() + Self.longestStart
    while stream.state != PW_STREAM_STATE_STREAMING || stream.format == nil {
      guard !connection.isGone else { throw Self.notRunning(path) }
      if let problem = stream.problem { throw CaptureError(.refused, path, problem) }
      let left = deadline - .now()
      guard left > .zero else { throw CaptureError(.refused, path, stream.silenceWords) }
      connection.turn(left)
    }
    guard let format = stream.format else { throw CaptureError(.refused, path, stream.silenceWords) }
    grant = Self.grant(format)
  }

  private static func notRunning(_ path: String) -> CaptureError {
    CaptureError(.missing, path, "PipeWire does not run in this session; start it, or log in to a desktop")
  }

  private static func grant(_ format: PipeWireFormat) -> CameraGrant {
    CameraGrant(
      format: format.layout == nil ? "MJPG" : "raw", size: format.size, layout: format.layout,
      rate: format.rate)
  }

  /// Whether the stream, which ran, does not run now.
  var isPaused: Bool { stream.state != PW_STREAM_STATE_STREAMING }

  func read(patience: Duration) -> DeviceReading {
    let deadline = MonotonicInstant.now() + patience
    while true {
      if let fault = stream.fault ?? (connection.isGone ? Self.gone : nil) { return .fault(fault) }
      if let buffer = readReady() { return .buffer(buffer) }
      let left = deadline - .now()
      guard left > .zero else { return .silence }
      connection.turn(left)
    }
  }

  private static let gone = DriverFault("reading from PipeWire's daemon", ENODEV)

  func readReady() -> DriverBuffer? {
    while let taken = pw_stream_dequeue_buffer(stream.handle) {
      defer { pw_stream_queue_buffer(stream.handle, taken) }
      guard let format = stream.format, let buffer = taken.pointee.buffer, buffer.pointee.n_datas > 0,
        let chunk = buffer.pointee.datas[0].chunk
      else { continue }
      // Buffers without a picture carry other news, such as a cursor that moved.
      if chunk.pointee.size == 0 { continue }
      // The format that was agreed on may have changed since the last buffer.
      if format.size != grant.size || format.layout != grant.layout { grant = Self.grant(format) }
      let header = vp_header(buffer)?.pointee
      sequence = header.map { UInt32(truncatingIfNeeded: $0.seq) } ?? sequence &+ 1
      let isFlagged =
        chunk.pointee.flags & Int32(vp_chunk_damaged) != 0 || (header?.flags ?? 0) & vp_header_damaged != 0
      // A picture that is not of the agreed shape is a damaged one: PipeWire may link another source without a word.
      let bytes = pictures.copy(buffer, format)
      return DriverBuffer(
        bytes: bytes ?? UnsafeRawBufferPointer(start: nil, count: 0), sequence: sequence,
        captured: Self.time(header), isTimeCopied: entry.maker != nil, isFlagged: isFlagged || bytes == nil,
        number: 0, owner: self)
    }
    return nil
  }

  /// The maker's time, when it is of the last second: it may be whatever a program wrote.
  private static func time(_ header: spa_meta_header?) -> MonotonicInstant? {
    guard let header, header.pts > 0 else { return nil }
    let stamp = MonotonicInstant(nanoseconds: header.pts)
    let age = MonotonicInstant.now() - stamp
    return age >= .zero && age < .seconds(1) ? stamp : nil
  }

  /// The buffer went back when its picture was copied.
  func requeue(_ number: UInt32) {}

  func restart() throws(DriverFault) {
    if let fault = stream.fault ?? (connection.isGone ? Self.gone : nil) { throw fault }
    let stopped = pw_stream_set_active(stream.handle, false)
    let started = pw_stream_set_active(stream.handle, true)
    guard stopped >= 0, started >= 0 else { throw DriverFault("starting the stream", min(stopped, started)) }
  }
}
