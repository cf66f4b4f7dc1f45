/// Times and limits of tracking; all times are frame time, so that the frame rate does not matter.
public struct TrackingOptions: Sendable, Equatable {
  /// A track is confirmed when it has been seen at least this long after its birth (and at least twice).
  /// Shorter shows faces sooner, longer hides false detections. Range 0 to 1 s.
  public var confirmAfter: Duration = .milliseconds(100)
  /// A confirmed track that is not seen is remembered this long: a hand before the face, a turned head.
  public var coastFor: Duration = .milliseconds(500)
  /// After a gap between frames longer than this no track goes on: another person may sit there. Must not be less
  /// than `coastFor`; more than one frame's time of the slowest source.
  public var longestGap: Duration = .seconds(2)
  /// While every track is held by its landmarks, newcomers are looked for this often; zero: in every frame.
  public var newcomersEvery: Duration = .milliseconds(500)
  /// Two faces are one when their boxes share at least this part of the smaller one's area, in 0...1.
  public var duplicateShare: Float = 0.6
  /// Most faces followed at once; more are left unseen, the largest first served.
  public var mostTracks = 8

  /// The defaults.
  public init() {}
}
