import Synchronization

/// Passes events on to one client and says something in between, so that no proxy takes the connection for dead.
///
/// nginx closes a connection on which nothing came for 60 s (`proxy_read_timeout`); an analysis in the queue can be
/// silent for much longer. A client that is slow gets the newest event only.
package struct EventRelay<Event: Sendable>: Sendable {
  /// What is to be written next.
  package enum Piece: Sendable {
    case event(Event)
    /// Nothing happened; clients pass over what is written for it.
    case keepAlive
  }

  /// Time between two pieces at most, while the client keeps up.
  package static var silence: Duration { .seconds(15) }

  private let clock: any Clock<Duration>

  package init(clock: any Clock<Duration>) { self.clock = clock }

  /// Calls `write` for the events and every ``silence`` for a ``Piece/keepAlive``, until `events` end.
  /// Throws what `write` throws; `events` are then given up.
  package func relay(_ events: AsyncStream<Event>, _ write: (Piece) async throws -> Void) async throws {
    let box = Box()
    let (bell, ringer) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for await event in events {
          box.put(event)
          ringer.yield()
        }
        ringer.finish()
      }
      group.addTask { [clock] in
        while true {
          try await clock.sleep(for: Self.silence)
          box.fallDue()
          ringer.yield()
        }
      }
      for await _ in bell {
        if let piece = box.take() { try await write(piece) }
      }
      if case .event(let last)? = box.take() { try await write(.event(last)) }
      group.cancelAll()
    }
  }

  /// What waits for the client: the newest event, or a comment that is due.
  private final class Box: Sendable {
    private let state = Mutex<(event: Event?, isDue: Bool)>((nil, false))

    func put(_ event: Event) { state.withLock { $0.event = event } }

    func fallDue() { state.withLock { $0.isDue = true } }

    func take() -> Piece? {
      state.withLock { state in
        defer { state = (nil, false) }
        if let event = state.event { return .event(event) }
        return state.isDue ? .keepAlive : nil
      }
    }
  }
}
