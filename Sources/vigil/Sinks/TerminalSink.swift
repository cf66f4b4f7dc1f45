import Observations
import Pipeline
import Surroundings

/// What somebody at the terminal gets besides the results.
final class TerminalSink: ReportSink {
  func take(_ event: SessionEvent) {
    if case .ended(.damaged(let reason)) = event {
      StandardErrors.say(SourceEnd.damaged(reason).reason)
    }
  }
}
