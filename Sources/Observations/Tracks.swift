public import Quantities

/// The number of a track: one face followed through a session. Never reused in a session; starts at 1.
public struct TrackID: Hashable, Comparable, Sendable, Codable {
  /// The number shown to people.
  public let value: Int

  /// Wraps a track's number.
  public init(_ value: Int) { self.value = value }

  /// Whether `left` was born earlier.
  public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

/// How sure the tracker is that a track is a face that stays.
public enum TrackPhase: String, Sendable, Codable {
  /// Seen only a few times; not judged yet.
  case tentative
  /// Followed.
  case confirmed
  /// Hidden for a moment; its last place is remembered.
  case coasting
}

/// One face followed through time, as of one frame.
public struct Track: Sendable, Equatable {
  /// The track's number.
  public let id: TrackID
  /// Tentative, confirmed or coasting.
  public let phase: TrackPhase
  /// When the track began.
  public let born: MonotonicInstant
  /// When the face was last really seen.
  public let lastSeen: MonotonicInstant
  /// The face in this frame; the last one seen while coasting.
  public let face: Face

  /// A track's state as of one frame.
  public init(
    id: TrackID, phase: TrackPhase, born: MonotonicInstant, lastSeen: MonotonicInstant, face: Face
  ) {
    (self.id, self.phase, self.born, self.lastSeen, self.face) = (id, phase, born, lastSeen, face)
  }
}
