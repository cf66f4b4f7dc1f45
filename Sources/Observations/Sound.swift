public import Quantities

/// A stretch of sound: one channel, 16,000 samples a second, full scale at -1 and 1.
///
/// Its time is that of its own first sample, by the clock of the frames that it came with, never counted from the blocks
/// before: a start behind the end of the block before is a gap, in which nothing was heard.
public struct SoundBlock: Sendable, Equatable {
  /// Samples a second.
  public static let rate = 16_000

  /// When the first sample was captured, or is to be heard.
  public let start: MonotonicInstant
  /// The samples; each a finite number.
  public let samples: [Float]

  /// A block from its first sample's instant on.
  public init(start: MonotonicInstant, samples: [Float]) { (self.start, self.samples) = (start, samples) }

  /// The instant behind the last sample.
  public var end: MonotonicInstant { start + Self.length(samples.count) }

  /// The time that `count` samples take.
  public static func length(_ count: Int) -> Duration {
    .nanoseconds(Int64(count) * 1_000_000_000 / Int64(rate))
  }
}

/// How one face's lips go with the voice that is heard, over the newest stretch of time.
public struct LipAgreement: Sendable, Equatable {
  /// How far the voice comes behind the lips, in milliseconds; below 0 it comes before them. What people's lips do ahead of
  /// their voices is taken off.
  public let offset: Double
  /// Half width of the 95 % interval of `offset`, in milliseconds; beyond a second nothing is known of it.
  public let uncertainty: Double
  /// How far the best offset stands out of all others, in their standard deviations.
  public let strength: Double
  /// Seconds of voice that were compared.
  public let voicedSeconds: Double
  /// Part of the voice, 0...1, during which the lips rest.
  public let restingShare: Double
  /// Part of the lips' movement, 0...1, without a voice.
  public let silentShare: Double
  /// Whether the lips move with the voice at all: `strength` reaches its limit.
  public let moveTogether: Bool
  /// Whether of all faces that are seen this one's lips go with the voice most.
  public var speaks: Bool

  /// An agreement by its numbers.
  public init(
    offset: Double, uncertainty: Double, strength: Double, voicedSeconds: Double, restingShare: Double,
    silentShare: Double, moveTogether: Bool, speaks: Bool = false
  ) {
    (self.offset, self.uncertainty, self.strength) = (offset, uncertainty, strength)
    (self.voicedSeconds, self.restingShare, self.silentShare) = (voicedSeconds, restingShare, silentShare)
    (self.moveTogether, self.speaks) = (moveTogether, speaks)
  }
}
