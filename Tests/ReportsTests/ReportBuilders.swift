import Observations
import Quantities
import Reports

/// Small reports with known content.
enum Sample {
  static let model = ModelIdentity(name: "net", sha256: String(repeating: "a", count: 64))

  static func face(yaw: Float = 0) -> Face {
    let points = (0..<68).map { PixelPoint(Float($0), Float(2 * $0)) }
    guard let landmarks = Landmarks68(points) else { preconditionFailure("68 points were made") }
    return Face(
      box: PixelRect(x: 0, y: 0, width: 67, height: 134), presence: Confidence(0.9), landmarks: landmarks,
      pose: HeadPose(yaw: Radians(degrees: yaw), pitch: Radians(0), roll: Radians(0)),
      quality: FaceQuality(interocularPixels: 60, sharpness: 100, exposure: 0.5))
  }

  static func track(
    id: Int = 1, _ label: VerdictLabel, phase: TrackPhase = .confirmed, at: MonotonicInstant, yaw: Float = 0,
    side: Float? = nil, presence: Float = 0.9, obstacle: VisibilityObstacle? = nil,
    scores: NetworkScores = NetworkScores(forgery: .unavailable(.noModel), spoof: .unavailable(.noModel))
  ) -> TrackReport {
    let plain = face(yaw: yaw)
    let box = side.map { PixelRect(x: 0, y: 0, width: $0, height: $0) } ?? plain.box
    let seen = Face(
      box: box, presence: Confidence(presence), landmarks: plain.landmarks, pose: plain.pose,
      quality: plain.quality)
    let track = Track(id: TrackID(id), phase: phase, born: at, lastSeen: at, face: seen)
    let risk: Evidence<Probability> =
      label == .undecided
      ? .pending(observed: 1, required: 4) : .measured(Probability(clamping: 0.25), at: at)
    let reason = Reason(cue: .blink, value: .measured(2, at: at), limit: 1, against: false)
    let verdict = Verdict(
      track: TrackID(id), frame: 0, label: label, risk: risk, reasons: [reason], calibration: "default@1",
      models: [model])
    return TrackReport(
      track: track, liveness: LivenessState(unavailable: .tooSmall),
      scores: scores, verdict: verdict, obstacle: obstacle)
  }

  static func frame(_ index: Int, fps: Double = 25, _ tracks: (MonotonicInstant) -> [TrackReport])
    -> FrameReport
  {
    let at = MonotonicInstant(seconds: 100 + Double(index) / fps)
    return FrameReport(
      FrameArrival(
        index: UInt64(index), captured: at, size: PixelSize(width: 640, height: 480), camera: "test"),
      tracks: tracks(at))
  }

  static let provenance = Provenance(models: [model], calibration: "default@1", version: "test")
}
