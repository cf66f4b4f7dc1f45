import Foundation
public import Imaging
import Inference
public import Observations
public import Quantities

/// Places landmarks on one face: 478-point mesh, 68 landmarks, expression scores, head pose, quality.
///
/// In: a ``Frame`` and a square of it that holds one face. Out: a ``Face`` in frame pixels. The networks' memory is
/// taken when loading; a call allocates its result (mesh, landmarks, 52 scores) and a few short arrays.
/// Nothing is smoothed over time: a filter that calms the mesh also flattens a blink of three frames.
/// Cost on one core: mesh 5 to 6 ms, expressions 0.4 ms, pose and quality 0.3 ms.
///
/// `@unchecked Sendable` because an estimator may move between queues, but only one may use it at a time.
public final class LandmarkEstimator: @unchecked Sendable {
  /// The files an estimator is made of.
  public struct Files: Sendable {
    /// MediaPipe's 478-point mesh network, `face_landmarks_detector.tflite`.
    public var mesh: NetworkFile
    /// MediaPipe's expression network, `face_blendshapes.tflite`; nil: no expression scores.
    public var expressions: NetworkFile?
    /// Path of `geometry_pipeline_metadata_landmarks.binarypb`; nil: no head pose.
    public var canonicalHead: String?

    /// A mesh network with what may go beside it.
    public init(mesh: NetworkFile, expressions: NetworkFile? = nil, canonicalHead: String? = nil) {
      (self.mesh, self.expressions, self.canonicalHead) = (mesh, expressions, canonicalHead)
    }
  }

  /// Choices made when loading.
  public struct Options: Sendable {
    /// Least presence for a face to be reported, in 0...1. MediaPipe's own default is 0.5.
    public var leastPresence: Float = 0.5
    /// Threads of one run; 1 is best for networks this small.
    public var threads = 1
    /// How the 68 landmarks follow from the mesh.
    public var map: LandmarkMap = .nearestPoints
    /// Places the 68 landmarks anew, starting from the map's; nil leaves them.
    public var predictor: ShapePredictor?

    /// The defaults.
    public init() {}
  }

  /// The networks in use, mesh first.
  public let models: [ModelIdentity]
  private let mesh: MeshNetwork
  private let expressions: ExpressionNetwork?
  private let pose: PoseEstimator?
  private let options: Options
  private var meter = QualityMeter()

  /// Loads the files. Throws when one is refused or is not what is needed. Cost: some ten milliseconds.
  public init(_ files: Files, options: Options = .init()) throws(LandmarkError) {
    mesh = try MeshNetwork(files.mesh, threads: options.threads)
    if let file = files.expressions {
      expressions = try ExpressionNetwork(file, threads: options.threads)
    } else {
      expressions = nil
    }
    if let path = files.canonicalHead {
      pose = PoseEstimator(try CanonicalHead(path: path))
    } else {
      pose = nil
    }
    models =
      [files.mesh.identity] + (files.expressions.map { [$0.identity] } ?? [])
      + (options.predictor?.identity.map { [$0] } ?? [])
    self.options = options
  }

  /// The face in `region`; nil when the network sees none there.
  ///
  /// `expressions` asks for the expression scores too; they stay nil when their network is not loaded.
  public func face(in frame: Frame, region: RotatedSquare, expressions wanted: Bool) throws(LandmarkError)
    -> Face?
  {
    guard let (points, presence) = try mesh.run(on: frame, region: region),
      presence >= options.leastPresence, let mapped = options.map(points),
      let box = PixelRect(around: points.lazy.map(\.pixel)), box.area > 0
    else { return nil }
    let landmarks = options.predictor?.refine(mapped, in: frame) ?? mapped
    let scores = wanted ? try expressions?.run(on: points) : nil
    let core = RotatedSquare(
      center: box.center, side: max(box.width, box.height), rotation: region.rotation)
    let quality = meter.quality(in: frame, region: core, interocular: landmarks.interocularDistance)
    return Face(
      box: box, presence: Confidence(presence), landmarks: landmarks, mesh: points, expressions: scores,
      pose: pose?.pose(points), quality: quality)
  }
}
