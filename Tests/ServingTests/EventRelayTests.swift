import Serving
import Synchronization
import Testing

@Suite struct EventRelayTests {
  /// Time that goes on only when a test says so.
  private final class HandClock: Clock {
    struct Instant: InstantProtocol {
      var passed: Duration
      func advanced(by duration: Duration) -> Instant { Instant(passed: passed + duration) }
      func duration(to other: Instant) -> Duration { other.passed - passed }
      static func < (one: Instant, other: Instant) -> Bool { one.passed < other.passed }
    }

    private struct State {
      var now = Instant(passed: .zero)
      var sleeper: (until: Instant, wake: CheckedContinuation<Void, any Error>)?
    }

    private let state = Mutex(State())
    private let asleep: AsyncStream<Instant>
    private let falls: AsyncStream<Instant>.Continuation

    init() { (asleep, falls) = AsyncStream.makeStream() }

    var now: Instant { state.withLock { $0.now } }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
      try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          state.withLock { $0.sleeper = (deadline, continuation) }
          falls.yield(deadline)
          // A task that was cancelled before it fell asleep.
          if Task.isCancelled { wake(with: CancellationError()) }
        }
      } onCancel: {
        wake(with: CancellationError())
      }
    }

    /// Waits until somebody sleeps, and goes on to the moment he wants to be woken at.
    func passNextSleep() async -> Duration {
      var iterator = asleep.makeAsyncIterator()
      guard let deadline = await iterator.next() else { return .zero }
      state.withLock { $0.now = deadline }
      wake(with: nil)
      return deadline.passed
    }

    private func wake(with error: CancellationError?) {
      let sleeper = state.withLock { state in
        defer { state.sleeper = nil }
        return state.sleeper
      }
      if let error { sleeper?.wake.resume(throwing: error) } else { sleeper?.wake.resume() }
    }
  }

  private struct Gone: Error {}

  @Test func aSilenceIsBrokenEveryFifteenSeconds() async throws {
    let clock = HandClock()
    let (events, source) = AsyncStream.makeStream(of: String.self)
    let (written, writes) = AsyncStream.makeStream(of: String.self)
    async let relayed: Void = EventRelay(clock: clock).relay(events) { piece in
      switch piece {
      case .event(let text): writes.yield(text)
      case .keepAlive: writes.yield("-")
      }
    }
    var reader = written.makeAsyncIterator()
    source.yield("queued")
    #expect(await reader.next() == "queued")
    for number in 1...3 {
      #expect(await clock.passNextSleep() == .seconds(15 * number))
      #expect(await reader.next() == "-")
    }
    source.yield("running")
    #expect(await reader.next() == "running")
    source.finish()
    try await relayed
    writes.finish()
    #expect(await reader.next() == nil)
  }

  @Test func theLastEventIsWrittenAlthoughTheStreamHasEnded() async throws {
    let (events, source) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
    for number in 1...5 { source.yield(number) }
    source.finish()
    var found: [Int] = []
    try await EventRelay(clock: HandClock()).relay(events) { piece in
      if case .event(let number) = piece { found.append(number) }
    }
    #expect(found == [5])
  }

  @Test func aClientThatHasGoneEndsTheRelay() async throws {
    let (events, source) = AsyncStream.makeStream(of: Int.self)
    source.yield(1)
    await #expect(throws: Gone.self) {
      try await EventRelay(clock: HandClock()).relay(events) { _ in throw Gone() }
    }
  }
}
