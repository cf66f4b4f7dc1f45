public import Faces
public import Imaging
public import Observations
public import Pipeline
public import Quantities

/// A detector that finds what a test says, and counts how often it was asked.
public final class ScriptedFinder: FaceFinding {
  /// Boxes that are found in the frame of this index.
  public var boxes: (UInt64) -> [PixelRect]
  /// Frames in which it was asked, oldest first.
  public private(set) var frames: [UInt64] = []

  /// Finds `boxes` of each frame.
  public init(_ boxes: @escaping (UInt64) -> [PixelRect]) { self.boxes = boxes }

  /// The boxes of this frame, with six keypoints of an upright face.
  public func detect(in frame: Frame, mode: FaceDetector.Mode) -> [Detection] {
    frames.append(frame.index)
    return boxes(frame.index).map { box in
      let points: [(Float, Float)] = [
        (0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.5, 0.75), (0.05, 0.45), (0.95, 0.45),
      ]
      return Detection(
        box: box, confidence: Confidence(0.9),
        keypoints: points.map { PixelPoint(box.x + $0.0 * box.width, box.y + $0.1 * box.height) },
        model: ModelIdentity(name: "scripted-finder", sha256: String(repeating: "0", count: 64)))
    }
  }
}

/// Landmarks that a test places, and every question that was asked.
public final class ScriptedLandmarks: LandmarkPlacing {
  /// One question.
  public struct Question: Sendable, Equatable {
    /// The frame's index.
    public let frame: UInt64
    /// Where a face is supposed to be.
    public let region: RotatedSquare
    /// Whether expressions were asked for.
    public let expressions: Bool
  }

  /// See ``LandmarkPlacing/models``.
  public let models = [ModelIdentity(name: "scripted-mesh", sha256: String(repeating: "1", count: 64))]
  /// Every question, oldest first.
  public private(set) var questions: [Question] = []
  private let answer: (Question) throws -> Face?

  /// Answers each question with `answer`; what it throws is thrown.
  public init(_ answer: @escaping (Question) throws -> Face?) { self.answer = answer }

  /// The answer to this question.
  public func face(in frame: Frame, region: RotatedSquare, expressions: Bool) throws -> Face? {
    let question = Question(frame: frame.index, region: region, expressions: expressions)
    questions.append(question)
    return try answer(question)
  }
}

/// Scores that a test gives, and every face that was offered.
public final class ScriptedScores: ScoreKeeping {
  /// See ``ScoreKeeping/identities``.
  public let identities = [ModelIdentity(name: "scripted-score", sha256: String(repeating: "2", count: 64))]
  /// See ``ScoreKeeping/lastDuration``.
  public var lastDuration = Duration.zero
  /// Frame and track of every face offered, oldest first.
  public private(set) var offers: [(frame: UInt64, track: TrackID)] = []
  /// The newest set of tracks that was kept.
  public private(set) var kept: Set<TrackID> = []
  /// The cover that is said of every face.
  public var cover: VisibilityObstacle?
  /// The scores of every face.
  public var scores: NetworkScores

  /// Gives these scores of everybody.
  public init(_ scores: NetworkScores) { self.scores = scores }

  /// Notes the tracks.
  public func keepOnly(_ tracks: Set<TrackID>) { kept = tracks }
  /// Notes the offer.
  public func offer(_ face: Face, of track: TrackID, in frame: Frame) { offers.append((frame.index, track)) }
  /// The scripted cover.
  public func cover(of track: TrackID, at now: MonotonicInstant) -> VisibilityObstacle? { cover }
  /// The scripted scores.
  public func scores(of track: TrackID, at now: MonotonicInstant) -> NetworkScores { scores }
}
