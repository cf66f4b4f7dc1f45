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
  }

  private let state = Mutex(State())
  /// Counts one for each filling of an empty slot, and one for closing.
  private let filled = DispatchSemaphore(value: 0)

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

  /// No more values come; the receiver still gets the last one.
  public func close() {
    let first = state.withLock { state in
      defer { state.closed = true }
      return !state.closed
    }
    if first { filled.signal() }
  }

  /// The newest value; waits up to `timeout` for one.
  public func take(timeout: DispatchTimeInterval) -> MailboxDelivery<Value> {
    guard filled.wait(timeout: .now() + timeout) == .success else { return .nothingYet }
    return state.withLock { state in
      if let value = state.slot.take() {
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
