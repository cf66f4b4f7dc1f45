public import Calibration
import Decision
public import Faces
public import Hearing
import Imaging
import Liveness
public import Observations
import Quantities

/// The fast path: one frame in, everything that is said of it out.
///
/// Detect (only when the tracker asks), place landmarks, track, judge liveness, decide. The slow networks run beside
/// it on a queue of their own. Used from one queue only. Per frame it allocates the faces' arrays (landmarks, mesh,
/// scores), the report, and the tracker's short lists; nothing of the size of a picture.
public final class Perception: FrameAnalyzer {
  /// What a perception is made of.
  public struct Stages {
    /// Finds faces.
    public var finder: any FaceFinding
    /// Which detectors look when.
    public var mode: FaceDetector.Mode
    /// Places landmarks.
    public var landmarks: any LandmarkPlacing
    /// Times and limits of tracking.
    public var tracking: TrackingOptions
    /// The slow networks.
    public var scores: any ScoreKeeping
    /// Fitted numbers.
    public var calibration: Calibration
    /// How much evidence a verdict needs.
    public var policy = Policy.standard
    /// Whether the cues are measured too that are reported and never used; live sources are spared their cost.
    public var triesCues = true
    /// Hears the source; nil when nobody listens.
    public var lips: LipWatch?

    /// All the parts.
    public init(
      finder: any FaceFinding, mode: FaceDetector.Mode, landmarks: any LandmarkPlacing,
      tracking: TrackingOptions, scores: any ScoreKeeping, calibration: Calibration
    ) {
      (self.finder, self.mode, self.landmarks, self.tracking) = (finder, mode, landmarks, tracking)
      (self.scores, self.calibration) = (scores, calibration)
    }
  }

  private struct TrackState {
    var liveness: LivenessMonitor
    var decision: DecisionMaker
    var visibility = TrackVisibility()
  }

  private let stages: Stages
  private let isStill: Bool
  private let gate: VisibilityGate
  private let sourceObstacle: VisibilityObstacle?
  private var tracker: FaceTracker
  private var states: [TrackID: TrackState] = [:]

  /// Everything that was measured with these networks.
  public let models: [ModelIdentity]

  /// A perception that has seen nothing yet. `isStill`: the source is one picture, so nothing that needs time is
  /// measured. `obstacle`: what keeps every face of the source from being judged.
  public init(_ stages: Stages, isStill: Bool = false, obstacle: VisibilityObstacle? = nil) {
    self.stages = stages
    (self.isStill, sourceObstacle) = (isStill, obstacle)
    gate = VisibilityGate(stages.calibration.visibility)
    tracker = FaceTracker(options: stages.tracking)
    models = stages.landmarks.models + stages.scores.identities + [stages.lips?.model].compactMap { $0 }
  }

  /// Takes the sound that came with the frames. Throws when the network of voice activity fails.
  public func hear(_ blocks: [SoundBlock]) throws {
    for block in blocks { try stages.lips?.hear(block) }
  }

  /// What was heard so far; nil when nobody listens.
  public var lips: LipWatch? { stages.lips }

  /// The frame with ``report(on:)``.
  public func judge(_ captured: CapturedFrame) throws -> JudgedFrame {
    JudgedFrame(captured.frame, try report(on: captured))
  }

  /// Everything that is said of a frame. Throws when a network fails.
  public func report(on captured: CapturedFrame) throws -> FrameReport {
    let frame = captured.frame
    var timings = StageTimings()
    timings.decode = captured.arrival.decodeTime
    let start = MonotonicInstant.now()
    let (refined, discovered, detection) = try look(at: frame)
    timings.detection = detection
    let looked = MonotonicInstant.now()
    timings.landmarks = looked - start - detection
    let tracks = tracker.update(at: frame.captured, refined: refined, discovered: discovered)
    let present = Set(tracks.map(\.id))
    for id in states.keys where !present.contains(id) { states[id] = nil }
    stages.scores.keepOnly(present)
    stages.lips?.keepOnly(present)
    let reports = tracks.map { judge($0, in: frame, captured.arrival.injection) }
    timings.judgement = MonotonicInstant.now() - looked
    timings.scoring = stages.scores.lastDuration
    return FrameReport(captured.arrival, tracks: reports, timings: timings)
  }

