public import Capture
public import Dispatch
import Imaging
public import Observations
import Quantities

/// Reads and analyses a source in the caller's thread, one frame after the other, in the file's own time: nothing is
/// dropped, and the same file gives the same events. Holding it means nothing: its caller decides when it goes on.
public final class InlineSession: FrameSession {
  /// What is known of the source.
  public let source: SourceDescription
  private let analyzer: any FrameAnalyzer
  private let most: Duration?
  private var intake: FrameIntake
  private var witnesses: [any SessionWitness] = []
  private var origin: MonotonicInstant?
  private var loss: String?
  /// The first frame after a loss; the return is said before it.
  private var pending: CapturedFrame?
  private var isStopped = false

  /// A session over `source`. `most`: it ends before the first frame so long after the first; nil for all.
  public init(source: any FrameSource, analyzer: any FrameAnalyzer, most: Duration? = nil) {
    (self.source, self.analyzer, self.most) = (source.description, analyzer, most)
    intake = FrameIntake(source)
  }

  /// The witnesses get each event in the caller's thread, before it gets the event.
  public func start(_ witnesses: [any SessionWitness] = []) { self.witnesses = witnesses }

  /// The next event; as long as the source and the analysis take, whatever the `timeout`.
  public func next(timeout: DispatchTimeInterval = .never) -> SessionEvent {
    let event = read()
    if case .waiting = event { return event }
    for witness in witnesses { witness.witness(event) }
    return event
  }

  private func read() -> SessionEvent {
    guard !isStopped else { return .ended(.complete) }
    do {
      if let next = pending.take() { return try look(at: next) }
      let event = try intake.next()
      let sound = intake.takeSound()
      if !sound.isEmpty { try analyzer.hear(sound) }
      switch event {
      case .nothing: return .waiting
      case .lost(let reason):
        defer { loss = reason }
        return loss == reason ? .waiting : .cameraLost(reason: reason)
      case .ended(let end): return .ended(end)
      case .frame(let next):
        guard loss == nil else {
          (loss, pending) = (nil, next)
          return .cameraReturned
        }
        return try look(at: next)
      }
    } catch { return .failed(error) }
  }

  private func look(at next: CapturedFrame) throws -> SessionEvent {
    let began = origin ?? next.frame.captured
    origin = began
    if let most, next.frame.captured - began >= most {
      return .ended(.cut("only the first \(most.inSeconds) s were looked at"))
    }
    return .frame(try analyzer.judge(next))
  }

  /// All frames of the source so far.
  public var counters: FrameCounters { intake.counters }

  /// Never.
  public var isPaused: Bool { false }

  /// Does nothing.
  public func setPaused(_ paused: Bool) {}

  /// Does nothing.
  public func step() {}

  /// The next event is the end.
  public func stop() { isStopped = true }
}
