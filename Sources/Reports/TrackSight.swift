public import Observations
import Quantities

/// How a track was seen over a whole recording: how long, how large, how surely, and what kept it from being judged.
public struct TrackSight: Sendable {
  /// What one obstacle came to.
  public struct Hindrance: Sendable, Equatable {
    /// The reason, the measure and the limit; the value is the mean over the frames.
    public let obstacle: VisibilityObstacle
    /// Frames in which it was in the way.
    public let frames: Int
  }

  /// Frames in which the face was really seen.
  public private(set) var frames = 0
  /// Time in which the face was really seen, in seconds.
  public private(set) var seconds = 0.0
  private var reported = 0
  private var judged = 0
  private var sides = 0.0
  private var presences = 0.0
  private var obstacles: [UnavailableReason: (newest: VisibilityObstacle, sum: Double, frames: Int)] = [:]

  /// Takes the track's next frame, `step` after the one before.
  mutating func add(_ report: TrackReport, step: Duration) {
    reported += 1
    guard report.track.phase != .coasting else { return }
    frames += 1
    seconds += max(step.inSeconds, 0)
    sides += Double(report.track.face.box.area.squareRoot())
    presences += Double(report.track.face.presence.value)
    guard let obstacle = report.obstacle else {
      judged += 1
      return
    }
    let known = obstacles[obstacle.reason] ?? (obstacle, 0, 0)
    obstacles[obstacle.reason] = (obstacle, known.sum + obstacle.value, known.frames + 1)
  }

  /// Mean side of the face, in frame pixels.
  public var side: Double { sides / Double(max(frames, 1)) }
  /// Mean certainty of the landmark network that it is a face.
  public var presence: Double { presences / Double(max(frames, 1)) }
  /// Part of the track's frames in which the face was really seen, not only remembered.
  public var seenShare: Double { Double(frames) / Double(max(reported, 1)) }
  /// Part of the seen frames that the networks might judge.
  public var judgedShare: Double { Double(judged) / Double(max(frames, 1)) }

  /// How much was seen of the face: long, large and surely. Time counts from a hundredth of a second, so that still
  /// pictures compare by size.
  public var weight: Double { max(seconds, 0.01) * side * presence }

  /// What kept frames from being judged, the most frequent first.
  public var hindrances: [Hindrance] {
    obstacles.values.map { known in
      Hindrance(
        obstacle: VisibilityObstacle(
          known.newest.reason, known.newest.measure, value: known.sum / Double(known.frames),
          limit: known.newest.limit), frames: known.frames)
    }.sorted { ($1.frames, $0.obstacle.reason.rawValue) < ($0.frames, $1.obstacle.reason.rawValue) }
  }
}
