import Quantities

/// When the writer writes and when it signs; has no side effects.
struct WriterPolicy {
  /// What happened.
  enum Event {
    /// A record was put into an empty queue.
    case appended(urgent: Bool)
    /// The writer took the queue; records were in it, at this time.
    case taken(count: Int, at: MonotonicInstant)
    /// Everything taken is on disk; whether with a checkpoint.
    case written(signed: Bool, at: MonotonicInstant)
    /// The timer for checkpoints rang.
    case tick(MonotonicInstant)
    /// The session ends.
    case closing
  }

  /// What to do about it.
  enum Action: Equatable {
    case nothing
    /// Write after the pause, so that records that come together share one sync of the disk.
    case writeSoon
    case writeNow
    /// Write what was taken, with a checkpoint after it or without.
    case write(signing: Bool)
  }

  /// Longest time between two checkpoints.
  let interval: Duration
  private var lastSigned: MonotonicInstant?
  private var unsigned = 0
  private var isClosing = false

  init(interval: Duration) { self.interval = interval }

  mutating func handle(_ event: Event) -> Action {
    switch event {
    case .appended(let urgent): return urgent ? .writeNow : .writeSoon
    case .taken(let count, let now):
      unsigned += count
      guard unsigned > 0 else { return .nothing }
      if isDue(now) { return .write(signing: true) }
      return count > 0 ? .write(signing: false) : .nothing
    case .written(let signed, let now):
      if signed { (lastSigned, unsigned) = (now, 0) }
      return .nothing
    case .tick(let now): return unsigned > 0 && isDue(now) ? .writeNow : .nothing
    case .closing:
      isClosing = true
      return .writeNow
    }
  }

  private func isDue(_ now: MonotonicInstant) -> Bool {
    guard let lastSigned, !isClosing else { return true }
    return now - lastSigned >= interval
  }
}
