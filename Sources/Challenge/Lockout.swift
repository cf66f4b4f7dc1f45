public import Foundation

/// Locks the check after too many failures in a short time. Wall-clock times, because it outlives a restart.
public struct Lockout: Sendable, Equatable, Codable {
  /// Failures that lock.
  public static let failures = 5
  /// Seconds in which they must fall.
  public static let window = 180.0
  /// Seconds that the lock lasts.
  public static let duration = 300.0

  private var times: [Double] = []
  private var lockedAt: Double?

  /// No failures yet.
  public init() {}

  /// Seconds for which it is still locked; nil when it is not. A clock set back does not open the lock.
  public func remaining(at now: Date) -> Double? {
    guard let lockedAt else { return nil }
    let passed = now.timeIntervalSince1970 - lockedAt
    return passed < 0 ? Self.duration : passed < Self.duration ? Self.duration - passed : nil
  }

  /// Takes the end of a check: a pass forgets the failures, "undecided" changes nothing.
  public mutating func take(_ decision: CheckDecision, at now: Date) {
    let time = now.timeIntervalSince1970
    if remaining(at: now) == nil { lockedAt = nil }
    switch decision {
    case .undecided: return
    case .pass: times = []
    case .fail:
      // A failure from the future means that the clock was set back; it still counts.
      times = times.filter { abs(time - $0) < Self.window } + [time]
      guard times.count >= Self.failures else { return }
      (lockedAt, times) = (time, [])
    }
  }

  /// Reads the state kept in `file`; no file means no failures. Throws when it is there and cannot be read.
  public static func read(_ file: URL) throws -> Lockout {
    guard FileManager.default.fileExists(atPath: file.path) else { return Lockout() }
    return try JSONDecoder().decode(Lockout.self, from: Data(contentsOf: file))
  }

  /// Writes the state into `file` in one step, so that a crash leaves the old or the new state.
  public func write(_ file: URL) throws {
    try JSONEncoder().encode(self).write(to: file, options: .atomic)
  }
}
