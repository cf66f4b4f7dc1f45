public import Calibration
public import Observations
public import Quantities

/// Whether a face is seen well enough to be judged: one measure for every command.
///
/// Pure. What is wrong at its root is named first: a face that is too small is not called out of focus as well.
public struct VisibilityGate: Sendable {
  private let limits: VisibilityLimits?

  /// A gate by its limits; without limits every face passes.
  public init(_ limits: VisibilityLimits?) { self.limits = limits }

  /// What keeps the networks from judging `face`; nil when they may.
  public func obstacle(of face: Face) -> VisibilityObstacle? {
    guard let limits else { return nil }
    let quality = face.quality
    func below(
      _ reason: UnavailableReason, _ measure: VisibilityMeasure, _ value: Double, _ limit: Double
    ) -> VisibilityObstacle? {
      value < limit ? VisibilityObstacle(reason, measure, value: value, limit: limit) : nil
    }
    func above(
      _ reason: UnavailableReason, _ measure: VisibilityMeasure, _ value: Double, _ limit: Double
    ) -> VisibilityObstacle? {
      value > limit ? VisibilityObstacle(reason, measure, value: value, limit: limit) : nil
    }
    let turn = face.pose.map { max(abs($0.yaw.degrees), abs($0.pitch.degrees)) } ?? 0
    let luminance = Double(quality.exposure)
    return below(.tooSmall, .interocular, Double(quality.interocularPixels), limits.interocularPixels)
      ?? above(.pose, .turn, Double(turn), limits.turnDegrees)
      ?? below(.tooDark, .luminance, luminance, limits.luminance.lowerBound)
      ?? above(.tooBright, .luminance, luminance, limits.luminance.upperBound)
      ?? above(.tooBright, .burntOut, Double(quality.burntOut), limits.burntOut)
      ?? below(.covered, .presence, Double(face.presence.value), limits.presence)
      ?? below(.outOfFocus, .focus, Double(quality.focus), limits.focus)
  }
}

/// How one track is seen over time.
///
/// A bad frame is left out; only when no good one came for ``patience`` is the track as a whole not judged.
public struct TrackVisibility: Sendable {
  /// How long a good look holds; as long as a network's score does.
  public static let patience = Duration.seconds(3)

  private var lastClear: MonotonicInstant?
  private var newest: VisibilityObstacle?

  /// A track that has not been seen yet.
  public init() {}

  /// Takes a frame in which the face was seen; `obstacle` is what was wrong with it.
  public mutating func observe(_ obstacle: VisibilityObstacle?, at now: MonotonicInstant) {
    newest = obstacle
    if obstacle == nil { lastClear = now }
  }

  /// What keeps the track from being judged as of `now`; nil when it can be.
  public func obstacle(at now: MonotonicInstant) -> VisibilityObstacle? {
    guard let newest, lastClear.map({ now - $0 > Self.patience }) ?? true else { return nil }
    return newest
  }
}
