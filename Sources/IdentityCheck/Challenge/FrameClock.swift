import Quantities

/// Watches the clock of the frames: steps, and too few frames.
struct FrameClock {
  private let limits: CheckLimits
  private(set) var start: MonotonicInstant?
  private var last: MonotonicInstant?
  private var waitingSince: MonotonicInstant?
  /// The newest frames, oldest first: as many as the stated time needs at the slowest rate, and one more.
  private var recent: [MonotonicInstant] = []

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
      recent = [now]
      return nil
    }
    let step = (now - last).inSeconds
    if step <= 0 || step > limits.clockStepSeconds { return .clockStepped }
    return isTooSlow(now) ? .tooSlow : nil
  }

  /// Whether the frames of the last `rateSeconds`, all of them, came too slowly; never sooner after the first frame.
  private mutating func isTooSlow(_ now: MonotonicInstant) -> Bool {
    recent.append(now)
    let enough = max(1, Int((limits.framesPerSecond * limits.rateSeconds).rounded(.up)))
    if recent.count > enough + 1 { recent.removeFirst() }
    guard let oldest = recent.first, (now - oldest).inSeconds > limits.rateSeconds else { return false }
    // So many frames took longer than the stated time, or fewer did.
    return Double(recent.count - 1) / (now - oldest).inSeconds < limits.framesPerSecond
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
