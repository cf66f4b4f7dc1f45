import Dispatch
import Quantities
import Synchronization

/// Lets the frames of a recording out at the pace of their presentation times, and holds them while paused.
///
/// Thread-safe: the capture queue waits in ``wait(for:)``, the main thread pauses, steps and stops.
final class FramePacer: Sendable {
  private struct State {
    /// Presentation time and clock time of the frame that pace is counted from.
    var anchor: (presented: MonotonicInstant, clock: MonotonicInstant)?
    var paused = false
    var steps = 0
    var stopped = false
  }

  private let state = Mutex(State())
  /// Signalled when the main thread changes something, so that a wait ends at once.
  private let changed = DispatchSemaphore(value: 0)

  private enum Decision {
    case go
    case wait(DispatchTimeInterval)
    case stop
  }

  /// Waits until the frame captured at `presented` is due; false when the session was stopped.
  func wait(for presented: MonotonicInstant) -> Bool {
    while true {
      switch decide(presented) {
      case .go: return true
      case .stop: return false
      case .wait(let interval): _ = changed.wait(timeout: .now() + interval)
      }
    }
  }

  private func decide(_ presented: MonotonicInstant) -> Decision {
    let now = MonotonicInstant.now()
    return state.withLock { state in
      if state.stopped { return .stop }
      if state.steps > 0 {
        state.steps -= 1
        state.anchor = nil
        return .go
      }
      if state.paused {
        state.anchor = nil
        return .wait(.milliseconds(200))
      }
      guard let anchor = state.anchor else {
        state.anchor = (presented, now)
        return .go
      }
      let due = anchor.clock + (presented - anchor.presented)
      let ahead = (due - now).wholeNanoseconds
      return ahead > 0 ? .wait(.nanoseconds(Int(min(ahead, 500_000_000)))) : .go
    }
  }

  /// Whether frames are held.
  var isPaused: Bool { state.withLock { $0.paused } }

  func setPaused(_ paused: Bool) { change { $0.paused = paused } }

  /// Lets one frame out while paused.
  func step() {
    change {
      $0.paused = true
      $0.steps += 1
    }
  }

  /// Ends every wait, now and later.
  func stop() { change { $0.stopped = true } }

  private func change(_ body: (inout State) -> Void) {
    state.withLock { body(&$0) }
    changed.signal()
  }
}
