import Foundation

extension MonotonicInstant {
  /// The monotonic clock now, the same clock that V4L2 drivers stamp frames with.
  public static func now() -> MonotonicInstant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return MonotonicInstant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }
}
