public import Capture
public import Imaging
public import Observations
public import Pipeline
import Quantities

/// A source that does what a script says, as fast as it is asked: for tests of everything behind it, without cameras,
/// files or waits.
public final class ScriptedSource: FrameSource {
  /// One step of a script.
  public enum Step: Sendable {
    /// So many frames, a millisecond apart.
    case frames(Int)
    /// The camera is away.
    case lost(String)
    /// Nothing comes for a moment.
    case silence
    /// Reading fails.
    case failure(CaptureError)
    /// The end, before its time when a damage is named.
    case end(damage: String?)
  }

  /// What is said of the source.
  public let description: SourceDescription
  /// What is said of its frames.
  public var counters = SourceCounters()
  private var steps: [Step]
  private var index = 0

  /// A source of small grey frames. A script without an end ends after its last step.
  public init(_ steps: [Step], kind: SourceKind = .live) {
    self.steps = steps
    description = SourceDescription(
      name: "script", kind: kind, size: PixelSize(width: 4, height: 4), framesPerSecond: 1000)
  }

  /// The next event of the script.
  public func next() throws(CaptureError) -> SourceEvent {
    guard !steps.isEmpty else { return .ended(damage: nil) }
    switch steps.removeFirst() {
    case .lost(let reason): return .lost(reason: reason)
    case .silence: return .timeout
    case .failure(let error): throw error
    case .end(let damage): return .ended(damage: damage)
    case .frames(let count):
      if count > 1 { steps.insert(.frames(count - 1), at: 0) }
      defer { index += 1 }
      return .frame(ScriptedSource.frame(index))
    }
  }

  /// The frame of this index: 4 x 4 grey pixels, so many times `every` after the start.
  public static func frame(_ index: Int, every: Duration = .milliseconds(1)) -> Frame {
    Frame(
      layout: .gray(PixelSize(width: 4, height: 4)),
      stamp: FrameStamp(
        index: UInt64(index), captured: MonotonicInstant(nanoseconds: 0) + every * index, camera: "script")
    ) { _ in }
  }
}

extension CapturedFrame {
  /// The ``ScriptedSource``'s frame of this index in an envelope; thirty a second.
  public static func scripted(_ index: Int, injection: InjectionEvidence? = nil) -> CapturedFrame {
    let frame = ScriptedSource.frame(index, every: .milliseconds(33))
    return CapturedFrame(
      frame,
      FrameArrival(
        index: frame.index, captured: frame.captured, size: frame.size, camera: frame.stamp.camera,
        decodeTime: .milliseconds(2), injection: injection))
  }
}
