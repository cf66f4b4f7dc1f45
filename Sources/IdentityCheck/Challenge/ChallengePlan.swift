public import Observations

extension Policy {
  /// Number of steps: two for trying out, four at kiosks, six where doubt is dear.
  public var steps: Int {
    switch self {
    case .low: 2
    case .standard: 4
    case .high: 6
    }
  }

  /// Whether a check that was called off, also by walking away, counts as a failed attempt: whoever may call off for
  /// nothing can wait for gestures that suit a recording.
  public var countsCallingOff: Bool { self != .low }

  /// Number of pauses that are long.
  var longPauses: Int { self == .high ? 2 : 1 }
}

/// What is asked of a person in one check, drawn at random: order, counts and pauses.
///
/// Pauses are short but for some long ones at places drawn at random: who moves by a script of his own moves into a
/// long pause and is too early. An even spread of pauses would cost a person the same time and catch hardly anybody,
/// since reactions themselves differ by tenths of a second.
public struct ChallengePlan: Sendable, Equatable {
  /// One thing asked for.
  public struct Step: Sendable, Equatable {
    /// What to do.
    public let gesture: Gesture
    /// How often, exactly.
    public let count: Int
    /// Seconds of rest before it is asked for.
    public let pause: Double
  }

  /// The steps in their order; never the same gesture twice in a row.
  public let steps: [Step]

  /// A plan with `policy`'s number of steps out of `allowed`; gestures that a person cannot do are left out there, and
  /// with them those that they are a part of.
  ///
  /// Nil when fewer than two gestures are allowed.
  public init?(
    policy: Policy, allowed: Set<Gesture> = Set(Gesture.allCases),
    using generator: inout some RandomNumberGenerator
  ) {
    let pool = Gesture.allCases.filter { allowed.contains($0) && allowed.isSuperset(of: $0.parts) }
    guard pool.count >= 2 else { return nil }
    let longPauses = Array(0..<policy.steps).shuffled(using: &generator).prefix(policy.longPauses)
    var steps: [Step] = []
    while steps.count < policy.steps {
      let left = pool.filter { $0 != steps.last?.gesture }
      guard let gesture = left.randomElement(using: &generator) else { return nil }
      steps.append(
        Step(
          gesture: gesture, count: Int.random(in: gesture.counts, using: &generator),
          pause: Double.random(
            in: longPauses.contains(steps.count) ? Self.longPause : Self.shortPause, using: &generator)))
    }
    self.steps = steps
  }

  /// Seconds of a short pause.
  static let shortPause = 0.05...0.2
  /// Seconds of a long one: longer than a short one and a quick reaction together.
  static let longPause = 0.7...1.2

  /// A plan with given steps, for tests.
  package init(steps: [(Gesture, Int, Double)]) {
    self.steps = steps.map { Step(gesture: $0.0, count: $0.1, pause: $0.2) }
  }
}
