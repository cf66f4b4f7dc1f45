import Calibration
import FaceScoring
import Imaging
import Observations
import Quantities

/// What the slow networks have said of one track so far.
struct TrackScoring: Sendable {
  private var logits: [ModelIdentity: TrackScoreAccumulator] = [:]
  private var features: [ModelIdentity: [[Float]]] = [:]
  /// The newest maps, by question.
  var maps: [ScoringTask: AttentionMap] = [:]
  /// Index and time of the frame that was taken last.
  var lastRequested: (frame: UInt64, at: MonotonicInstant)?
  /// How surely the face was covered when that was looked at last.
  var cover: (probability: Double, at: MonotonicInstant)?
  /// The frame that was offered last.
  var lastOffered: UInt64 = 0
  /// How often it was scored.
  var runs = 0

  /// Takes in a logit of `model`.
  mutating func add(_ logit: Logit, of model: ModelIdentity, frame: UInt64, at: MonotonicInstant) {
    logits[model, default: TrackScoreAccumulator()].add(logit, frame: frame, at: at)
  }

  /// Takes in the features of a crop by `model`, and gives all that are kept, oldest first.
  mutating func add(_ step: [Float], of model: ModelIdentity, keeping most: Int) -> [[Float]] {
    features[model, default: []].append(step)
    if let count = features[model]?.count, count > most { features[model]?.removeFirst(count - most) }
    return features[model] ?? []
  }

  /// What `model` says as of the frame captured at `now`.
  func evidence(of model: ModelIdentity, at now: MonotonicInstant) -> Evidence<SettledLogit> {
    (logits[model] ?? TrackScoreAccumulator()).evidence(at: now)
  }
}
