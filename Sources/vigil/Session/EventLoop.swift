import Dispatch
import Foundation
import Imaging
import Observations
import Pipeline
import Quantities
import Surroundings

/// The way of the program once everything is open: for each event, do what it asks.
struct EventLoop {
  let session: LiveSession
  let window: WindowSink?
  let sinks: MonitorSinks
  let seconds: Double?

  func run() throws {
    let start = MonotonicInstant.now()
    defer { session.stop() }
    // While nothing comes the window needs no more than keys that answer at once.
    var isAway = false
    while true {
      if let seconds, (MonotonicInstant.now() - start).inSeconds >= seconds {
        return try finish("time is up")
      }
      if let problem = sinks.recorder.failure { return try stopLoudly(problem) }
      if Interrupts.received { return try finish("interrupted") }
      sinks.share?.serve()
      if try handleWindow() == .quit { return try finish("closed by the user") }
      switch session.next(timeout: .milliseconds(window == nil ? 200 : isAway ? 50 : 8)) {
      case .frame(let frame, let report):
        isAway = false
        try sinks.take(frame, report)
        try window?.show(frame, report)
      case .waiting: try window?.noteAge(.now())
      case .cameraLost(let reason):
        isAway = true
        try window?.showLoss(reason)
      case .ended(let damage):
        if let damage { StandardErrors.say("the recording ended early: \(damage)") }
        try window?.waitForClose(session, sinks)
        return try finish("the source ended")
      case .failed(let problem):
        try? finish(problem)
        throw Failure(.noInput, problem)
      }
    }
  }

  /// The log cannot be written any more: what was written is kept, and nothing goes on unrecorded.
  private func stopLoudly(_ problem: String) throws {
    try? sinks.events?.finish(problem, session.counters)
    session.stop()
    try window?.showLoss(problem)
    try window?.waitForClose(session, sinks)
    throw Failure(.fault, problem)
  }

  private func finish(_ reason: String) throws {
    if let ages = window?.ages {
      StandardErrors.say(
        String(
          format: "%d pictures shown; their age then: median %.1f ms, 95 %% under %.1f ms, worst %.1f ms; "
            + "none as current that was older than %.0f ms",
          ages.count, ages.median.inMilliseconds, ages.late.inMilliseconds, ages.worst.inMilliseconds,
          ages.oldestCurrent.inMilliseconds))
    }
    try sinks.finish(reason, session.counters)
  }

  private func handleWindow() throws -> WindowSink.Outcome {
    guard let window else { return .goOn }
    return try window.handleEvents(session, sinks)
  }
}
