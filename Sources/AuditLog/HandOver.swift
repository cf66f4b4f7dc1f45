import Foundation

/// The queue between those who append and the writer. Bounded, and it never loses a record.
///
/// Room for 8192 records: at the 30 records a second of a busy monitor that is more than four minutes of a
/// disk that hangs, in a few megabytes. When it is full the appender waits, because a record is worth more than a
/// frame; the waits are counted.
final class HandOver: @unchecked Sendable {
  // Sendable because every stored property but the constants is only touched under `condition`.
  private let condition = NSCondition()
  private let capacity: Int
  private var waiting: [StampedRecord] = []
  private var steps = ClockStepDetector()
  private var taken: UInt64 = 0
  private var done: UInt64 = 0
  private var failure: LogError?
  private var isClosed = false
  private var waitCount: UInt64 = 0

  init(capacity: Int) { self.capacity = max(1, capacity) }

  /// How often an appender had to wait for room.
  var waits: UInt64 { condition.withLock { waitCount } }

  /// Puts a record at the end, stamped under the lock so that order and time agree. Returns whether the queue was
  /// empty before, which is when the writer has to be woken.
  func put(_ record: LogRecord, session: String, clock: LogClock, last: Bool = false) throws(LogError) -> Bool
  {
    let result: Result<Bool, LogError> = condition.withLock {
      while waiting.count >= capacity, failure == nil, !isClosed {
        waitCount += 1
        condition.wait()
      }
      if let failure { return .failure(failure) }
      if isClosed { return .failure(.closed) }
      isClosed = last
      let wasEmpty = waiting.isEmpty
      let now = clock.now()
      if let step = steps.handle(now) {
        waiting.append(StampedRecord(session: session, stamp: now, record: .clockStep(seconds: step)))
      }
      waiting.append(StampedRecord(session: session, stamp: now, record: record))
      return .success(wasEmpty)
    }
    return try result.get()
  }

  /// Takes all that waits, for the writer.
  func take() -> [StampedRecord] {
    condition.withLock {
      defer { waiting.removeAll(keepingCapacity: true) }
      taken += UInt64(waiting.count)
      condition.broadcast()
      return waiting
    }
  }

  /// All that was taken is on disk.
  func finished() {
    condition.withLock {
      done = taken
      condition.broadcast()
    }
  }

  /// Nothing more can be written; everyone who waits or appends later is told.
  func fail(_ error: LogError) {
    condition.withLock {
      if failure == nil { failure = error }
      condition.broadcast()
    }
  }

  /// Waits until everything put so far is on disk.
  func waitUntilDone() throws(LogError) {
    let result: Result<Void, LogError> = condition.withLock {
      let target = taken + UInt64(waiting.count)
      while done < target, failure == nil { condition.wait() }
      return done < target ? failure.map { .failure($0) } ?? .success(()) : .success(())
    }
    try result.get()
  }
}
