import Foundation
public import Observations
import Quantities

/// One line of a card: what, how much, and the side it speaks for.
public struct CueLine: Sendable, Hashable {
  /// Which side the line speaks for.
  public enum Side: Sendable, Hashable {
    /// Speaks for a live, genuine person; against; or says nothing (not measured, or only reported).
    case supports, against, silent
  }

  /// The cue in words.
  public let name: String
  /// The value with its limit, or why there is none.
  public let value: String
  /// The side.
  public let side: Side

  /// A line from its parts.
  public init(name: String, value: String, side: Side) {
    (self.name, self.value, self.side) = (name, value, side)
  }
}

extension Words {
  /// What is said of a track, line by line: the verdict's reasons as they come (strongest first), then the networks
  /// and liveness cues that no reason named.
  public func lines(_ report: TrackReport) -> [CueLine] {
    let used = report.verdict.reasons.filter(\.counts)
    var lines = used.map(line)
    let named = Set(used.map(\.cue))
    func add(_ cue: Cue, _ text: String) {
      guard !named.contains(cue) else { return }
      lines.append(CueLine(name: self.cue(cue), value: text, side: .silent))
    }
    add(.forgery, evidence(report.scores.forgery) { Self.number($0.probability.value) })
    add(.spoof, evidence(report.scores.spoof) { Self.number($0.probability.value) })
    add(.liveness, evidence(report.liveness.probability) { Self.number($0.value) })
    add(.blink, evidence(report.liveness.eyesClosed) { _ in "\(report.liveness.blinks.count)" })
    add(.mouth, evidence(report.liveness.mouthAspect) { _ in "\(report.liveness.mouthEvents.count)" })
    add(.motion, evidence(report.liveness.nonRigidMotion) { Self.number(Double($0), digits: 3) })
    add(
      .pulse,
      evidence(report.liveness.pulse) { "\(Self.number($0.beatsPerMinute, digits: 0)) \(word(.beats))" })
    return lines
  }

  /// A reason in words: value, limit and side.
  public func line(_ reason: Reason) -> CueLine {
    let text = evidence(reason.value) { value in
      let shown = Self.amount(value, of: reason.cue)
      guard let limit = reason.limit else { return shown }
      let relation = word(value > limit ? .overLimit : value < limit ? .underLimit : .atLimit)
      return "\(shown) \(relation) \(Self.amount(limit, of: reason.cue))"
    }
    return CueLine(name: cue(reason.cue), value: text, side: Self.side(reason))
  }

  /// What was not measured says nothing; neither does a count of zero that is held against no limit.
  private static func side(_ reason: Reason) -> CueLine.Side {
    guard let value = reason.value.value, reason.limit != nil || value > 0 else { return .silent }
    return reason.against ? .against : .supports
  }

  /// Evidence in words: `show` for a value, else how much is still needed or why it cannot be said.
  public func evidence<Value>(_ evidence: Evidence<Value>, show: (Value) -> String) -> String {
    switch evidence {
    case .measured(let value, _): show(value)
    case .unavailable(let reason): unavailable(reason)
    case .pending(let observed, let required):
      pending(observed: Self.count(observed), required: Self.count(required))
    }
  }

  /// A live score in 0...1 as a percentage.
  public func percent(_ score: Double) -> String { "\(Self.number(score * 100, digits: 0))%" }

  /// A number with a fixed count of digits; two unless given; a minus sign as in print.
  public static func number(_ value: Double, digits: Int = 2) -> String {
    guard value.isFinite else { return "?" }
    let text = String(format: "%.\(digits)f", value)
    return Double(text) == 0 ? text.replacingOccurrences(of: "-", with: "") : text
  }

  /// A cue's number: what is counted without decimals.
  static func amount(_ value: Double, of cue: Cue) -> String {
    switch cue {
    case .blink, .mouth, .challenge: count(value)
    case .pulse: number(value, digits: 0)
    case .lipDelay: "\(number(value, digits: 0)) ms"
    case .lips: number(value, digits: 1)
    default: number(value)
    }
  }

  /// A number without needless digits: 12, 1.5.
  package static func count(_ value: Double) -> String {
    value == value.rounded() ? number(value, digits: 0) : number(value, digits: 1)
  }
}
