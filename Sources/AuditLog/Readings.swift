public import JSON
import LogProofs

/// A measured number, or why there is none. What `Evidence` is in the pipeline, as it stands in a record.
public enum Reading: Sendable, Equatable {
  /// Measured; recorded to six decimals.
  case value(Double)
  /// So much of what is needed was seen.
  case pending(observed: Double, required: Double)
  /// It cannot be said, and why: a word of `UnavailableReason`.
  case unavailable(String)

  /// A number, `{"pending":[observed,required]}` or `{"unavailable":"reason"}`.
  public var json: JSONValue {
    switch self {
    case .value(let number):
      number.isFinite ? .rounded(number) : .object(["unavailable": "not_finite"])
    case .pending(let observed, let required):
      .object(["pending": .array([.rounded(observed), .rounded(required)])])
    case .unavailable(let reason): .object(["unavailable": .string(reason)])
    }
  }

  /// Reads what ``json`` writes.
  public init(json: JSONValue?) {
    if let number = json?.double {
      self = .value(number)
    } else if let reason = json?["unavailable"]?.text {
      self = .unavailable(reason)
    } else if let pair = json?["pending"]?.elements, pair.count == 2, let observed = pair[0].double,
      let required = pair[1].double
    {
      self = .pending(observed: observed, required: required)
    } else {
      self = .unavailable("not_recorded")
    }
  }

  /// The number if there is one.
  public var number: Double? {
    if case .value(let number) = self { number } else { nil }
  }
}

extension JSONValue {
  /// A number to six decimals; `null` when it is not finite.
  static func rounded(_ number: Double) -> JSONValue {
    guard number.isFinite, number.magnitude < 1e9 else { return number.isFinite ? .number(number) : .null }
    return .number((number * 1e6).rounded() / 1e6)
  }

  /// An object of texts.
  static func texts(_ texts: [String: String]) -> JSONValue { .object(texts.mapValues { .string($0) }) }
}
