import CPipeWire
import Foundation
import Quantities

/// A consumer's stream and what it said last; destroyed in `deinit`, before its connection.
final class PipeWireStream {
  let handle: OpaquePointer
  private let connection: PipeWireConnection
  private let events: UnsafeMutablePointer<pw_stream_events>
  private let hook: UnsafeMutablePointer<spa_hook>
  private let news: News

  /// What PipeWire says while its loop turns.
  private final class News {
    let mostPixels: Int
    var state = PW_STREAM_STATE_UNCONNECTED
    var hasStreamed = false
    var format: PipeWireFormat?
    var problem: String?
    var stream: OpaquePointer?

    init(mostPixels: Int) { self.mostPixels = mostPixels }

    static func of(_ data: UnsafeMutableRawPointer?) -> News? {
      data.map { Unmanaged<News>.fromOpaque($0).takeUnretainedValue() }
    }

    func take(_ state: pw_stream_state, _ error: UnsafePointer<CChar>?) {
      self.state = state
      if state == PW_STREAM_STATE_STREAMING { hasStreamed = true }
      if state == PW_STREAM_STATE_ERROR {
        problem = "PipeWire refuses it: \(error.map { String(cString: $0) } ?? "no reason given")"
      }
    }

    func take(_ pod: UnsafePointer<spa_pod>?) {
      // No format: the stream was taken off; its state says the rest.
      guard let pod else { return }
      var agreed = vp_format()
      guard vp_read_format(pod, &agreed) == 0,
        let format = PipeWireFormat(agreed, mostPixels: mostPixels)
      else {
        self.format = nil
        problem = "gives \(agreed.width)x\(agreed.height), which is too large, or in no format that is read"
        return
      }
      self.format = format
      _ = vp_ask_for_buffers(stream)
    }
  }

  /// Asks for the stream; ``state`` and ``format`` say when it runs.
  init(
    _ connection: PipeWireConnection, target: PipeWireDevice.Target, wish: CameraWish, mostPixels: Int,
    path: String
  ) throws(CaptureError) {
    self.connection = connection
    news = News(mostPixels: mostPixels)
    let properties = vp_properties()
    for (key, value) in [
      ("media.type", "Video"), ("media.category", "Capture"), ("media.role", "Camera"),
      ("application.name", "vigil"),
    ] { pw_properties_set(properties, key, value) }
    var node = vp_any
    switch target {
    case .node(let serial): pw_properties_set(properties, "target.object", serial)
    case .portal(_, let number): node = number
    }
    guard let handle = pw_stream_new(connection.core, "vigil", properties) else {
      throw CaptureError(.refused, path, "PipeWire makes no stream")
    }
    self.handle = handle
    news.stream = handle
    hook = .allocate(capacity: 1)
    events = .allocate(capacity: 1)
    hook.initialize(to: spa_hook())
    events.initialize(to: pw_stream_events())
    events.pointee.version = UInt32(PW_VERSION_STREAM_EVENTS)
    events.pointee.state_changed = { data, _, state, error in News.of(data)?.take(state, error) }
    events.pointee.param_changed = { data, id, pod in
      if id == SPA_PARAM_Format.rawValue { News.of(data)?.take(pod) }
    }
    pw_stream_add_listener(handle, hook, events, Unmanaged.passUnretained(news).toOpaque())
    let connected = Self.connect(handle, node, wish)
    guard connected >= 0 else { throw DriverFault("connecting to PipeWire's node", connected).error(path) }
  }

  deinit {
    pw_stream_destroy(handle)
    events.deallocate()
    hook.deallocate()
  }

  private static func connect(_ handle: OpaquePointer, _ node: UInt32, _ wish: CameraWish) -> Int32 {
    PipeWireFormat.raw.withUnsafeBufferPointer { formats in
      var asked = vp_wish(
        width: UInt32(wish.size.width), height: UInt32(wish.size.height),
        rate: UInt32(max(1, wish.framesPerSecond)), formats: formats.baseAddress,
        format_count: UInt32(formats.count), takes_jpeg: 1)
      return vp_connect(handle, node, &asked)
    }
  }

  var state: pw_stream_state { news.state }
  /// The agreed format; nil before there is one.
  var format: PipeWireFormat? { news.format }
  /// Why the stream cannot run; nil while it may.
  var problem: String? { news.problem }

  /// What ends the reading; nil while the stream runs or may run again.
  var fault: DriverFault? {
    if news.state == PW_STREAM_STATE_ERROR { return DriverFault("the stream", EIO) }
    // A stream that is not linked to another source (DONT_RECONNECT) ends so when its own goes.
    if news.state == PW_STREAM_STATE_UNCONNECTED, news.hasStreamed {
      return DriverFault("reading PipeWire's node", ENODEV)
    }
    return news.hasStreamed && news.format == nil ? DriverFault("the stream's new format", EINVAL) : nil
  }

  /// Why a stream did not begin in time.
  var silenceWords: String {
    switch news.state {
    case PW_STREAM_STATE_PAUSED where news.format == nil, PW_STREAM_STATE_CONNECTING:
      "PipeWire did not link it within 5 s: it has no format that is read, or no session manager runs"
    default: "the stream did not begin within 5 s; its maker may be paused, or another program may hold it"
    }
  }
}
