import Calibration
import Capture
import Decision
import FaceScoring
import Faces
import Foundation
import Hearing
import Observations
import Pipeline
import Reports
import Surroundings

/// The program's version, written into every result and record.
enum Program {
  static let version = "0.1.0"
}

/// Builds the stages from the settings: the one place that knows all of them.
struct Assembly {
  let settings: Settings
  let store: ModelStore
  let calibration: Calibration
  let calibrationFile: URL
  let scorers: ScorerSet

  /// Finds and verifies networks and calibration. Throws one clear failure when something is missing or wrong.
  /// `scoring`: whether the slow networks take part.
  init(_ settings: Settings, scoring: Bool = true) throws {
    self.settings = settings
    store = try ModelStore(setting: settings.models)
    let folder =
      settings.calibration.isEmpty
      ? store.root.deletingLastPathComponent().appendingPathComponent("Calibration")
      : URL(fileURLWithPath: settings.calibration)
    calibrationFile = folder.appendingPathComponent("default.json")
    do {
      var calibration = try Calibration(path: calibrationFile.path)
      calibration.scores = try ScoreRules.read(path: folder.appendingPathComponent("scores.json").path)
      let visibility = folder.appendingPathComponent("visibility.json").path
      calibration.visibility = try VisibilityLimits.read(path: visibility)
      if calibration.visibility == nil {
        StandardErrors.say("\(visibility): no such file; faces are judged however badly they are seen")
      }
      self.calibration = calibration
    } catch {
      throw Failure(.usage, "\(error)")
    }
    let networks = settings.networks
    if !networks.isEmpty, !FileManager.default.fileExists(atPath: networks) {
      throw Failure(.usage, "--networks \(networks): no such folder")
    }
    scorers =
      scoring
      ? ScorerSet(folder: networks.isEmpty ? store.root : URL(fileURLWithPath: networks)) : ScorerSet()
    for problem in scorers.problems { StandardErrors.say("a scoring network is left out: \(problem)") }
  }

  /// A fresh fast path. Cost: loading the networks, some tens of milliseconds.
  func perception(
    pace: ScoringPace, isStill: Bool, obstacle: VisibilityObstacle? = nil, mapsAttention: Bool = false,
    scoring: Bool = true,
    cropObserver: (@Sendable (CropSeen) -> Void)? = nil, listens: Bool = false
  ) throws -> Perception {
    var options = LandmarkEstimator.Options()
    options.threads = settings.threads
    options.map = try landmarkMap
    options.predictor = try predictor
    let files = LandmarkEstimator.Files(
      mesh: try store.verifiedFile("face_landmarks_detector.tflite"),
      expressions: try store.verifiedFile("face_blendshapes.tflite"),
      canonicalHead: try store.verifiedFile("geometry_pipeline_metadata_landmarks.binarypb").path)
    var asking = ScoringOptions()
    (asking.every, asking.mapsAttention, asking.observer) = (settings.scoreEvery, mapsAttention, cropObserver)
    (asking.rules, asking.coverLimit) = (calibration.scores, calibration.visibility?.covered)
    let desk = ScoringDesk(
      scoring ? scorers : ScorerSet(), options: asking, pace: pace, isStill: isStill)
    var stages = Perception.Stages(
      finder: try detector(isStill: isStill), mode: mode(isStill: isStill),
      landmarks: try LandmarkEstimator(files, options: options), tracking: tracking, scores: desk,
      calibration: calibration)
    if listens {
      let hearing = try hearing()
      (stages.calibration.lips, stages.lips) = (
        hearing.rules, LipWatch(hearing.rules, activity: hearing.activity)
      )
    }
    stages.policy = settings.policy
    stages.triesCues = settings.trialCues == .on || settings.trialCues == .auto && pace == .inline
    return Perception(stages, isStill: isStill, obstacle: obstacle)
  }

  /// What lips are compared with voices by. Throws when the rules or the network are missing or wrong.
  func hearing() throws -> (rules: LipRules, activity: VoiceActivity) {
    let file = calibrationFile.deletingLastPathComponent().appendingPathComponent("lips.json").path
    do {
      guard let rules = try LipRules.read(path: file) else { throw Failure(.usage, "\(file): no such file") }
      let network = try store.verifiedFile(VoiceActivity.file)
      return (rules, try VoiceActivity(path: network.path, identity: network.identity))
    } catch let failure as Failure { throw failure } catch { throw Failure(.usage, "\(error)") }
  }

  /// dlib's predictor, when a file is named.
  private var predictor: ShapePredictor? {
    get throws {
      let path = settings.predictor
      guard !path.isEmpty else { return nil }
      do {
        var predictor = try ShapePredictor(path: path)
        predictor.identity = ModelIdentity(
          name: URL(fileURLWithPath: path).lastPathComponent, sha256: try FileDigest.sha256(path: path))
        return predictor
      } catch let error as LandmarkError { throw Failure(.usage, "\(error)") }
    }
  }

  /// The fitted map beside the calibration in use.
  private var landmarkMap: LandmarkMap {
    get throws {
      let file = calibrationFile.deletingLastPathComponent().appendingPathComponent("landmarks.json")
      do { return try LandmarkMap(path: file.path) } catch {
        throw Failure(
          .usage, "\(error); copy the file from the Calibration folder of the project, or fit it anew")
      }
    }
  }

  private func detector(isStill: Bool) throws -> FaceDetector {
    var options = FaceDetector.Options()
    // A picture gives one chance; what is no face is refused by the mesh network's presence.
    if isStill { options.leastFullRangeConfidence = 0.35 }
    options.threads = settings.threads
    let near = settings.detector == .full ? nil : try store.verifiedFile("face_detector.tflite")
    let full =
      settings.detector == .near ? nil : try store.verifiedFile("face_detection_full_range.tflite")
    return try FaceDetector(near: near, fullRange: full, options: options)
  }

  private func mode(isStill: Bool) -> FaceDetector.Mode {
    switch settings.detector {
    case .near: .near
    case .full: .fullRange
    case .auto: isStill ? .thorough : .nearThenFull(fullEvery: .seconds(2))
    }
  }

  private var tracking: TrackingOptions {
    var options = TrackingOptions()
    options.mostTracks = settings.maxFaces
    return options
  }

  /// What made a result.
  func provenance(_ perception: Perception) -> Provenance {
    Provenance(models: perception.models, calibration: calibration.id, version: Program.version)
  }

  /// Opens a source, with `sound` also its sound.
  static func open(_ text: String?, sound: Bool = false) throws -> any FrameSource {
    var options = SourceOptions.fenced
    options.sound = sound
    options.choice = CameraChoiceFile.read()
    return try SourceSpecification(text).open(options: options)
  }
}
