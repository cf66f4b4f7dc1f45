import AuditLog
import Capture
import IdentityCheck
import Observations
import Pipeline
import Quantities
import Surroundings

/// What a check tells the session log.
protocol CheckRecords {
  /// Step `number` asks for a gesture.
  func issued(number: Int, gesture: Gesture, count: Int)
  /// Step `number` was done.
  func done(number: Int, gesture: Gesture, seconds: Double)
  /// The screen begins to light the face, after so many steps.
  func lightIssued(number: Int)
  /// How the light challenge ended, with what was shown and what came back.
  func lightEnded(number: Int, _ result: LightResult, isHeld: Bool, seconds: Double)
  /// The end; `open` is the gesture that was asked for and not done.
  func ended(_ result: CheckResult, open: Gesture?)
}

/// Writes the check's steps into the session log.
struct SessionCheckRecords: CheckRecords {
  let recorder: SessionRecorder

  func issued(number: Int, gesture: Gesture, count: Int) {
    let words = count == 1 ? gesture.rawValue : "\(gesture.rawValue) x\(count)"
    recorder.note(.challenge(ChallengeRecord(number: number, challenge: words, outcome: "issued")))
  }

  func done(number: Int, gesture: Gesture, seconds: Double) {
    recorder.note(
      .challenge(
        ChallengeRecord(number: number, challenge: gesture.rawValue, outcome: "passed", seconds: seconds)))
  }

  func lightIssued(number: Int) {
    recorder.note(.challenge(ChallengeRecord(number: number, challenge: "light", outcome: "issued")))
  }

  func lightEnded(number: Int, _ result: LightResult, isHeld: Bool, seconds: Double) {
    recorder.note(
      .challenge(
        ChallengeRecord(
          number: number, challenge: (["light"] + result.shown).joined(separator: ", "),
          outcome: result.outcome == .passed ? "passed" : "failed", seconds: seconds,
          reasons: LightReasons.of(result, isHeld: isHeld))))
  }

  func ended(_ result: CheckResult, open: Gesture?) {
    guard let open else { return }
    let outcome = result.outcome == .late ? "timed_out" : "failed"
    recorder.note(
      .challenge(
        ChallengeRecord(
          number: result.completed + 1, challenge: open.rawValue, outcome: outcome,
          reasons: [
            RecordedReason(cue: "challenge", value: .unavailable(result.outcome.rawValue), against: true)
          ])))
  }
}

/// What the light challenge needs of a check's camera.
struct CheckLight {
  /// Whether the camera shows a mirror image.
  let mirrored: Bool
  /// Holds its exposure and colours still meanwhile; nil for what is no camera.
  let hold: CameraHold?
}

/// A check's way from the first frame to its end: leads the person, shows and records each step. Main thread only.
final class CheckSink: ReportSink {
  /// The check as it stands.
  private(set) var conductor: CheckConductor
  private let window: KioskSink?
  private let output: CheckOutput
  private let records: any CheckRecords
  private let snapshots: SnapshotKeeper?
  private let now: () -> MonotonicInstant
  /// What the light challenge needs of the camera.
  let light: CheckLight

  init(
    _ conductor: CheckConductor, window: KioskSink?, output: CheckOutput, records: any CheckRecords,
    snapshots: SnapshotKeeper?, light: CheckLight, now: @escaping () -> MonotonicInstant = { .now() }
  ) {
    (self.conductor, self.window, self.output) = (conductor, window, output)
    (self.records, self.snapshots, self.now) = (records, snapshots, now)
    self.light = light
  }

  /// The window shows a moving picture; without one nobody waits for more than a prompt.
  var patience: Int { window == nil ? 100 : 8 }

  func take(_ event: SessionEvent) throws {
    let now = now()
    switch event {
    case .frame(let judged):
      let notes = conductor.take(judged.report, arrived: now) {
        LightSampler.sample($0, in: judged.frame, mirrored: light.mirrored)
      }
      try tell(notes, now)
      try window?.show(judged.frame, conductor, at: judged.report.captured)
    case .waiting: try tell(conductor.waiting(now), now)
    case .cameraLost, .ended: try tell(conductor.sourceLost(now), now)
    case .failed(let error):
      // Before the first frame there was no check at all; later the camera broke in the middle of one.
      guard conductor.shownSince != nil, error is CaptureError else { throw error }
      StandardErrors.say("\(error)")
      try tell(conductor.sourceLost(now), now)
    case .cameraReturned, .asked: break
    }
    try showLight()
  }

  /// The check is over, or was called off.
  func requests() throws -> [SessionRequest] {
    if conductor.result != nil { return [.quit(reason: "the check is over")] }
    let wish = try window?.wish(conductor)
    if wish == .noLight { conductor.refuseLight() }
    return output.isCancelled || wish == .quit ? [.quit(reason: "called off")] : []
  }

  /// Shows the light that is due; what is on the screen since when is part of the measurement.
  private func showLight() throws {
    guard let window, conductor.light != nil else {
      light.hold?.release()
      return
    }
    light.hold?.hold()
    let zones = try window.showLight(conductor)
    conductor.shown(zones, at: now())
  }

  private func tell(_ notes: [CheckNote], _ now: MonotonicInstant) throws {
    for note in notes {
      try output.tell(note, at: now)
      switch note {
      case .asked(let step, let gesture, let count):
        records.issued(number: step, gesture: gesture, count: count)
        snapshots?.keep("challenge")
      case .completed(let step, let gesture, let seconds):
        records.done(number: step, gesture: gesture, seconds: seconds)
        snapshots?.keep("challenge")
      case .lightBegan: records.lightIssued(number: conductor.progress.of + 1)
      case .lightEnded(let result, let seconds):
        records.lightEnded(
          number: conductor.progress.of + 1, result, isHeld: light.hold?.wasHeld ?? false, seconds: seconds)
      case .finished(let result, let open): records.ended(result, open: open)
      case .advice, .seen: break
      }
    }
  }
}

/// What the log says of a light challenge: each number with the limit that it was held against is in the calibration
/// whose name the session's header carries.
enum LightReasons {
  static func of(_ result: LightResult, isHeld: Bool) -> [RecordedReason] {
    let isAgainst = result.outcome == .failed
    var reasons: [RecordedReason] = []
    if let reason = result.reason {
      reasons.append(RecordedReason(cue: "light", value: .unavailable(reason.rawValue), against: isAgainst))
    }
    if result.outcome == .refused {
      reasons.append(RecordedReason(cue: "light", value: .unavailable("refused"), against: false))
    }
    guard let answer = result.answer else { return reasons }
    func add(_ cue: String, _ value: Double?) {
      guard let value else { return }
      reasons.append(RecordedReason(cue: cue, value: .value(value), against: isAgainst))
    }
    add("light_correlation", answer.correlation)
    add("light_delay_s", answer.delay)
    add("light_gain", answer.gain)
    add("light_relief", answer.relief)
    add("light_relief_error", answer.reliefError)
    add("light_background", answer.background)
    add("light_neck", answer.neck)
    add("light_camera_held", isHeld ? 1 : 0)
    add("light_frames", Double(answer.frames))
    return reasons
  }
}
