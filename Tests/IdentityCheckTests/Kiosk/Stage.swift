import Calibration
import Foundation
import IdentityCheck
import Liveness
import Observations
import Quantities
import Simulation

/// What goes wrong in front of the kiosk, and when.
struct Mishap {
  var fps = 30.0
  /// Changes the tracks of a frame at a time in seconds.
  var tracks: (inout [TrackReport], Double) -> Void = { _, _ in }
  /// The captured time that is told in place of the true one.
  var clock: (Double) -> Double = { $0 }
  /// From when on no frame comes.
  var silentFrom = Double.infinity
  /// When the source says that it has lost the camera.
  var lostAt = Double.infinity
  /// What the subject does when it is asked; nil: what it is asked for.
  var reply: ((Gesture) -> ScriptedMotion?)?
}

/// A person in front of the kiosk, frame reports through the conductor, all that it said.
struct Stage {
  var plan: [(Gesture, Int, Double)] = [(.turnLeft, 1, 0.2), (.mouthOpen, 1, 0.2), (.nod, 1, 0.2)]
  var onTimeout = TimeoutRule.undecided
  var mirrored = false

  struct Run {
    var notes: [CheckNote] = []
    var result: CheckResult?
  }

  func play(_ mishap: Mishap = Mishap(), kind: SubjectKind = .person) -> Run {
    var limits = CheckLimits()
    limits.mirrored = mirrored
    var conductor = CheckConductor(
      CheckSession(
        plan: ChallengePlan(steps: plan), policy: .standard, onTimeout: onTimeout, limits: limits))
    var subject = ScriptedSubject(kind, seed: 12)
    subject.blinkRate = 0
    var monitor = LivenessMonitor(calibration.liveness)
    var run = Run()
    for frame in 0..<Int(40 * mishap.fps) where conductor.result == nil {
      let time = Double(frame) / mishap.fps
      let now = MonotonicInstant(seconds: 1000 + time)
      if time >= mishap.lostAt {
        run.notes += conductor.sourceLost(now)
      } else if time >= mishap.silentFrom {
        run.notes += conductor.waiting(now)
      } else {
        let captured = MonotonicInstant(seconds: 50 + mishap.clock(time))
        let face = subject.face(at: time)
        var tracks = [Self.track(face, monitor.observe(face, at: captured), at: captured)]
        mishap.tracks(&tracks, time)
        let told = conductor.take(Self.report(tracks, frame, captured), arrived: now)
        for case .asked(_, let gesture, _) in told {
          let motion = mishap.reply.map { $0(gesture) } ?? gesture.motion
          if let motion { subject.perform(motion, at: time + 0.4) }
        }
        run.notes += told
      }
    }
    run.result = conductor.result
    return run
  }

  /// The report of a frame with one face in it.
  static func report(
    _ face: Face, _ liveness: LivenessState, _ frame: Int, _ captured: MonotonicInstant
  ) -> FrameReport {
    report([track(face, liveness, at: captured)], frame, captured)
  }

  private static func track(_ face: Face, _ liveness: LivenessState, at now: MonotonicInstant) -> TrackReport
  {
    let id = TrackID(1)
    return TrackReport(
      track: Track(id: id, phase: .confirmed, born: now, lastSeen: now, face: face), liveness: liveness,
      scores: NetworkScores(forgery: .unavailable(.noModel), spoof: .unavailable(.noModel)),
      verdict: Verdict(
        track: id, frame: 0, label: .undecided, risk: .pending(observed: 1, required: 3), reasons: [],
        calibration: "test", models: []))
  }

  private static func report(_ tracks: [TrackReport], _ frame: Int, _ captured: MonotonicInstant)
    -> FrameReport
  {
    FrameReport(
      FrameArrival(
        index: UInt64(frame), captured: captured, size: PixelSize(width: 1280, height: 720), camera: "stage"),
      tracks: tracks)
  }
}

extension TrackReport {
  /// The same track with another number, phase or light.
  func changed(id: Int? = nil, phase: TrackPhase? = nil, exposure: Float? = nil) -> TrackReport {
    let face = track.face
    let quality = FaceQuality(
      interocularPixels: face.quality.interocularPixels, sharpness: face.quality.sharpness,
      exposure: exposure ?? face.quality.exposure)
    let changed = Face(
      box: face.box, presence: face.presence, landmarks: face.landmarks, expressions: face.expressions,
      pose: face.pose, quality: quality)
    return TrackReport(
      track: Track(
        id: id.map { TrackID($0) } ?? track.id, phase: phase ?? track.phase, born: track.born,
        lastSeen: track.lastSeen, face: changed),
      liveness: liveness, scores: scores, verdict: verdict)
  }
}
