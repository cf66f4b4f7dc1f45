import AuditLog
import Observations
import Pipeline
import Synchronization

/// Puts a session's events into its log. What comes with frames is recorded on the session's queue, of every frame;
/// what people did on the thread that drives the session.
final class LogSink: SessionWitness {
  private let recorder: SessionRecorder
  private let isRecording: Bool
  private let closes: Bool
  private let hasSaidFailure = Atomic(false)

  /// Records into `recorder`. `isRecording`: the source is a recording, which people can hold; `closes`: the end of the
  /// session is the end of the log.
  init(_ recorder: SessionRecorder, isRecording: Bool, closes: Bool = true) {
    (self.recorder, self.isRecording, self.closes) = (recorder, isRecording, closes)
  }

  func witness(_ event: SessionEvent) {
    switch event {
    case .frame(let judged): recorder.take(judged.report)
    case .cameraLost(let reason): recorder.noteLoss(reason)
    case .cameraReturned: recorder.noteReturn()
    case .waiting, .ended, .failed, .asked: break
    }
  }

  func take(_ event: SessionEvent) {
    guard case .asked(let request) = event else { return }
    switch request {
    // A camera is not held by this; its frames are judged and recorded all the same.
    case .pause(let paused): if isRecording { recorder.note(paused: paused) }
    case .snapshot(let path): recorder.note(action: "snapshot", detail: path)
    case .quit, .step: break
    }
  }

  /// Nothing goes on unrecorded: the session ends when the log cannot be written any more.
  func requests() throws -> [SessionRequest] {
    if let failure = recorder.failure, !hasSaidFailure.exchange(true, ordering: .relaxed) { throw failure }
    return []
  }

  func finish(_ ending: SessionEnding, _ counters: FrameCounters) throws {
    if closes { try recorder.close(ending.reason) }
  }
}
