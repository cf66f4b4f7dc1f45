import CFence
package import Observations
package import Quantities

/// Sound as it crosses the fence between a decoder and the program that reads from it.
extension SoundBlock {
  /// A block from the bytes of a `fence_sound` of the other process, every number of it checked. What is no number or far
  /// beyond full scale in the samples is silence: they are only sound.
  init(bytes: ArraySlice<UInt8>) throws(DecoderFieldError) {
    let raw = bytes.withUnsafeBytes { $0.loadUnaligned(as: fence_sound.self) }
    for (field, found, wanted) in [
      ("magic", Int64(raw.magic), Int64(FENCE_MAGIC)), ("version", Int64(raw.version), Int64(FENCE_VERSION)),
      ("kind", Int64(raw.kind), Int64(FENCE_SOUND.rawValue)),
    ] { _ = try DecoderFieldError.checked(field, found, wanted...wanted) }
    let count = try DecoderFieldError.checked(
      "sample_count", Int64(raw.sample_count), 1...Int64(FENCE_SOUND_SAMPLES))
    let start = try DecoderFieldError.checked("start_ns", raw.start_ns, DecoderMessage.Limit.time)
    let samples = withUnsafeBytes(of: raw.samples) {
      $0.bindMemory(to: Float.self).prefix(Int(count)).map { abs($0) <= 8 ? $0 : 0 }
    }
    self.init(start: MonotonicInstant(nanoseconds: start), samples: samples)
  }

  /// The bytes of the message; no more than its room, which ``SoundTimeline`` keeps to.
  var message: [UInt8] {
    var raw = fence_sound()
    (raw.magic, raw.version) = (UInt32(FENCE_MAGIC), UInt32(FENCE_VERSION))
    raw.kind = FENCE_SOUND.rawValue
    raw.start_ns = start.nanoseconds
    let sent = samples.prefix(Int(FENCE_SOUND_SAMPLES))
    raw.sample_count = UInt32(sent.count)
    withUnsafeMutableBytes(of: &raw.samples) { room in sent.withUnsafeBytes { room.copyMemory(from: $0) } }
    return withUnsafeBytes(of: raw) { Array($0) }
  }
}

/// Whether the sound that a decoder sends may follow the sound before it: it was asked for, its time rises, and there is
/// not more of it than an answer may hold.
package struct SoundAdmission {
  /// Sound of a stream may be this much ahead of the clock: its pictures arrive later than its sound.
  static let mostAhead = Duration.seconds(10)

  private let clock: FrameAdmission.Clock
  private let isWanted: Bool
  private var end: Int64
  private var blocks: Int64 = 0

  package init(isWanted: Bool, clock: FrameAdmission.Clock) {
    (self.isWanted, self.clock) = (isWanted, clock)
    end =
      switch clock {
      case .file: DecoderMessage.Limit.time.lowerBound
      // The sound of what is shown first may have been heard a little before.
      case .machine(let since): (since - Self.mostAhead).nanoseconds
      }
  }

  /// An answer is asked for: blocks are counted anew.
  package mutating func ask() { blocks = 0 }

  /// Throws when `block` may not follow; `now` is the time at which it came.
  package mutating func admit(_ block: SoundBlock, now: MonotonicInstant) throws(DecoderFieldError) {
    blocks += 1
    _ = try DecoderFieldError.checked(
      "blocks of sound", blocks, 0...(isWanted ? Int64(DecoderAnswers.mostBlocks) : 0))
    let latest =
      switch clock {
      case .file: DecoderMessage.Limit.time.upperBound
      case .machine: (now + Self.mostAhead).nanoseconds
      }
    // A range always has one number at least, also when nothing more can be allowed.
    let start = block.start.nanoseconds
    guard start >= end, start <= latest else {
      throw DecoderFieldError("start_ns", start, end...max(end, latest))
    }
    end = block.end.nanoseconds
  }
}
