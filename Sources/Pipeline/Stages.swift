public import Faces
public import Imaging
public import Observations
public import Quantities

/// Finds faces in a whole frame.
public protocol FaceFinding: AnyObject {
  /// Faces in `frame`, most confident first; an empty array when there is none.
  func detect(in frame: Frame, mode: FaceDetector.Mode) throws -> [Detection]
}

/// Places landmarks where a face is supposed to be.
public protocol LandmarkPlacing: AnyObject {
  /// The networks in use.
  var models: [ModelIdentity] { get }
  /// The face in `region`; nil when there is none. `expressions` asks for the expression scores too.
  func face(in frame: Frame, region: RotatedSquare, expressions: Bool) throws -> Face?
}

/// What the slow networks say of each track. Never waited for, unless the source is a recording.
public protocol ScoreKeeping: AnyObject {
  /// The networks in use.
  var identities: [ModelIdentity] { get }
  /// Time of the newest run over one face.
  var lastDuration: Duration { get }
  /// Forgets tracks that have ended.
  func keepOnly(_ tracks: Set<TrackID>)
  /// Offers the face of a track in `frame`; taken when its turn has come.
  func offer(_ face: Face, of track: TrackID, in frame: Frame)
  /// That the face of `track` is covered as of `now`; nil when it is not, or nobody looked.
  func cover(of track: TrackID, at now: MonotonicInstant) -> VisibilityObstacle?
  /// What the networks say of a track as of the frame captured at `now`.
  func scores(of track: TrackID, at now: MonotonicInstant) -> NetworkScores
}

extension FaceDetector: FaceFinding {}
extension LandmarkEstimator: LandmarkPlacing {}
