import Pipeline
import Quantities
import Surroundings

/// Why a session ends for a reason outside of it: a signal, or a time that is up.
enum OutsideEnd {
  /// The question for ``SessionDriver``; `seconds` from now on, nil for as long as the source lasts.
  static func after(_ seconds: Double? = nil) -> () -> String? {
    let start = MonotonicInstant.now()
    return {
      if let seconds, (MonotonicInstant.now() - start).inSeconds >= seconds { return "time is up" }
      return Interrupts.received ? "interrupted" : nil
    }
  }
}

extension SessionDriver {
  /// Drives `session` until it ends, a signal comes, or `seconds` are over.
  init(_ session: any FrameSession, _ sinks: [any ReportSink], seconds: Double? = nil) {
    self.init(
      session, sinks, end: OutsideEnd.after(seconds), sleep: { Interrupts.sleep(Double($0) / 1000) })
  }
}
