import Capture
import Foundation
import Monitoring
import Observations
import Pipeline
import Surroundings

/// `monitor --metrics`: a session's numbers and the port where Prometheus reads them. Any thread.
final class SessionNumbers: SessionWitness {
  private let metrics: SessionMetrics
  private let server: MetricsServer

  /// Listens at `address` from now on.
  init(_ address: MetricsAddress, _ source: SourceDescription, _ recorder: SessionRecorder) throws {
    let metrics = SessionMetrics(
      SessionMetrics.Session(
        version: Program.version, source: source.name, isLive: source.kind == .live,
        started: Date().timeIntervalSince1970),
      log: {
        recorder.committed.map { SessionMetrics.Log(records: $0, isSound: recorder.failure == nil) }
      })
    do { server = try MetricsServer(address) { metrics.text } } catch { throw Failure(.usage, "\(error)") }
    self.metrics = metrics
    let host = address.host.contains(":") ? "[\(address.host)]" : address.host
    StandardErrors.say("metrics are at http port \(server.port) of \(host), path /metrics")
    if !address.isLoopback { StandardErrors.say("--metrics: whoever reaches \(host) can read them") }
  }

  /// Counts a report, and the source's losses and returns.
  func witness(_ event: SessionEvent) {
    switch event {
    case .frame(let judged): metrics.take(judged.report)
    case .cameraLost: metrics.note(isAway: true)
    case .cameraReturned: metrics.note(isAway: false)
    case .waiting, .ended, .failed, .asked: break
    }
  }
}
