public import Calibration
import Foundation
public import Observations
import Quantities

/// One network's evidence about a track, with what is needed to weigh it.
public struct MemberEvidence: Sendable {
  /// The network.
  public let model: ModelIdentity
  /// Its own calibration, for when nothing better is known.
  public let calibration: ScoreCalibration
  /// What its logits come to.
  public let logit: Evidence<SettledLogit>

  /// A network's evidence.
  public init(model: ModelIdentity, calibration: ScoreCalibration, logit: Evidence<SettledLogit>) {
    (self.model, self.calibration, self.logit) = (model, calibration, logit)
  }
}

/// Joins what the networks of one question say of a track into one probability with its uncertainty.
public enum ScoreJoiner {
  /// The joined score.
  ///
  /// The first of the rules' sets whose members have all been measured speaks; without one the mean of the members'
  /// own calibrated logits does. It is complete when no network that is installed for it is missing. No network: `unavailable(no_model)`. None measured: the first one's reason. The
  /// uncertainty adds the members' standard errors as if they erred together, which is the careful assumption: they
  /// see the same crops.
  public static func join(_ members: [MemberEvidence], rules: ScoreRules.Question?) -> Evidence<TrackScore> {
    guard let first = members.first else { return .unavailable(.noModel) }
    let measured = members.compactMap { member in
      member.logit.value.map { (model: member.model, calibration: member.calibration, settled: $0) }
    }
    guard !measured.isEmpty else {
      switch first.logit {
      case .pending(let observed, let required): return .pending(observed: observed, required: required)
      case .unavailable(let reason): return .unavailable(reason)
      case .measured: return .unavailable(.fault)
      }
    }
    let parts = weights(measured.map(\.model), rules)
    var (logit, error) = (parts?.bias ?? 0, 0.0)
    var shares: [MemberScore] = []
    for member in measured {
      let weight: Double
      if let parts {
        weight = parts.weights[member.model] ?? 0
        logit += weight * member.settled.mean
      } else {
        weight = 1 / (member.calibration.temperature * Double(measured.count))
        logit += weight * member.settled.mean + member.calibration.bias / Double(measured.count)
      }
      error += weight * member.settled.standardError
      shares.append(MemberScore(model: member.model, logit: member.settled.mean, weight: weight))
    }
    let order = shares.enumerated().sorted { ($1.element.weight, $0.offset) < ($0.element.weight, $1.offset) }
    let newest = measured.map(\.settled.newestFrame).max() ?? 0
    // 1.96 standard errors to both sides, carried through the logistic function.
    let (low, high) = (logistic(logit - 1.96 * error), logistic(logit + 1.96 * error))
    let score = TrackScore(
      probability: Probability(clamping: logistic(logit)), uncertainty: (high - low) / 2,
      framesScored: measured.map(\.settled.framesScored).max() ?? 0, newestFrame: newest,
      model: order.first?.element.model ?? first.model, members: order.map(\.element),
      isComplete: wanted(members.map(\.model), rules).allSatisfy { measured.map(\.model).contains($0) })
    return .measured(score, at: instant(members, newest))
  }

  /// The networks that speak once all have been measured: those of the first set that is installed as a whole.
  private static func wanted(_ installed: [ModelIdentity], _ rules: ScoreRules.Question?) -> [ModelIdentity] {
    weights(installed, rules).map { $0.weights.filter { $0.value > 0 }.map(\.key) } ?? installed
  }

  private static func weights(
    _ measured: [ModelIdentity], _ rules: ScoreRules.Question?
  ) -> (weights: [ModelIdentity: Double], bias: Double)? {
    for joined in rules?.joined ?? [] {
      let members = joined.members.map { (ModelIdentity(name: $0.name, sha256: $0.sha256), $0.weight) }
      if !members.isEmpty, members.allSatisfy({ measured.contains($0.0) }) {
        return (Dictionary(members) { one, _ in one }, joined.bias)
      }
    }
    return nil
  }

  private static func instant(_ members: [MemberEvidence], _ newest: UInt64) -> MonotonicInstant {
    for member in members {
      if case .measured(let settled, let at) = member.logit, settled.newestFrame == newest { return at }
    }
    return MonotonicInstant(nanoseconds: 0)
  }

  private static func logistic(_ value: Double) -> Double { 1 / (1 + exp(-value)) }
}
