public import Observations
public import Pipeline
import Synchronization

/// A sink that keeps every event as a word, answers with what a test wants to ask, and fails when it says so.
///
/// `@unchecked Sendable`: as a sink it is used on one thread; what it witnesses on another lies under a lock.
public final class RecordingSink: SessionWitness, @unchecked Sendable {
  /// What was taken, oldest first: `frame 3`, `lost cable`, `returned`, `ended`, `failed ...`, `asked ...`.
  public private(set) var taken: [String] = []
  /// How it was finished; one entry a call.
  public private(set) var endings: [String] = []
  /// Frames of the source at the end.
  public private(set) var counters = FrameCounters()
  /// Called for each event taken; what it throws is thrown.
  public var onTake: (SessionEvent) throws -> Void = { _ in }
  /// Asked for requests; what it throws is thrown.
  public var onRequests: () throws -> [SessionRequest] = { [] }
  /// Called at the end; what it throws is thrown.
  public var onFinish: () throws -> Void = {}
  /// See ``ReportSink/holdsEnd``.
  public var holdsEnd = false
  /// See ``ReportSink/patience``.
  public var patience = 1000
  private let seen = Mutex<[String]>([])

  /// A sink that has taken nothing.
  public init() {}

  /// What was witnessed, oldest first, in the same words.
  public var witnessed: [String] { seen.withLock { $0 } }

  /// Keeps the event.
  public func take(_ event: SessionEvent) throws {
    if let word = Self.word(event) { taken.append(word) }
    try onTake(event)
  }

  /// Keeps the event as a witness.
  public func witness(_ event: SessionEvent) {
    if let word = Self.word(event) { seen.withLock { $0.append(word) } }
  }

  /// What the test wants to ask.
  public func requests() throws -> [SessionRequest] { try onRequests() }

  /// Keeps the ending.
  public func finish(_ ending: SessionEnding, _ counters: FrameCounters) throws {
    endings.append(ending.reason)
    self.counters = counters
    try onFinish()
  }

  /// An event in words; nil for silence, which comes as often as it likes.
  private static func word(_ event: SessionEvent) -> String? {
    switch event {
    case .frame(let judged): "frame \(judged.report.frame)"
    case .waiting: nil
    case .cameraLost(let reason): "lost \(reason)"
    case .cameraReturned: "returned"
    case .ended(let end): end.shortfall.map { "ended \($0)" } ?? "ended"
    case .failed(let error): "failed \(error)"
    case .asked(let request): "asked \(request)"
    }
  }
}
