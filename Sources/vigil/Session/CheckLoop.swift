import AuditLog
import Dispatch
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

/// The check's way from the first frame to its end. Main thread only.
struct CheckLoop {
  let session: LiveSession
  let window: KioskSink?
  let output: CheckOutput
  let records: any CheckRecords
  let evidence: EvidenceKeeper?

  /// Nil when the check was cancelled from outside.
  func run(_ first: CheckConductor, policy: CheckPolicy, onTimeout: TimeoutRule) throws -> CheckResult? {
    var conductor = first
    defer { session.stop() }
    try output.start(policy: policy, onTimeout: onTimeout, steps: conductor.progress.of)
    while conductor.result == nil {
      if Interrupts.received || output.isCancelled { return nil }
      if try window?.wantsToQuit() == true { return nil }
      let event = session.next(timeout: .milliseconds(window == nil ? 100 : 8))
      let now = MonotonicInstant.now()
      switch event {
      case .frame(let frame, let report):
        try tell(conductor.take(report, arrived: now), now)
        try window?.show(frame, conductor, at: report.captured)
        evidence?.take(frame, report)
      case .waiting: try tell(conductor.waiting(now), now)
      case .cameraLost, .ended: try tell(conductor.sourceLost(now), now)
      case .failed(let problem):
        // Before the first frame there was no check at all; later the camera broke in the middle of one.
        guard conductor.shownSince != nil else { throw Failure(.noInput, problem) }
        StandardErrors.say(problem)
        try tell(conductor.sourceLost(now), now)
      }
    }
    return conductor.result
  }

  private func tell(_ notes: [CheckNote], _ now: MonotonicInstant) throws {
    for note in notes {
      try output.tell(note, at: now)
      switch note {
      case .asked(let step, let gesture, let count):
        records.issued(number: step, gesture: gesture, count: count)
        evidence?.keep("challenge")
      case .completed(let step, let gesture, let seconds):
        records.done(number: step, gesture: gesture, seconds: seconds)
        evidence?.keep("challenge")
      case .finished(let result, let open): records.ended(result, open: open)
      case .advice, .seen: break
      }
    }
  }
}
