import Foundation

/// A calibrated probability in 0...1.
///
/// Only `Calibration` and `Decision` make one: a raw network output is a ``Logit``, a detector's own number a
/// ``Confidence``.
public struct Probability: Comparable, Hashable, Sendable, Codable {
  /// The value, in 0...1, finite.
  public let value: Double

  /// Makes a probability; nil when `value` is not a number in 0...1.
  public init?(_ value: Double) {
    guard value >= 0, value <= 1 else { return nil }
    self.value = value
  }

  /// Makes a probability from a number that may lie a rounding error outside 0...1.
  public init(clamping value: Double) {
    precondition(!value.isNaN, "a probability cannot be made from NaN")
    self.value = min(max(value, 0), 1)
  }

  /// The probability of the opposite event.
  public var complement: Probability { Probability(clamping: 1 - value) }

  /// Whether `left` is less likely than `right`.
  public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

/// A raw network output before calibration: any finite number, larger means more of what the network looks for.
public struct Logit: Comparable, Hashable, Sendable, Codable {
  /// The network's number.
  public let value: Double

  /// Wraps a network's raw number.
  public init(_ value: Double) { self.value = value }

  /// The logistic function of the value. Not a calibrated probability.
  public var sigmoid: Double { 1 / (1 + exp(-value)) }

  /// Whether `left` is smaller than `right`.
  public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

/// A detector's own certainty in 0...1; orders detections of one detector, means nothing across detectors.
public struct Confidence: Comparable, Hashable, Sendable, Codable {
  /// The detector's number, in 0...1.
  public let value: Float

  /// Wraps a detector's number, clamped to 0...1; NaN becomes 0.
  public init(_ value: Float) { self.value = value.isNaN ? 0 : min(max(value, 0), 1) }

  /// Whether `left` is less certain than `right`.
  public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

/// An angle in radians; shown in degrees only in the overlay and in reports.
public struct Radians: Comparable, Hashable, Sendable, Codable {
  /// The angle in radians.
  public let value: Float

  /// An angle in radians.
  public init(_ value: Float) { self.value = value }

  /// An angle given in degrees.
  public init(degrees: Float) { self.value = degrees * .pi / 180 }

  /// The angle in degrees.
  public var degrees: Float { value * 180 / .pi }

  /// Whether `left` is the smaller angle.
  public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}
