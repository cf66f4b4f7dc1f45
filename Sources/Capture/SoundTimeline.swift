package import Observations
package import Quantities

/// Puts decoded sound on the clock of its pictures and cuts it into blocks.
///
/// Each piece has the time that its container gives it. Small differences to the end of the piece before are rounding and
/// do not count; a piece that comes later leaves a gap, one that comes earlier is cut where it overlaps. What nobody takes
/// is kept up to ``most`` seconds, then the oldest is given up: a gap like any other.
package struct SoundTimeline {
  /// Samples of one block, at most.
  static let longestBlock = 2048
  /// Differences below this are rounding: containers keep times in milliseconds, MP3 in frames of 26 ms.
  static let tolerance = Duration.milliseconds(4)
  /// Seconds of sound that wait at once, at most.
  static let most = 120

  private var waiting: [SoundBlock] = []
  private var waitingSamples = 0
  private var end: MonotonicInstant?
  /// Samples that were left out because their time had passed already.
  package private(set) var overlapping = 0

  /// A timeline without sound.
  package init() {}

  /// Takes samples that begin at `time`; nil: no usable time, so they follow the piece before.
  package mutating func add(_ samples: [Float], at time: MonotonicInstant?) {
    guard !samples.isEmpty else { return }
    var samples = samples[...]
    var start = time ?? end ?? MonotonicInstant(nanoseconds: 0)
    if let end {
      let ahead = start - end
      if ahead < .zero {
        // Played once already, by the container's own times.
        let overlap = Int((end - start).inSeconds * Double(SoundBlock.rate))
        if ahead < .zero - Self.tolerance {
          overlapping += min(overlap, samples.count)
          samples = samples.dropFirst(overlap)
        }
        start = end
      } else if ahead <= Self.tolerance {
        start = end
      }
    }
    while !samples.isEmpty {
      let block = SoundBlock(start: start, samples: Array(samples.prefix(Self.longestBlock)))
      samples = samples.dropFirst(Self.longestBlock)
      start = block.end
      waiting.append(block)
      waitingSamples += block.samples.count
    }
    end = start
    giveUpOldest()
  }

  private mutating func giveUpOldest() {
    var count = 0
    while waitingSamples > Self.most * SoundBlock.rate, count < waiting.count {
      waitingSamples -= waiting[count].samples.count
      count += 1
    }
    if count > 0 { waiting.removeFirst(count) }
  }

  /// The oldest blocks, `most` at most.
  package mutating func take(_ most: Int = .max) -> [SoundBlock] {
    let taken = Array(waiting.prefix(most))
    waiting.removeFirst(taken.count)
    for block in taken { waitingSamples -= block.samples.count }
    return taken
  }
}
