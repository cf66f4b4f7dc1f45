import CPipeWire
import Foundation
import Quantities

/// A connection to PipeWire's daemon, with its own loop that turns only while somebody waits on it. One thread at a time.
final class PipeWireConnection {
  private static let started: Void = vp_start()

  let loop: UnsafeMutablePointer<pw_loop>
  let core: OpaquePointer
  private let mainLoop: OpaquePointer
  private let context: OpaquePointer
  private let listener = Listener()
  private let hook: UnsafeMutablePointer<spa_hook>
  private let events: UnsafeMutablePointer<pw_core_events>

  /// What the daemon said.
  private final class Listener {
    var isGone = false
    var answered = false

    static func of(_ data: UnsafeMutableRawPointer?) -> Listener? {
      data.map { Unmanaged<Listener>.fromOpaque($0).takeUnretainedValue() }
    }
  }

  /// Connects to the daemon of this session, or through a portal's descriptor, which it then owns; nil when there is
  /// no daemon.
  init?(portal descriptor: Int32? = nil) {
    _ = Self.started
    guard let mainLoop = pw_main_loop_new(nil), let loop = pw_main_loop_get_loop(mainLoop) else { return nil }
    // Without PipeWire's modules on the machine there is no context.
    guard let context = pw_context_new(loop, nil, 0) else {
      pw_main_loop_destroy(mainLoop)
      return nil
    }
    let connected =
      descriptor.map { pw_context_connect_fd(context, $0, nil, 0) } ?? pw_context_connect(context, nil, 0)
    guard let core = connected else {
      pw_context_destroy(context)
      pw_main_loop_destroy(mainLoop)
      return nil
    }
    (self.mainLoop, self.loop, self.context, self.core) = (mainLoop, loop, context, core)
    hook = .allocate(capacity: 1)
    events = .allocate(capacity: 1)
    hook.initialize(to: spa_hook())
    events.initialize(to: pw_core_events())
    events.pointee.version = UInt32(PW_VERSION_CORE_EVENTS)
    events.pointee.done = { data, _, _ in Listener.of(data)?.answered = true }
    events.pointee.error = { data, id, _, code, _ in
      // Object 0 is the daemon itself; its end arrives as a broken pipe.
      if id == 0, code == -EPIPE { Listener.of(data)?.isGone = true }
    }
    vp_listen_core(core, hook, events, Unmanaged.passUnretained(listener).toOpaque())
  }

  deinit {
    spa_hook_remove(hook)
    pw_core_disconnect(core)
    pw_context_destroy(context)
    pw_main_loop_destroy(mainLoop)
    hook.deallocate()
    events.deallocate()
  }

  /// Whether the daemon has ended.
  var isGone: Bool { listener.isGone }

  /// Handles what came; waits at most so long for something to come.
  func turn(_ patience: Duration) {
    _ = vp_turn(loop, Int32(max(0, min(patience.inMilliseconds, 1000)).rounded(.up)))
  }

  /// Waits until the daemon has answered everything that was asked; false when it is gone or silent for two seconds.
  func settle() -> Bool {
    listener.answered = false
    _ = vp_sync(core)
    let deadline = MonotonicInstant.now() + .seconds(2)
    while !listener.answered, !isGone {
      let left = deadline - .now()
      guard left > .zero else { return false }
      turn(left)
    }
    return !isGone
  }
}
