public import Observations

/// Where a session's events go: a window, a file, a log. On the thread that drives the session, in the order of the
/// list that the assembly built.
public protocol ReportSink: AnyObject {
  /// Takes the next event. An error ends the session.
  func take(_ event: SessionEvent) throws
  /// What somebody at this sink asks for since the last call; called at least every ``patience``. An error, thrown
  /// once, ends the session, and its reason stays before people's eyes.
  func requests() throws -> [SessionRequest]
  /// The longest time between two calls of ``requests()``, in milliseconds.
  var patience: Int { get }
  /// Whether the session's end waits until somebody asks this sink to quit.
  var holdsEnd: Bool { get }
  /// The session is over. Called once; also when another sink failed to finish.
  func finish(_ ending: SessionEnding, _ counters: FrameCounters) throws
}

extension ReportSink {
  /// Frames are enough for most sinks that only witness.
  public func take(_ event: SessionEvent) throws {}
  /// Nobody is at a file.
  public func requests() throws -> [SessionRequest] { [] }
  /// A fifth of a second: a signal is answered so fast.
  public var patience: Int { 200 }
  /// Nobody is at a file.
  public var holdsEnd: Bool { false }
  /// Nothing to close.
  public func finish(_ ending: SessionEnding, _ counters: FrameCounters) throws {}
}

/// A sink that must see every event, also of frames that come too fast for the others: a log, numbers.
///
/// In order, on the session's own queue; it must neither block nor fail there. What went wrong it says in
/// ``ReportSink/requests()``.
public protocol SessionWitness: ReportSink, Sendable {
  /// Takes in the next event.
  func witness(_ event: SessionEvent)
}
