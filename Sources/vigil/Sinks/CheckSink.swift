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

/// A check's way from the first frame to its end: leads the person, shows and records each step. Main thread only.
final class CheckSink: ReportSink {
  /// The check as it stands.
  private(set) var conductor: CheckConductor
  private let window: KioskSink?
  private let output: CheckOutput
  private let records: any CheckRecords
  private let snapshots: SnapshotKeeper?
  private let now: () -> MonotonicInstant

  init(
    _ conductor: CheckConductor, window: KioskSink?, output: CheckOutput, records: any CheckRecords,
    snapshots: SnapshotKeeper?, now: @escaping () -> MonotonicInstant = { .now() }
  ) {
    (self.conductor, self.window, self.output) = (conductor, window, output)
    (self.records, self.snapshots, self.now) = (records, snapshots, now)
  }

  /// The window shows a moving picture; without one nobody waits for more than a prompt.
  var patience: Int { window == nil ? 100 : 8 }

  func take(_ event: SessionEvent) throws {
    let now = now()
    switch event {
    case .frame(let judged):
      try tell(conductor.take(judged.report, arrived: now), now)
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
  }

  /// The check is over, or was called off.
  func requests() throws -> [SessionRequest] {
    if conductor.result != nil { return [.quit(reason: "the check is over")] }
    let isCalledOff = try output.isCancelled || window?.wantsToQuit() == true
    return isCalledOff ? [.quit(reason: "called off")] : []
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
      case .finished(let result, let open): records.ended(result, open: open)
      case .advice, .seen: break
      }
    }
  }
}
