import Units

/// Watches the clock of the frames: steps, and too few frames.
struct FrameClock {
  private let limits: CheckLimits
  private(set) var start: MonotonicInstant?
  private var last: MonotonicInstant?
  private var waitingSince: MonotonicInstant?
  private var interval: Double?
  private var frames = 0

  init(_ limits: CheckLimits) { self.limits = limits }

  /// Seconds since the first frame.
  var seconds: Double {
    guard let start, let last else { return 0 }
    return max(0, (last - start).inSeconds)
  }

  mutating func observe(_ now: MonotonicInstant) -> CheckOutcome? {
    defer { if last.map({ now > $0 }) ?? true { last = now } }
    guard let last else {
      start = now
      return nil
    }
    let step = (now - last).inSeconds
    if step <= 0 || step > limits.clockStepSeconds { return .clockStepped }
    interval = interval.map { $0 + (step - $0) * 0.05 } ?? step
    frames += 1
    if frames >= 10, let interval, interval > 1 / limits.framesPerSecond { return .tooSlow }
    return nil
  }

  /// No frame came: the camera is lost when that lasts.
  mutating func waiting(_ now: MonotonicInstant) -> CheckOutcome? {
    guard let last else {
      let since = waitingSince ?? now
      waitingSince = since
      return (now - since).inSeconds > limits.firstFrameSeconds ? .cameraLost : nil
    }
    let step = (now - last).inSeconds
    return step < 0 ? .clockStepped : step > limits.clockStepSeconds ? .cameraLost : nil
  }
}
