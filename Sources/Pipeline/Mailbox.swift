public import Dispatch
import Synchronization

/// A hand-over between two queues that holds only the newest value.
///
/// The sender never waits; a value that nobody took in time is replaced and counted. Any number of senders, one
/// receiver. Cost: one lock and at most one semaphore call a value.
public final class Mailbox<Value: Sendable>: Sendable {
  private struct State {
    var slot: Value?
    var dropped: UInt64 = 0
    var closed = false
    /// Whether the sender waits for the slot to become free.
    var isWaiting = false
  }

  private let state = Mutex(State())
  /// Counts one for each filling of an empty slot, and one for closing.
  private let filled = DispatchSemaphore(value: 0)
  /// Signalled when the slot becomes free while the sender waits.
  private let emptied = DispatchSemaphore(value: 0)

  /// An empty mailbox.
  public init() {}

  /// How many values were replaced before anybody took them.
  public var dropped: UInt64 { state.withLock { $0.dropped } }

  /// Puts a value in, in the place of an older one. Nothing happens after ``close()``.
  public func put(_ value: Value) {
    let wasEmpty = state.withLock { state in
      guard !state.closed else { return false }
      let wasEmpty = state.slot == nil
      if !wasEmpty { state.dropped += 1 }
      state.slot = value
      return wasEmpty
    }
    if wasEmpty { filled.signal() }
  }

  /// Puts a value in once the slot is free, so that nothing is dropped; for one sender. Returns at once after
  /// ``close()``.
  public func putWhenFree(_ value: Value) {
    while true {
      let (isDone, isFilled) = state.withLock { state in
        guard !state.closed else { return (true, false) }
        guard state.slot == nil else {
          state.isWaiting = true
          return (false, false)
        }
        state.slot = value
        return (true, true)
      }
      if isFilled { filled.signal() }
      if isDone { return }
      emptied.wait()
    }
  }

  /// No more values come; the receiver still gets the last one.
  public func close() {
    let (first, wasWaiting) = state.withLock { state in
      defer { (state.closed, state.isWaiting) = (true, false) }
      return (!state.closed, state.isWaiting)
    }
    if first { filled.signal() }
    if wasWaiting { emptied.signal() }
  }

  /// The newest value; waits up to `timeout` for one.
  public func take(timeout: DispatchTimeInterval) -> MailboxDelivery<Value> {
    guard filled.wait(timeout: .now() + timeout) == .success else { return .nothingYet }
    return state.withLock { state in
      if let value = state.slot.take() {
        if state.isWaiting { emptied.signal() }
        state.isWaiting = false
        return .value(value)
      }
      // Only close() signals without a value. Signal again so that every later take returns at once.
      filled.signal()
      return .closed
    }
  }
}

/// What a receiver found in a ``Mailbox``.
public enum MailboxDelivery<Value> {
  /// The newest value.
  case value(Value)
  /// Nothing came within the time allowed.
  case nothingYet
  /// Nothing will come any more.
  case closed
}

extension MailboxDelivery: Sendable where Value: Sendable {}
