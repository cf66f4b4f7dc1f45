import Foundation
public import Observations
public import Quantities

/// What one network's logits of one track come to.
public struct SettledLogit: Sendable, Equatable {
  /// Robust mean of the logits.
  public let mean: Double
  /// Its standard error.
  public let standardError: Double
  /// How many crops were scored.
  public let framesScored: Int
  /// Index of the newest frame scored.
  public let newestFrame: UInt64

  /// A mean by its numbers.
  public init(mean: Double, standardError: Double, framesScored: Int, newestFrame: UInt64) {
    (self.mean, self.standardError) = (mean, standardError)
    (self.framesScored, self.newestFrame) = (framesScored, newestFrame)
  }
}

/// One network's logits of one track over time: a robust mean with its uncertainty.
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
    /// A newest score older than this says nothing about the present frame; time of the source, so that a camera of
    /// any rate is judged alike.
    public var staleAfter = Duration.seconds(3)

    /// The defaults.
    public init() {}
  }

  private let options: Options
  private var logits: [Double] = []
  private var total = 0
  private var newest: (frame: UInt64, at: MonotonicInstant)?

  /// An accumulator that has seen nothing.
  public init(options: Options = .init()) { self.options = options }

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

  /// What the scores say as of the frame captured at `now`: pending until there are enough (counted in scores), stale
  /// when the newest is too old.
  public func evidence(at now: MonotonicInstant) -> Evidence<SettledLogit> {
    let required = max(options.required, 2)
    guard let newest, logits.count >= required else {
      return .pending(observed: Double(logits.count), required: Double(required))
    }
    guard now - newest.at <= options.staleAfter else {
      return .unavailable(.stale)
    }
    let (center, error) = RobustMean.of(logits)
    let settled = SettledLogit(
      mean: center, standardError: error, framesScored: total, newestFrame: newest.frame)
    return .measured(settled, at: newest.at)
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
