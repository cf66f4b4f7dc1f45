public import Capture
public import Dispatch
public import Imaging
public import Observations
import Quantities
import Synchronization

/// What a running session has to tell its event loop.
public enum LiveEvent: Sendable {
  /// The newest frame and all that is said of it.
  case frame(Frame, FrameReport)
  /// No frame within the time asked for.
  case waiting
  /// The camera is away and is being looked for; what was shown last is not current any more.
  case cameraLost(reason: String)
  /// The source has ended; `damage` says why when it ended before its time.
  case ended(damage: String?)
  /// The source or the analysis failed; the words are for a person.
  case failed(String)
}

/// A live source went away or came back.
public enum SourceChange: Sendable {
  /// It is away and is being looked for.
  case lost(reason: String)
  /// It gives frames again.
  case returned
}

/// What turns frames into reports, on the perception queue only.
public protocol FrameAnalyzer: AnyObject {
  /// Everything that is said of `frame`; `injection` is what speaks against the source being a real camera.
  func report(
    on frame: Frame, counters: FrameCounters, injection: InjectionEvidence?
  ) throws -> FrameReport
}

/// Runs a source and the analysis on queues of their own and hands over the newest result.
///
/// `vigil.capture` reads and paces frames, `vigil.perception` analyses the newest, the caller takes the newest result.
/// Every hand-over is a one-slot mailbox: the camera never waits for a network, nor a network for the window.
public final class LiveSession: Sendable {
  /// What is known of the source.
  public let source: SourceDescription
  private let state: Mutex<Ending>
  private let pacer = FramePacer()
  private let captured = Mailbox<CapturedFrame>()
  private let finished = Mailbox<LiveEvent>()
  private let captureQueue = DispatchQueue(label: "vigil.capture", qos: .userInteractive)
  private let perceptionQueue = DispatchQueue(label: "vigil.perception", qos: .userInteractive)
  private let onReport: @Sendable (FrameReport) -> Void
  private let onSource: @Sendable (SourceChange) -> Void
  private let parts: Parts

  private struct CapturedFrame: Sendable {
    let frame: Frame
    let counters: SourceCounters
    let delivered: UInt64
    let decodeTime: Duration
    let injection: InjectionEvidence?
    let illumination: Illumination
  }

  private struct Ending {
    var result: LiveEvent?
    var counters = FrameCounters()
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

  /// A session over `source`; `onReport` gets every report in order, on the perception queue, and must not block;
  /// `onSource` every loss and return of a live source, on the capture queue, and must not block either.
  public init(
    source: any FrameSource, analyzer: any FrameAnalyzer,
    onReport: @escaping @Sendable (FrameReport) -> Void,
    onSource: @escaping @Sendable (SourceChange) -> Void = { _ in }
  ) {
    self.source = source.description
    (self.onReport, self.onSource) = (onReport, onSource)
    parts = Parts(source: source, analyzer: analyzer)
    state = Mutex(Ending())
  }

  /// Starts both queues. Call once.
  public func start() {
    captureQueue.async { [self] in capture() }
    perceptionQueue.async { [self] in perceive() }
  }

  /// Ends the session; the queues finish what they are doing.
  public func stop() {
    end(.ended(damage: nil))
    pacer.stop()
    captured.close()
  }

  /// Whether a recording is held.
  public var isPaused: Bool { pacer.isPaused }

  /// Holds a recording, or lets it go on. A camera cannot be held: its frames keep coming and are dropped.
  public func setPaused(_ paused: Bool) { pacer.setPaused(paused) }

  /// Shows one more frame of a held recording.
  public func step() { pacer.step() }

  /// The next event; waits up to `timeout` for one.
  public func next(timeout: DispatchTimeInterval) -> LiveEvent {
    switch finished.take(timeout: timeout) {
    case .value(let event): return event
    case .nothingYet: return .waiting
    case .closed: return state.withLock { $0.result } ?? .ended(damage: nil)
    }
  }

  /// All frames of the source so far, wherever they went; complete once the session has ended.
  public var counters: FrameCounters {
    var counters = state.withLock { $0.counters }
    counters.dropped = captured.dropped
    return counters
  }

  private func note(_ source: SourceCounters, _ delivered: UInt64) {
    let counters = FrameCounters(source, delivered: delivered)
    state.withLock { $0.counters = counters }
  }

  private func end(_ event: LiveEvent) {
    state.withLock { $0.result = $0.result ?? event }
  }

  private var hasEnded: Bool { state.withLock { $0.result != nil } }

  // MARK: Capture queue

  private func capture() {
    dispatchPrecondition(condition: .onQueue(captureQueue))
    var delivered: UInt64 = 0
    var isAway = false
    let paced = source.kind == .recording
    while !hasEnded {
      let start = MonotonicInstant.now()
      let event: SourceEvent
      do { event = try parts.source.next() } catch {
        end(.failed(error.description))
        break
      }
      switch event {
      case .timeout, .dropped:
        note(parts.source.counters, delivered)
        continue
      case .lost(let reason):
        if !isAway { onSource(.lost(reason: reason)) }
        isAway = true
        finished.put(.cameraLost(reason: reason))
      case .ended(let damage):
        note(parts.source.counters, delivered)
        end(.ended(damage: damage))
      case .frame(let frame):
        delivered += 1
        note(parts.source.counters, delivered)
        if isAway { onSource(.returned) }
        isAway = false
        let decodeTime = MonotonicInstant.now() - start
        if paced, !pacer.wait(for: frame.captured) { break }
        let next = CapturedFrame(
          frame: frame, counters: parts.source.counters, delivered: delivered, decodeTime: decodeTime,
          injection: parts.source.injection, illumination: parts.source.illumination)
        // A recording can wait: each of its frames is looked at. Only what is live is sampled.
        if paced { captured.putWhenFree(next) } else { captured.put(next) }
      }
    }
    captured.close()
  }

  // MARK: Perception queue

  private func perceive() {
    dispatchPrecondition(condition: .onQueue(perceptionQueue))
    loop: while true {
      switch captured.take(timeout: .seconds(1)) {
      case .nothingYet: continue
      case .closed: break loop
      case .value(let next):
        do {
          let report = try parts.analyzer.report(
            on: next.frame, counters: counters(next), injection: next.injection
          )
          .decoded(in: next.decodeTime)
          onReport(report)
          finished.put(.frame(next.frame, report))
        } catch {
          end(.failed("\(error)"))
          break loop
        }
      }
    }
    finished.close()
  }

  private func counters(_ next: CapturedFrame) -> FrameCounters {
    var counters = FrameCounters(next.counters, delivered: next.delivered)
    counters.dropped = captured.dropped
    counters.illumination = next.illumination
    return counters
  }
}

extension FrameCounters {
  /// What a source counted.
  fileprivate init(_ source: SourceCounters, delivered: UInt64) {
    self.init()
    self.delivered = delivered
    (lost, damaged, undecodable) = (source.lost, source.damaged, source.undecodable)
    (poolExhausted, unlit) = (source.poolExhausted, source.unlit)
  }
}

extension FrameReport {
  /// The same report with the time that decoding took.
  fileprivate func decoded(in time: Duration) -> FrameReport {
    var timings = timings
    timings.decode = time
    return FrameReport(
      frame: frame, captured: captured, size: size, camera: camera, tracks: tracks, timings: timings,
      counters: counters)
  }
}
