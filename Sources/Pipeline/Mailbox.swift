public import Dispatch
import Synchronization

/// A hand-over between two queues: of values only the newest, of notices every one, in the order in which they came.
///
/// A value that nobody took in time is replaced and counted; a newer value takes its place behind the notices that came
/// between. Notices are never lost: when ``mostNotices`` wait, their sender waits too. One sender that waits, one
/// receiver. Cost: one lock and at most one semaphore call a value.
public final class Mailbox<Value: Sendable, Notice: Sendable>: Sendable {
  private enum Entry {
    case value(Value)
    case notice(Notice)
  }

  private struct State {
    /// At most one value, among at most ``mostNotices`` notices.
    var entries: [Entry] = []
    var valueIndex: Int?
    var dropped: UInt64 = 0
    var closed = false
    /// Whether the sender waits for room.
    var isWaiting = false

    var notices: Int { entries.count - (valueIndex == nil ? 0 : 1) }
  }

  private let state = Mutex(State())
  /// Counts one for each entry, and one for closing.
  private let filled = DispatchSemaphore(value: 0)
  /// Signalled when an entry was taken while the sender waits.
  private let emptied = DispatchSemaphore(value: 0)

  /// An empty mailbox.
  public init() {}

  /// Notices that may wait: more than a camera that comes and goes brings about while a window draws.
  public static var mostNotices: Int { 16 }

  /// How many values were replaced before anybody took them.
  public var dropped: UInt64 { state.withLock { $0.dropped } }

  /// Puts a value in, in the place of an older one. Nothing happens after ``close()``.
  public func put(_ value: Value) {
    let isNew = state.withLock { state in
      guard !state.closed else { return false }
      let older = state.valueIndex
      if let older {
        state.entries.remove(at: older)
        state.dropped += 1
      }
      state.valueIndex = state.entries.count
      state.entries.append(.value(value))
      return older == nil
    }
    if isNew { filled.signal() }
  }

  /// Puts a value in once no other waits, so that none is dropped. Returns at once after ``close()``.
  public func putWhenFree(_ value: Value) {
    waitAndAppend(.value(value)) { $0.valueIndex == nil }
  }

  /// Puts a notice in, behind everything that waits. Returns at once after ``close()``.
  public func post(_ notice: Notice) {
    waitAndAppend(.notice(notice)) { $0.notices < Self.mostNotices }
  }

  private func waitAndAppend(_ entry: Entry, when hasRoom: @Sendable (State) -> Bool) {
    while true {
      let (isDone, isFilled) = state.withLock { state in
        guard !state.closed else { return (true, false) }
        guard hasRoom(state) else {
          state.isWaiting = true
          return (false, false)
        }
        if case .value = entry { state.valueIndex = state.entries.count }
        state.entries.append(entry)
        return (true, true)
      }
      if isFilled { filled.signal() }
      if isDone { return }
      emptied.wait()
    }
  }

  /// Nothing more comes; the receiver still gets what waits.
  public func close() {
    let (first, wasWaiting) = state.withLock { state in
      defer { (state.closed, state.isWaiting) = (true, false) }
      return (!state.closed, state.isWaiting)
    }
    if first { filled.signal() }
    if wasWaiting { emptied.signal() }
  }

  /// What came first of what waits; waits up to `timeout` for something.
  public func take(timeout: DispatchTimeInterval) -> MailboxDelivery<Value, Notice> {
    guard filled.wait(timeout: .now() + timeout) == .success else { return .nothingYet }
    return state.withLock { state in
      guard !state.entries.isEmpty else {
        // Only close() signals without an entry. Signal again so that every later take returns at once.
        filled.signal()
        return .closed
      }
      let entry = state.entries.removeFirst()
      state.valueIndex = state.valueIndex.flatMap { $0 == 0 ? nil : $0 - 1 }
      if state.isWaiting { emptied.signal() }
      state.isWaiting = false
      switch entry {
      case .value(let value): return .value(value)
      case .notice(let notice): return .notice(notice)
      }
    }
  }
}

/// What a receiver found in a ``Mailbox``.
public enum MailboxDelivery<Value, Notice> {
  /// The newest value.
  case value(Value)
  /// A notice.
  case notice(Notice)
  /// Nothing came within the time allowed.
  case nothingYet
  /// Nothing will come any more.
  case closed
}

extension MailboxDelivery: Sendable where Value: Sendable, Notice: Sendable {}