  /// Landmarks of the known faces, and of those that the detector finds when it is asked.
  private func look(
    at frame: Frame
  ) throws -> (refined: [(TrackID, Face?)], discovered: [Face], detection: Duration) {
    let plan = tracker.plan(at: frame.captured)
    var refined: [(TrackID, Face?)] = []
    for entry in plan.refine {
      let region = RotatedSquare(around: entry.last)
      refined.append((entry.id, try region.flatMap { try face(in: frame, $0) }))
    }
    // A face that slipped away in this very frame (a cut, a fast turn) is looked for at once, not a frame later.
    let slipped = refined.contains { $0.1 == nil }
    guard plan.detect || slipped else { return (refined, [], .zero) }
    let start = MonotonicInstant.now()
    let detections = try stages.finder.detect(in: frame, mode: stages.mode)
    let time = MonotonicInstant.now() - start
    var discovered: [Face] = []
    for index in tracker.unexplained(detections, refined: refined.compactMap(\.1)) {
      guard let region = RotatedSquare(around: detections[index]) else { continue }
      if let found = try settled(region, in: frame, passes: isStill ? 3 : 0) { discovered.append(found) }
    }
    return (refined, discovered, time)
  }

  private func face(in frame: Frame, _ region: RotatedSquare) throws -> Face? {
    try stages.landmarks.face(in: frame, region: region, expressions: !isStill)
  }

  /// The face at `region`. A detector's box that is too wide or too narrow hides the face from the mesh network, so
  /// other sizes are tried. In a picture it is looked at `passes` times more around its own mesh, as a recording's
  /// next frames would.
  private func settled(_ region: RotatedSquare, in frame: Frame, passes: Int) throws -> Face? {
    for scale in [1, 0.8, 1.25] as [Float] {
      let tried = RotatedSquare(
        center: region.center, side: scale * region.side, rotation: region.rotation)
      guard let first = try face(in: frame, tried) else { continue }
      var best = first
      for _ in 0..<passes {
        guard let region = RotatedSquare(around: best), let next = try face(in: frame, region) else { break }
        best = next
      }
      return best
    }
    return nil
  }

  private func judge(_ track: Track, in frame: Frame, _ injection: InjectionEvidence?) -> TrackReport {
    var state =
      states[track.id]
      ?? TrackState(
        liveness: LivenessMonitor(stages.calibration.liveness, triesCues: stages.triesCues),
        decision: DecisionMaker(stages.calibration, policy: stages.policy))
    let seen = track.phase != .coasting
    var liveness = LivenessState(unavailable: .stillPicture)
    if !isStill {
      liveness =
        seen
        ? state.liveness.observe(
          track.face, skin: stages.triesCues ? SkinSampler.colors(of: track.face, in: frame) ?? [] : nil,
          at: frame.captured)
        : state.liveness.miss(at: frame.captured)
      if let lips = stages.lips {
        if seen { lips.see(track.face, of: track.id, at: frame.captured) }
        liveness.lips = lips.agreement(of: track.id, at: frame.captured)
      }
    }
    // What the networks would say of a face that is hardly seen is not asked for: it would be wrong too often.
    var obstacle = seen ? sourceObstacle ?? gate.obstacle(of: track.face) : nil
    if seen, obstacle == nil {
      if isStill || track.phase == .confirmed { stages.scores.offer(track.face, of: track.id, in: frame) }
      obstacle = stages.scores.cover(of: track.id, at: frame.captured)
    }
    if seen { state.visibility.observe(obstacle, at: frame.captured) }
    let lasting = state.visibility.obstacle(at: frame.captured)
    let scores = stages.scores.scores(of: track.id, at: frame.captured).hindered(by: lasting?.reason)
    let verdict = state.decision.verdict(
      on: track, frame: frame.index, at: frame.captured, liveness: liveness, scores: scores,
      injection: injection, obstacle: lasting)
    states[track.id] = state
    return TrackReport(
      track: track, liveness: liveness, scores: scores, verdict: verdict, obstacle: obstacle)
  }
}
