public import Inference
public import Observations
import Quantities

/// Turns sound into a voice's series: the loudness of its bands, and behind them how surely somebody speaks.
///
/// No sound can be made of it again: 50 times a second, five loudnesses. Used from one queue only.
public struct VoiceRecorder {
  /// Sound that is missing for longer than this is a gap: what hears begins anew.
  public static let longestGap = Duration.milliseconds(20)

  /// The voice so far.
  public internal(set) var voice = LipSeries()
  private let activity: VoiceActivity
  private var bands = VoiceBands()
  private var loudness: [VoiceBands.Sample] = []
  private var confidences: [VoiceActivity.Window] = []
  private var end: MonotonicInstant?

  /// Hears with the network `activity`.
  public init(activity: VoiceActivity) { self.activity = activity }

  /// Takes the next sound and gives what the network says of it. Throws when the network fails.
  @discardableResult
  public mutating func hear(_ block: SoundBlock) throws(NetworkError) -> [VoiceActivity.Window] {
    if let end, block.start - end > Self.longestGap { (loudness, confidences) = ([], []) }
    end = block.end
    loudness += bands.hear(block)
    let windows = try activity.hear(block)
    confidences += windows
    join()
    return windows
  }

  /// Puts the confidence of the window around it behind each value of the bands.
  private mutating func join() {
    var used = 0
    while used < loudness.count, let window = confidences.first {
      let sample = loudness[used]
      guard sample.time <= window.time + SoundBlock.length(VoiceActivity.window / 2) else {
        confidences.removeFirst()
        continue
      }
      voice.add(sample.loudness + [window.confidence], at: sample.time)
      used += 1
    }
    loudness.removeFirst(used)
  }
}
