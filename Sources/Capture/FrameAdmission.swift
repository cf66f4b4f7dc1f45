import Imaging
package import Quantities

/// Whether a frame that a decoder announces may follow the frames before it: numbers rise, times rise, the picture has
/// not more pixels than are allowed. What comes later computes with these numbers and must not be surprised.
package struct FrameAdmission {
  /// Which clock the frames' times are of.
  package enum Clock: Equatable {
    /// The file's own, from about 0.
    case file
    /// The monotonic clock of this machine; the source was opened at `since`.
    case machine(since: MonotonicInstant)
  }

  let mostPixels: Int
  private let clock: Clock
  private var index: Int64 = -1
  private var captured: Int64
  private var undecodable: Int64 = 0
  private var damaged: Int64 = 0

  package init(mostPixels: Int, clock: Clock) {
    (self.mostPixels, self.clock) = (mostPixels, clock)
    captured =
      switch clock {
      case .file: DecoderMessage.Limit.time.lowerBound - 1
      case .machine(let since): since.nanoseconds - 1
      }
  }

  /// Throws when the frame may not follow; `now` is the time at which it came.
  package mutating func admit(
    _ head: DecoderMessage.FrameHead, now: MonotonicInstant
  ) throws(DecoderFieldError) {
    let latest =
      switch clock {
      case .file: DecoderMessage.Limit.time.upperBound
      case .machine: now.nanoseconds
      }
    _ = try DecoderFieldError.checked("width * height", Int64(head.layout.size.area), 1...Int64(mostPixels))
    index = try Self.risen("index", head.index, above: index, most: DecoderMessage.Limit.count.upperBound)
    captured = try Self.risen("captured_ns", head.captured.nanoseconds, above: captured, most: latest)
    try admit(undecodable: head.undecodable, damaged: head.damaged)
  }

  /// Throws when the count of frames that could not be decoded or were damaged shrinks.
  package mutating func admit(undecodable count: Int64, damaged more: Int64) throws(DecoderFieldError) {
    undecodable = try DecoderFieldError.checked(
      "undecodable", count, undecodable...DecoderMessage.Limit.count.upperBound)
    damaged = try DecoderFieldError.checked(
      "damaged", more, damaged...DecoderMessage.Limit.count.upperBound)
  }

  private static func risen(
    _ field: String, _ value: Int64, above: Int64, most: Int64
  ) throws(DecoderFieldError) -> Int64 {
    // A range always has one number at least, also when nothing more can be allowed.
    let allowed = above + 1...max(above + 1, most)
    guard allowed.contains(value), value <= most else { throw DecoderFieldError(field, value, allowed) }
    return value
  }
}
