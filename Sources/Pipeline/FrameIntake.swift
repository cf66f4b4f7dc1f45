public import Capture
public import Observations
import Quantities

/// What reading a source once has brought.
public enum IntakeEvent: Sendable {
  /// A frame in its envelope.
  case frame(CapturedFrame)
  /// None this time; asking again is right.
  case nothing
  /// A live source is away and is being looked for; asking again is right.
  case lost(reason: String)
  /// There are no more frames.
  case ended(SourceEnd)
}

/// How a source came to its end.
public enum SourceEnd: Sendable, Equatable {
  /// Everything was read.
  case complete
  /// It ended before its time; says why.
  case damaged(String)
  /// Whoever looks wanted no more of it; says how much was looked at.
  case cut(String)

  /// Why not all of it was looked at; nil when all was.
  public var shortfall: String? {
    switch self {
    case .complete: nil
    case .damaged(let reason), .cut(let reason): reason
    }
  }

  /// The end in words, for records.
  public var reason: String {
    switch self {
    case .complete: "the source ended"
    case .damaged(let reason): "the recording ended early: \(reason)"
    case .cut(let reason): reason
    }
  }
}

/// Reads a source and puts each frame into its envelope: the one place where an envelope is made.
public struct FrameIntake {
  private let source: any FrameSource
  private var delivered: UInt64 = 0

  /// Reads `source` from where it stands.
  public init(_ source: any FrameSource) { self.source = source }

  /// Frames of the source so far, by what became of them.
  public var counters: FrameCounters { FrameCounters(source.counters, delivered: delivered) }

  /// The sound that came since the last call; see ``FrameSource/takeSound()``.
  public func takeSound() -> [SoundBlock] { source.takeSound() }

  /// The next event; waits for a live source at most about a second.
  public mutating func next() throws(CaptureError) -> IntakeEvent {
    let start = MonotonicInstant.now()
    switch try source.next() {
    case .timeout, .dropped: return .nothing
    case .lost(let reason): return .lost(reason: reason)
    case .ended(let damage): return .ended(damage.map { .damaged($0) } ?? .complete)
    case .frame(let frame):
      delivered += 1
      return .frame(
        CapturedFrame(
          frame, from: source, delivered: delivered, decodeTime: MonotonicInstant.now() - start))
    }
  }
}
