public import Capture
public import Dispatch
public import Observations

/// What a session has to say, in order.
public enum SessionEvent: Sendable {
  /// A frame and all that is said of it.
  case frame(JudgedFrame)
  /// Nothing came within the time asked for.
  case waiting
  /// The camera is away and is being looked for; what was shown last is not current any more.
  case cameraLost(reason: String)
  /// The camera gives frames again.
  case cameraReturned
  /// The source has ended.
  case ended(SourceEnd)
  /// The source, the analysis or a sink failed; the error keeps its type.
  case failed(any Error)
  /// Somebody in front of the program asked for this.
  case asked(SessionRequest)
}

/// What somebody in front of the program may ask of the session.
public enum SessionRequest: Sendable, Equatable {
  /// End; the reason goes into the records.
  case quit(reason: String)
  /// Hold a recording, or let it go on. A camera cannot be held: its frames are judged and recorded all the same.
  case pause(Bool)
  /// One more frame of a held recording.
  case step
  /// The newest picture was kept in this file.
  case snapshot(path: String)
}

/// How a session ended.
public enum SessionEnding: Sendable {
  /// The source has no more frames.
  case source(SourceEnd)
  /// Somebody or something asked for it, for this reason.
  case asked(String)
  /// Something failed.
  case failed(any Error)

  /// The end in words, for records.
  public var reason: String {
    switch self {
    case .source(let end): end.reason
    case .asked(let reason): reason
    case .failed(let error): "failed: \(error)"
    }
  }
}

/// A source under analysis: ``LiveSession`` with queues and the wall's clock, ``InlineSession`` in the caller's thread
/// and the file's own time.
public protocol FrameSession: AnyObject {
  /// What is known of the source.
  var source: SourceDescription { get }
  /// All frames of the source so far, wherever they went; complete once the session has ended.
  var counters: FrameCounters { get }
  /// Whether a recording is held.
  var isPaused: Bool { get }
  /// Begins. Call once; `witnesses` get every event from then on.
  func start(_ witnesses: [any SessionWitness])
  /// The next event; waits up to `timeout` for one. Of frames the newest, of everything else all.
  func next(timeout: DispatchTimeInterval) -> SessionEvent
  /// Holds a recording, or lets it go on.
  func setPaused(_ paused: Bool)
  /// Lets one more frame of a held recording out.
  func step()
  /// Ends the session; what its queues are doing is finished.
  func stop()
}
