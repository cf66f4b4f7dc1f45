import Foundation
import Imaging
import Quantities

/// Pictures of a screen or window that the desktop shares through its portal and PipeWire: Wayland's way.
///
/// The desktop sends a picture when something changed. While nothing does, the last one comes again once a second with
/// the time at which nothing had changed yet: a still screen is not a lost one. When the desktop ends the session and
/// there is a token, the session is asked for again with waits that double; without one the source ends.
final class PortalScreenSource: FrameSource {
  /// How often a still screen's picture comes again.
  private static let stillPeriod = Duration.seconds(1)
  private static let longestWait = Duration.seconds(30)

  let description: SourceDescription
  private(set) var counters = SourceCounters()
  private let kind: ScreenCast.Kind
  private let options: SourceOptions
  private let token: ScreenToken?
  private var cast: ScreenCast?
  private var device: PipeWireDevice?
  private var intake = CameraIntake()
  private let decoder: JPEGDecoder
  private var last: Frame?
  private var failures = 0
  private var notBefore = MonotonicInstant.now()
  private var lossReason = ""
  private var due = MonotonicInstant.now()

  /// Asks the desktop and waits for the first format.
  init(_ kind: ScreenCast.Kind, options: SourceOptions) throws(CaptureError) {
    (self.kind, self.options) = (kind, options)
    let name = kind == .window ? "window" : "screen"
    token = options.stateFolder.map { ScreenToken(path: "\($0)/\(name)-token") }
    decoder = JPEGDecoder(source: name)
    let (cast, device) = try Self.open(kind, name, options, token)
    (self.cast, self.device) = (cast, device)
    description = SourceDescription(
      name: name, kind: .live, size: device.grant.size,
      framesPerSecond: device.grant.rate ?? Double(options.wish.framesPerSecond))
  }

  private static func open(
    _ kind: ScreenCast.Kind, _ name: String, _ options: SourceOptions, _ token: ScreenToken?
  ) throws(CaptureError) -> (ScreenCast, PipeWireDevice) {
    let cast = try ScreenCast(kind, source: name, token: token)
    let entry = CameraEntry(path: name, card: name, driver: "ScreenCast portal", bus: name, systemPath: "")
    let device = try PipeWireDevice(
      path: name, entry: entry, target: .portal(descriptor: cast.descriptor, node: cast.node),
      wish: options.wish, mostPixels: options.mostPixels)
    return (cast, device)
  }

  func next() throws(CaptureError) -> SourceEvent {
    guard let device, let cast else { return try reopen() }
    // The rate that was wished for is the most that is looked at; the desktop may give more.
    let wait = due - .now()
    if wait > .zero { usleep(UInt32(min(wait, .seconds(1)).inSeconds * 1e6)) }
    if cast.hasClosed { return try lose("the desktop ended the sharing") }
    switch device.read(patience: Self.stillPeriod) {
    case .silence:
      // Its maker is gone or stopped it: nothing more comes, whatever changes on the screen.
      if device.isPaused { return try lose("the desktop has paused the sharing") }
      return still()
    case .fault(let fault): return try lose("\(fault.operation) failed: the desktop's portal is gone")
    case .buffer(let buffer):
      due = .now() + .seconds(1) / min(max(options.wish.framesPerSecond, 1), 120)
      var newest = buffer
      while let newer = device.readReady() {
        _ = intake.number(newest.sequence, &counters)
        counters.stale += 1
        newest = newer
      }
      return take(newest, device)
    }
  }

  private func take(_ buffer: consuming DriverBuffer, _ device: PipeWireDevice) -> SourceEvent {
    let number = intake.number(buffer.sequence, &counters)
    let stamp = FrameStamp(index: number, captured: buffer.captured ?? .now(), camera: description.name)
    switch intake.frame(buffer, grant: device.grant, decoder: decoder, stamp: stamp) {
    case .frame(let frame):
      counters.delivered += 1
      failures = 0
      last = frame
      return .frame(frame)
    case .damaged: counters.damaged += 1
    case .undecodable: counters.undecodable += 1
    case .poolExhausted: counters.poolExhausted += 1
    }
    return .dropped
  }

  /// The last picture again: that nothing came says that nothing changed.
  private func still() -> SourceEvent {
    guard let last else {
      options.log.note(
        "\(description.name): nothing has changed there yet; its first picture comes when it does", at: .now()
      )
      return .timeout
    }
    let stamp = FrameStamp(index: intake.nextNumber(), captured: .now(), camera: description.name)
    guard let frame = intake.copy(last, stamp: stamp) else {
      counters.poolExhausted += 1
      return .dropped
    }
    counters.delivered += 1
    return .frame(frame)
  }

  private func lose(_ reason: String) throws(CaptureError) -> SourceEvent {
    (device, cast, last) = (nil, nil, nil)
    guard token?.read() != nil else {
      throw CaptureError(.lost, description.name, "\(reason); start it again and allow it")
    }
    lossReason = reason
    options.log.note("\(description.name): \(reason); asking for it again", at: .now())
    notBefore = .now() + .seconds(1)
    return .lost(reason: reason)
  }

  private func reopen() throws(CaptureError) -> SourceEvent {
    let left = notBefore - .now()
    if left > .zero {
      usleep(UInt32(min(left, .milliseconds(500)).inSeconds * 1e6))
      return .lost(reason: lossReason)
    }
    do throws(CaptureError) {
      let (cast, device) = try Self.open(kind, description.name, options, token)
      (self.cast, self.device) = (cast, device)
      intake.forgetSequence()
      counters.reconnects += 1
      return .timeout
    } catch {
      // A person who says no is not asked again and again.
      if error.kind == .forbidden { throw error }
      failures += 1
      notBefore = .now() + min(Duration.seconds(1 << min(failures, 5)), Self.longestWait)
      return .lost(reason: lossReason)
    }
  }
}
