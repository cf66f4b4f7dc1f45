import Capture
import Foundation
import Observations

/// Writes the session's records; the log itself comes with the audit module.
final class SessionRecorder: Sendable {
  init(_ assembly: Assembly, source: SourceDescription, models: [ModelIdentity]) throws {}
  func take(_ report: FrameReport) {}
  func note(action: String, detail: String) {}
  func close(_ reason: String) throws {}
}
