public import Quantities

/// When a camera's life takes which turn.
public struct CameraPatience: Sendable, Equatable {
  /// Silent periods in a row before the device is closed and opened again. Chromium: 10.
  public var silencesBeforeReopening = 10
  /// The stream is started anew at the first silent period and then at every such many.
  public var silencesBetweenRestarts = 4
  /// Failed operations without a good frame between them before the device is closed and opened again.
  public var faultsBeforeReopening = 3
  /// Damaged buffers in a row before the stream is started anew: two seconds at 30 frames a second.
  public var damagedBeforeRestarting = 60
  /// First wait before opening again; doubles with each failure.
  public var firstWait = Duration.milliseconds(250)
  /// Longest wait before opening again.
  public var longestWait = Duration.seconds(4)
  /// Wait between tries after a video device has appeared.
  public var quickWait = Duration.milliseconds(50)
  /// Number of such tries.
  public var quickTries = 5
  /// How long the camera may be away before its life ends; nil: for ever.
  public var giveUpAfter: Duration?

  /// The values that the references use.
  public init() {}

  /// The wait after `failures` failures in a row (from 1).
  func wait(after failures: Int) -> Duration {
    var wait = firstWait
    for _ in 1..<max(1, min(failures, 32)) where wait < longestWait { wait *= 2 }
    return min(wait, longestWait)
  }
}

/// The life of a camera as a pure state machine: open, stream, stall, restart, reconnect with back-off.
///
/// It touches nothing: an event goes in, the next thing to do comes out. It never gives up by itself unless
/// ``CameraPatience/giveUpAfter`` says so, and it never asks for more than a few operations without a wait.
public struct CameraLife: Sendable, Equatable {
  /// What happened.
  public enum Event: Sendable, Hashable {
    /// The device is open and streams.
    case opened
    /// It could not be opened or started.
    case openingFailed(DriverFault)
    /// A buffer with a frame came.
    case goodBuffer
    /// A buffer came that the driver flagged, or that is too short, or that cannot be decoded.
    case damagedBuffer
    /// No buffer came in time.
    case silence
    /// Reading or queueing failed.
    case fault(DriverFault)
    /// The stream was started anew.
    case restarted
    /// The stream could not be started anew.
    case restartFailed(DriverFault)
    /// The wait is over.
    case waited
    /// A video device has appeared: it may be the one that is waited for.
    case appeared
    /// The person or program had enough.
    case stopped
  }

  /// What to do next.
  public enum Action: Sendable, Hashable {
    /// Open the device, agree on a format, start streaming.
    case open
    /// Wait for the next buffer.
    case read
    /// Stop and start the stream on the open device.
    case restart
    /// Close the device if it is open, and wait until then.
    case wait(until: MonotonicInstant)
    /// Close the device; the life is over.
    case end
  }

  /// What to do next.
  public private(set) var action = Action.open
  /// Why the camera is away; nil while it streams.
  public private(set) var trouble: DriverFault?
  private let patience: CameraPatience
  private var silences = 0
  private var faults = 0
  private var damaged = 0
  /// Openings in a row that brought no good frame.
  private var failures = 0
  /// Quick tries left since a device appeared.
  private var hopes = 0
  private var awaySince: MonotonicInstant?

  /// A life that begins with opening the device.
  public init(patience: CameraPatience = CameraPatience()) { self.patience = patience }

  /// Takes notice of an event at `now` and says what to do next.
  @discardableResult public mutating func handle(_ event: Event, at now: MonotonicInstant) -> Action {
    if action != .end { action = next(event, now) }
    return action
  }

  private mutating func next(_ event: Event, _ now: MonotonicInstant) -> Action {
    switch (event, action) {
    case (.stopped, _): return .end
    case (.waited, .wait(let until)): return now < until ? action : .open
    case (.appeared, .wait):
      hopes = patience.quickTries
      return .open
    case (.opened, .open):
      (silences, faults, damaged) = (0, 0, 0)
      return .read
    case (.openingFailed(let fault), .open): return away(fault, now)
    case (.goodBuffer, .read):
      (silences, faults, damaged, failures) = (0, 0, 0, 0)
      (awaySince, trouble, hopes) = (nil, nil, 0)
      return .read
    case (.damagedBuffer, .read):
      silences = 0
      damaged += 1
      return damaged % patience.damagedBeforeRestarting == 0 ? .restart : .read
    case (.silence, .read): return silent(now)
    case (.fault(let fault), .read), (.restartFailed(let fault), .restart):
      faults += 1
      let hopeless = fault.meaning == .gone || faults >= patience.faultsBeforeReopening
      return hopeless ? away(fault, now) : .restart
    case (.restarted, .restart): return .read
    // An event that does not answer the last action changes nothing.
    default: return action
    }
  }

  /// ETIMEDOUT of Linux, spelt out because this file touches no system.
  private static let timedOut: Int32 = 110

  private mutating func silent(_ now: MonotonicInstant) -> Action {
    silences += 1
    if silences >= patience.silencesBeforeReopening {
      return away(DriverFault("waiting for a frame", Self.timedOut), now)
    }
    return silences % patience.silencesBetweenRestarts == 1 ? .restart : .read
  }

  private mutating func away(_ fault: DriverFault, _ now: MonotonicInstant) -> Action {
    failures += 1
    trouble = fault
    let since = awaySince ?? now
    awaySince = since
    if let limit = patience.giveUpAfter, now - since >= limit { return .end }
    // A device that is not there costs nothing to look for, and is wanted back at once.
    var wait = fault.meaning == .gone ? patience.firstWait : patience.wait(after: failures)
    if hopes > 0 {
      // A device that has just appeared needs a moment until it answers, or until it may be opened.
      hopes -= 1
      wait = min(wait, patience.quickWait)
    }
    return .wait(until: now + wait)
  }
}
