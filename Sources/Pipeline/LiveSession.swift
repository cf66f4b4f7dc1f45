public import Capture
public import Dispatch
import Imaging
public import Observations
import Quantities
import Synchronization

/// Runs a source and the analysis on queues of their own and hands over the newest result.
///
/// Three threads, each with one task: `vigil.capture` reads and paces frames, `vigil.perception` analyses the newest
/// and tells the witnesses, the caller of ``next(timeout:)`` takes the newest result. Every hand-over is a mailbox: of
/// frames only the newest waits, so the camera never waits for a network, nor a network for the window; losses,
/// returns and the end go the same way, in order with the frames, and none is lost.
public final class LiveSession: FrameSession, Sendable {
  /// What is known of the source.
  public let source: SourceDescription
  private let state = Mutex(State())
  /// Sound that waits for perception: blocks of at most an eighth of a second, so half a minute and more; a perception
  /// that is further behind than that has lost the oldest, which is a gap like any other.
  private let heard = Mutex<[SoundBlock]>([])
  private static let mostBlocks = 512
  private let pacer = FramePacer()
  private let captured = Mailbox<CapturedFrame, SessionEvent>()
  private let finished = Mailbox<JudgedFrame, SessionEvent>()
  private let captureQueue = DispatchQueue(label: "vigil.capture", qos: .userInteractive)
  private let perceptionQueue = DispatchQueue(label: "vigil.perception", qos: .userInteractive)
  private let parts: Parts

  private struct State {
    var counters = FrameCounters()
    var isStopped = false
  }

  /// The source and the analyzer. `@unchecked Sendable` because the source is used on the capture queue only, and the
  /// analyzer on the perception queue only.
  private final class Parts: @unchecked Sendable {
    let source: any FrameSource
    let analyzer: any FrameAnalyzer

    init(source: any FrameSource, analyzer: any FrameAnalyzer) {
      (self.source, self.analyzer) = (source, analyzer)
    }
  }

  /// A session over `source` that has not begun.
  public init(source: any FrameSource, analyzer: any FrameAnalyzer) {
    self.source = source.description
    parts = Parts(source: source, analyzer: analyzer)
  }

  /// Starts both queues. Call once; the witnesses get every event on the perception queue.
  public func start(_ witnesses: [any SessionWitness] = []) {
    captureQueue.async { [self] in capture() }
    perceptionQueue.async { [self] in perceive(witnesses) }
  }

  /// Ends the session; the queues finish what they are doing.
  public func stop() {
    state.withLock { $0.isStopped = true }
    pacer.stop()
    captured.close()
    finished.close()
  }

  /// Whether a recording is held.
  public var isPaused: Bool { pacer.isPaused }

  /// Holds a recording, or lets it go on. A camera cannot be held: its frames keep coming and are dropped.
  public func setPaused(_ paused: Bool) { pacer.setPaused(paused) }

  /// Shows one more frame of a held recording.
  public func step() { pacer.step() }

  /// The next event; waits up to `timeout` for one.
  public func next(timeout: DispatchTimeInterval) -> SessionEvent {
    switch finished.take(timeout: timeout) {
    case .value(let judged): .frame(judged)
    case .notice(let event): event
    case .nothingYet: .waiting
    case .closed: .ended(.complete)
    }
  }

  /// All frames of the source so far, wherever they went; complete once the session has ended.
  public var counters: FrameCounters {
    var counters = state.withLock { $0.counters }
    counters.dropped = captured.dropped
    return counters
  }

  private var isStopped: Bool { state.withLock { $0.isStopped } }

  // MARK: Capture queue

  private func capture() {
    dispatchPrecondition(condition: .onQueue(captureQueue))
    var intake = FrameIntake(parts.source)
    var loss: String?
    let paced = source.kind == .recording
    reading: while !isStopped {
      let event: IntakeEvent
      do { event = try intake.next() } catch {
        captured.post(.failed(error))
        break
      }
      state.withLock { $0.counters = intake.counters }
      let sound = intake.takeSound()
      if !sound.isEmpty {
        heard.withLock { $0 = Array(($0 + sound).suffix(Self.mostBlocks)) }
      }
      switch event {
      case .nothing: continue
      case .lost(let reason):
        // The source says it several times a second.
        if loss != reason { captured.post(.cameraLost(reason: reason)) }
        loss = reason
      case .ended(let end):
        captured.post(.ended(end))
        break reading
      case .frame(let next):
        if loss != nil { captured.post(.cameraReturned) }
        loss = nil
        if paced, !pacer.wait(for: next.frame.captured) { break reading }
        // A recording can wait: each of its frames is looked at. Only what is live is sampled.
        if paced { captured.putWhenFree(next) } else { captured.put(next) }
      }
    }
    captured.close()
  }

  // MARK: Perception queue

  private func perceive(_ witnesses: [any SessionWitness]) {
    dispatchPrecondition(condition: .onQueue(perceptionQueue))
    while true {
      switch captured.take(timeout: .seconds(1)) {
      case .nothingYet: continue
      case .closed: return finished.close()
      case .notice(let event):
        for witness in witnesses { witness.witness(event) }
        finished.post(event)
      case .value(var next):
        next.arrival.counters.dropped = captured.dropped
        do {
          let sound = heard.withLock { waiting in
            defer { waiting = [] }
            return waiting
          }
          if !sound.isEmpty { try parts.analyzer.hear(sound) }
          let judged = try parts.analyzer.judge(next)
          for witness in witnesses { witness.witness(.frame(judged)) }
          finished.put(judged)
        } catch {
          finished.post(.failed(error))
          return stop()
        }
      }
    }
  }
}
