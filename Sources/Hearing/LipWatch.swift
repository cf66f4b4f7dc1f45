public import Calibration
import Foundation
public import Inference
public import Observations
public import Quantities

/// Hears a source and watches the mouths of its faces; says of each how it goes with the voice.
///
/// Sound and faces may come in any order, each by itself rising in time: what is compared is what both are known of. Keeps
/// 30 s of each and compares once a second of the source's own time. Used from one queue only.
public final class LipWatch {
  /// Seconds that are looked back on.
  public static let seconds = 30
  private static let every = Duration.seconds(1)

  private struct Watched {
    var mouth = LipSeries()
    var agreement: Evidence<LipAgreement>
  }

  /// The network that knows voices.
  public let model: ModelIdentity?
  private let rules: LipRules
  private let timing: LipTiming
  private var recorder: VoiceRecorder?
  private var faces: [TrackID: Watched] = [:]
  private var compared: MonotonicInstant?
  /// Seconds of sound that were heard, those without a voice included.
  public private(set) var heardSeconds = 0.0
  /// Seconds in which somebody spoke.
  public private(set) var voicedSeconds = 0.0
  /// Times that sound was missing between two blocks.
  public private(set) var gaps = 0
  private var end: MonotonicInstant?

  /// The voice so far: loudness of its bands, and behind them the network's confidence.
  public var voice: LipSeries { recorder?.voice ?? LipSeries() }

  /// `activity`: the network that knows voices; without it nothing is compared.
  public init(_ rules: LipRules, activity: VoiceActivity?) {
    (self.rules, model) = (rules, activity?.identity)
    recorder = activity.map { VoiceRecorder(activity: $0) }
    timing = LipTiming(rules)
  }

  /// Takes the next sound. Throws when the network fails.
  public func hear(_ block: SoundBlock) throws(NetworkError) {
    guard recorder != nil else { return }
    if let end, block.start - end > VoiceRecorder.longestGap { gaps += 1 }
    end = block.end
    heardSeconds += SoundBlock.length(block.samples.count).inSeconds
    for window in try recorder?.hear(block) ?? [] where window.confidence >= rules.limits.voice {
      voicedSeconds += SoundBlock.length(VoiceActivity.window).inSeconds
    }
    recorder?.voice.keep(Self.seconds)
  }

  /// Takes a face as it was seen at `time`.
  public func see(_ face: Face, of track: TrackID, at time: MonotonicInstant) {
    guard recorder != nil, let numbers = MouthShape.numbers(of: face.landmarks) else { return }
    faces[track, default: Watched(agreement: .pending(observed: 0, required: rules.limits.voicedSeconds))]
      .mouth.add(numbers, at: time)
    faces[track]?.mouth.keep(Self.seconds)
  }

  /// Forgets all tracks but `present`.
  public func keepOnly(_ present: Set<TrackID>) {
    for track in faces.keys where !present.contains(track) { faces[track] = nil }
  }

  /// How the lips of `track` go with the voice, as of the last comparison; a new one is made at `now` when it is time.
  public func agreement(of track: TrackID, at now: MonotonicInstant) -> Evidence<LipAgreement> {
    guard recorder != nil else { return .unavailable(.noModel) }
    if compared.map({ now - $0 >= Self.every || now < $0 }) ?? true { compare(at: now) }
    return faces[track]?.agreement ?? .pending(observed: 0, required: rules.limits.voicedSeconds)
  }

  /// Compares all faces with what was heard so far.
  public func compare(at now: MonotonicInstant) {
    compared = now
    for track in faces.keys {
      guard let mouth = faces[track]?.mouth else { continue }
      faces[track]?.agreement = timing.agreement(mouth: mouth, voice: voice)
    }
    // One voice has one mouth: of those that move with it the one that does most.
    let speaking = faces.compactMap { track, face in face.agreement.value.map { (track, $0) } }
      .filter { $0.1.moveTogether }.max { ($0.1.strength, $1.0.value) < ($1.1.strength, $0.0.value) }
    guard let speaker = speaking?.0, var watched = faces[speaker] else { return }
    watched.agreement = watched.agreement.map { agreement in
      var agreement = agreement
      agreement.speaks = true
      return agreement
    }
    faces[speaker] = watched
  }

  /// The mouth of `track` so far; for measurements.
  public func mouth(of track: TrackID) -> LipSeries? { faces[track]?.mouth }
}
