import Foundation
public import Observations
public import Units

/// One network's scores of one track over time: a robust mean with its uncertainty.
///
/// Keeps the newest `window` logits. The mean leaves out the lowest and highest fifth, so that a few crops with a
/// hand before the face or motion blur do not decide. The uncertainty takes into account that neighbouring crops
/// resemble each other. Costs microseconds.
public struct TrackScoreAccumulator: Sendable {
  /// How much is needed and how long it holds.
  public struct Options: Sendable {
    /// Scores needed before anything is said, 2 to `window`.
    public var required = 5
    /// Newest scores that count, up to 1000.
    public var window = 60
    /// A newest score more than this many frames old says nothing about the present one.
    public var staleAfterFrames: UInt64 = 90

    /// The defaults.
    public init() {}
  }

  private let model: ModelIdentity
  private let calibration: ScoreCalibration
  private let options: Options
  private var logits: [Double] = []
  private var total = 0
  private var newest: (frame: UInt64, at: MonotonicInstant)?

  /// An accumulator for the scores of `model`.
  public init(model: ModelIdentity, calibration: ScoreCalibration, options: Options = .init()) {
    (self.model, self.calibration, self.options) = (model, calibration, options)
  }

  /// Takes in the score of a crop from frame `frame`, captured at `at`.
  ///
  /// A score of a frame older than the newest one counts too; a number that is not finite does not.
  public mutating func add(_ logit: Logit, frame: UInt64, at: MonotonicInstant) {
    guard logit.value.isFinite else { return }
    logits.append(logit.value)
    if logits.count > max(options.window, 1) { logits.removeFirst() }
    total += 1
    if newest.map({ frame > $0.frame }) ?? true { newest = (frame, at) }
  }

  /// What the scores say as of frame `frame`: pending until there are enough (counted in scores), stale when the
  /// newest is too old.
  public func evidence(asOf frame: UInt64) -> Evidence<TrackScore> {
    let required = max(options.required, 2)
    guard let newest, logits.count >= required else {
      return .pending(observed: Double(logits.count), required: Double(required))
    }
    guard frame <= newest.frame || frame - newest.frame <= options.staleAfterFrames else {
      return .unavailable(.stale)
    }
    let (center, error) = RobustMean.of(logits)
    // 1.96 standard errors to both sides, carried through the logistic function.
    let low = calibration.probability(center - 1.96 * error).value
    let high = calibration.probability(center + 1.96 * error).value
    let score = TrackScore(
      probability: calibration.probability(center), uncertainty: (high - low) / 2, framesScored: total,
      newestFrame: newest.frame, model: model)
    return .measured(score, at: newest.at)
  }
}

/// The trimmed mean and its standard error.
package enum RobustMean {
  /// The mean of `values` without the lowest and highest fifth, and its standard error by the winsorized variance
  /// (Tukey and McLaughlin 1963), widened by the correlation of neighbours: an autoregressive series of first-order
  /// correlation r holds as much as n (1 - r) / (1 + r) independent values.
  ///
  /// `values` is in order of time and not empty.
  package static func of(_ values: [Double]) -> (mean: Double, standardError: Double) {
    let count = values.count
    let cut = count / 5
    let sorted = values.sorted()
    let kept = sorted[cut..<count - cut]
    let mean = kept.reduce(0, +) / Double(kept.count)
    guard count > 1, let low = kept.first, let high = kept.last else { return (mean, 0) }
    let clipped = values.map { min(max($0, low), high) }
    let center = clipped.reduce(0, +) / Double(count)
    let variance = clipped.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(count - 1)
    guard variance > 0 else { return (mean, 0) }
    let neighbours = zip(clipped, clipped.dropFirst()).reduce(0) { $0 + ($1.0 - center) * ($1.1 - center) }
    let r = min(max(neighbours / (variance * Double(count - 1)), 0), 0.95)
    let effective = max(Double(count) * (1 - r) / (1 + r), 1)
    let share = Double(kept.count) / Double(count)
    return (mean, (variance / effective).squareRoot() / share)
  }
}
