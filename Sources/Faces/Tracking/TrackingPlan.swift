public import Observations

/// What the tracker wants done with the next frame.
public struct TrackingPlan: Sendable, Equatable {
  /// A track and where its face was last seen.
  public struct Entry: Sendable, Equatable {
    /// The track.
    public let id: TrackID
    /// Its face in the last frame it was seen in; the region to look at follows from it.
    public let last: Face
  }

  /// Tracks whose landmarks are to be placed again, starting from their last face, by number.
  public let refine: [Entry]
  /// Whether the detector is to run too: nobody is followed, somebody was lost, or newcomers are due.
  public let detect: Bool

  /// The plan that starts from nothing.
  package init(refine: [Entry], detect: Bool) { (self.refine, self.detect) = (refine, detect) }
}
