import Geometry
import Units

/// How much of a file is looked at: what a service allows its guests.
struct AnalysisBounds {
  /// Seconds of a recording; nil for all.
  var seconds: Double?
  /// Pixels of a frame; nil for as many as the decoder takes.
  var pixels: Int?

  /// Why frames of `size` are refused; nil when they are not.
  func complaint(about size: PixelSize) -> String? {
    guard let pixels, size.width * size.height > pixels else { return nil }
    return "frames of \(size.width)x\(size.height) have more than the \(pixels) pixels that are allowed"
  }

  /// Why the analysis ends before the frame at `instant`; nil when it goes on.
  func stop(at instant: MonotonicInstant, from origin: MonotonicInstant) -> String? {
    guard let seconds, (instant - origin).inSeconds >= seconds else { return nil }
    return "only the first \(seconds) s were looked at"
  }
}
