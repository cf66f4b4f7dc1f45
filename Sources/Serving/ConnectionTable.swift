import NIOConcurrencyHelpers

/// Which connections are open and what they do, so that a new one always finds a place: when there are as many as may be,
/// the one that has waited longest for its next request is closed, or else the one that has longest not read its answer.
package final class ConnectionTable: Sendable {
  /// What a connection is doing.
  package enum State: Sendable {
    /// Waits for a request's head.
    case idle
    /// Sends a request or is being answered.
    case busy
    /// Does not take what is ready for it.
    case unread
  }

  private struct Entry: Sendable {
    var state: State
    /// Grows with every change of any connection: the least one has been in its state longest.
    var since: UInt64
    let close: @Sendable () -> Void
  }

  private struct Table: Sendable {
    var entries: [UInt64: Entry] = [:]
    var clock: UInt64 = 0
  }

  private let most: Int
  private let table = NIOLockedValueBox(Table())

  package init(most: Int) { self.most = most }

  /// Connections that are open.
  package var count: Int { table.withLockedValue { $0.entries.count } }

  /// Takes a new connection in; `close` is called, on any thread, when its place is needed. Returns its number.
  package func open(_ close: @escaping @Sendable () -> Void) -> UInt64 {
    let (number, victim) = table.withLockedValue { table in
      table.clock += 1
      let victim = table.entries.count >= most ? Self.victim(table.entries) : nil
      let closing = victim.flatMap { table.entries.removeValue(forKey: $0)?.close }
      table.entries[table.clock] = Entry(state: .idle, since: table.clock, close: close)
      return (table.clock, closing)
    }
    victim?()
    return number
  }

  /// Tells what a connection does now.
  package func set(_ number: UInt64, _ state: State) {
    table.withLockedValue { table in
      guard table.entries[number]?.state != state else { return }
      table.clock += 1
      table.entries[number]?.state = state
      table.entries[number]?.since = table.clock
    }
  }

  /// Forgets a connection that was closed.
  package func forget(_ number: UInt64) { table.withLockedValue { $0.entries[number] = nil } }

  private static func victim(_ entries: [UInt64: Entry]) -> UInt64? {
    for state in [State.idle, .unread] {
      let longest = entries.filter { $0.value.state == state }.min { $0.value.since < $1.value.since }
      if let longest { return longest.key }
    }
    return nil
  }
}
