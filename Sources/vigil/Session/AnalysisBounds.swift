import Quantities

/// How much of a file is looked at: what a service allows its guests.
struct AnalysisBounds {
  /// Seconds of a recording; nil for all.
  var seconds: Double?
  /// Pixels of a frame, which the source sees to; nil for as many as the decoder takes.
  var pixels: Int?

  /// Why the analysis ends before the frame at `instant`; nil when it goes on.
  func stop(at instant: MonotonicInstant, from origin: MonotonicInstant) -> String? {
    guard let seconds, (instant - origin).inSeconds >= seconds else { return nil }
    return "only the first \(seconds) s were looked at"
  }
}
