public import Foundation
import Surroundings

/// Locks the check after too many failures in a short time. Wall-clock times, because it outlives a restart.
///
/// An attempt is written down before its first prompt and taken back only by an end that costs nothing, so that a check
/// that was killed counts. Times of the future (the clock was set back, or somebody wrote them) are taken for now: a
/// lock never lasts longer than its duration from the moment it is seen, and never opens earlier.
public struct Lockout: Sendable, Equatable, Codable {
  /// Failures that lock.
  public static let failures = 5
  /// Seconds in which they must fall.
  public static let window = 180.0
  /// Seconds that the lock lasts.
  public static let duration = 300.0
  /// Bytes of a file that can be one.
  private static let largestFile = 16 << 10

  private var times: [Double] = []
  private var lockedAt: Double?

  /// No failures yet.
  public init() {}

  /// Seconds for which it is still locked; nil when it is not.
  public func remaining(at now: Date) -> Double? {
    let settled = settled(at: now)
    return settled.lockedAt.map { Self.duration - (now.timeIntervalSince1970 - $0) }
  }

  /// The state as of now: what the clock made wrong is corrected, what is over is forgotten.
  public func settled(at now: Date) -> Lockout {
    let time = now.timeIntervalSince1970
    var state = self
    state.lockedAt = lockedAt.map { min($0, time) }
    state.times = times.map { min($0, time) }.filter { time - $0 < Self.window }
    if let since = state.lockedAt, time - since >= Self.duration { state.lockedAt = nil }
    // Attempts that never came to an end lock like those that failed.
    if state.lockedAt == nil, state.times.count >= Self.failures {
      (state.lockedAt, state.times) = (time, [])
    }
    return state
  }

  /// An attempt begins and counts until it is taken back; gives what ``withdraw(_:)`` needs.
  public mutating func begin(at now: Date) -> Double {
    self = settled(at: now)
    let time = now.timeIntervalSince1970
    times.append(time)
    return time
  }

  /// The attempt that began so cost nothing.
  public mutating func withdraw(_ attempt: Double) {
    if let index = times.lastIndex(of: attempt) { times.remove(at: index) }
  }

  /// Takes the end of a check: a pass forgets the failures, "undecided" changes nothing.
  public mutating func take(_ decision: CheckDecision, at now: Date) {
    self = settled(at: now)
    switch decision {
    case .undecided: return
    case .pass: times = []
    case .fail:
      times.append(now.timeIntervalSince1970)
      self = settled(at: now)
    }
  }

  /// Reads the state kept in `file`; no file means no failures. Throws when it is there and cannot be read.
  public static func read(_ file: URL) throws -> Lockout {
    guard FileManager.default.fileExists(atPath: file.path) else { return Lockout() }
    let handle = try FileHandle(forReadingFrom: file)
    defer { try? handle.close() }
    let data = try handle.read(upToCount: largestFile) ?? Data()
    return try JSONDecoder().decode(Lockout.self, from: data)
  }

  /// Writes the state into `file` in one step, so that a crash leaves the old or the new state.
  public func write(_ file: URL) throws {
    try StateFile.replace(file.path, with: JSONEncoder().encode(self))
  }
}
