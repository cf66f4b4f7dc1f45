import Foundation
public import Quantities

/// Both clocks at one moment.
public struct ClockReading: Sendable, Equatable {
  /// CLOCK_MONOTONIC.
  public let monotonic: MonotonicInstant
  /// The wall clock: nanoseconds of Unix time.
  public let wallNanoseconds: Int64

  /// Both clocks at one moment.
  public init(monotonic: MonotonicInstant, wallNanoseconds: Int64) {
    (self.monotonic, self.wallNanoseconds) = (monotonic, wallNanoseconds)
  }

  var monotonicMicroseconds: Int64 { monotonic.nanoseconds / 1000 }

  /// UTC with microseconds: `2026-11-21T06:05:35.000001Z` (RFC 3339).
  public var wallText: String { Self.text(microseconds: wallNanoseconds / 1000) }

  /// The same form for the moment so many days earlier; such texts sort as the times they stand for.
  func text(daysBefore days: Int) -> String {
    Self.text(microseconds: wallNanoseconds / 1000 - Int64(days) * 86_400_000_000)
  }

  static func text(microseconds: Int64) -> String {
    let day = Int64(86_400_000_000)
    let days = (microseconds >= 0 ? microseconds : microseconds - day + 1) / day
    let rest = microseconds - days * day
    let (year, month, dayOfMonth) = civil(days)
    let second = rest / 1_000_000
    func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let micros = String(rest % 1_000_000)
    let fraction = String(repeating: "0", count: 6 - micros.count) + micros
    let years = String(repeating: "0", count: max(0, 4 - String(year).count)) + String(year)
    return "\(years)-\(two(month))-\(two(dayOfMonth))T"
      + "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60)).\(fraction)Z"
  }

  /// The civil date of a day counted from 1970-01-01 (H. Hinnant, "chrono-compatible low-level date algorithms").
  private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let part = (5 * dayOfYear + 2) / 153
    let month = part < 10 ? part + 3 : part - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * part + 2) / 5 + 1)
  }
}

/// Where the time of records comes from; a script in tests.
public struct LogClock: Sendable {
  /// Reads both clocks.
  public let now: @Sendable () -> ClockReading

  /// A clock of one's own, for tests and for files (whose time is their presentation time).
  public init(now: @escaping @Sendable () -> ClockReading) { self.now = now }

  /// The machine's clocks.
  public static let system = LogClock {
    ClockReading(
      monotonic: MonotonicInstant(nanoseconds: nanoseconds(CLOCK_MONOTONIC)),
      wallNanoseconds: nanoseconds(CLOCK_REALTIME))
  }

  private static func nanoseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}

/// Notices when the wall clock moved against the monotonic one (set by hand or by NTP, or the machine slept).
struct ClockStepDetector {
  /// Smaller steps are slewing and scheduling, not steps; seconds.
  static let smallestStep = 0.5

  private var offset: Int64?

  /// Seconds the wall clock moved since the last reading, when that is a step.
  mutating func handle(_ reading: ClockReading) -> Double? {
    let now = reading.wallNanoseconds - reading.monotonic.nanoseconds
    defer { offset = now }
    guard let offset else { return nil }
    let step = Double(now - offset) / 1e9
    return abs(step) >= Self.smallestStep ? step : nil
  }
}
