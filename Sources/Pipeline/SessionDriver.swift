import Dispatch

/// Drives a session to its end: every event goes to every sink, what people ask for is done.
///
/// The one loop of the program: `monitor`, `check` and `analyze` differ in their session (clock) and their sinks.
public struct SessionDriver {
  private let session: any FrameSession
  private let sinks: [any ReportSink]
  private let end: () -> String?
  private let sleep: (_ milliseconds: Int) -> Void

  /// `end` gives the reason when the session is to end for one outside of it (a signal, a time that is up); `sleep`
  /// waits for so many milliseconds.
  public init(
    _ session: any FrameSession, _ sinks: [any ReportSink], end: @escaping () -> String? = { nil },
    sleep: @escaping (Int) -> Void
  ) {
    (self.session, self.sinks, self.end, self.sleep) = (session, sinks, end, sleep)
  }

  /// Runs the session; gives how it ended, or throws what ended it. All sinks are finished either way.
  @discardableResult
  public func run() throws -> SessionEnding {
    session.start(sinks.compactMap { $0 as? any SessionWitness })
    let ending = Result { try follow() }
    session.stop()
    switch ending {
    case .success(let ending):
      try finish(ending)
      return ending
    case .failure(let error):
      try? finish(.failed(error))
      throw error
    }
  }

  private func follow() throws -> SessionEnding {
    var isAway = false
    while true {
      if let ending = try answerOrShowWhy() { return ending }
      // While nothing comes, people need no more than keys that answer at once.
      let event = session.next(timeout: .milliseconds(isAway ? max(patience, 50) : patience))
      switch event {
      case .frame, .cameraReturned: isAway = false
      case .cameraLost: isAway = true
      case .waiting, .asked: break
      case .ended(let source): return try conclude(event) ?? .source(source)
      case .failed(let error):
        guard let ending = try conclude(event) else { throw error }
        return ending
      }
      try tell(event)
    }
  }

  /// Does what was asked for; gives the end when that was it.
  private func answer() throws -> SessionEnding? {
    if let reason = end() { return .asked(reason) }
    for request in try sinks.flatMap({ try $0.requests() }) {
      switch request {
      case .quit(let reason): return .asked(reason)
      case .pause(let paused): session.setPaused(paused)
      case .step: session.step()
      case .snapshot: break
      }
      try tell(.asked(request))
    }
    return nil
  }

  /// The same; what makes it impossible to go on stays before people's eyes until they have seen it.
  private func answerOrShowWhy() throws -> SessionEnding? {
    do { return try answer() } catch {
      try tell(.failed(error))
      hold()
      throw error
    }
  }

  /// The session has nothing more to say: gives the end that somebody else makes of it, if anybody does.
  private func conclude(_ event: SessionEvent) throws -> SessionEnding? {
    if let reason = end() { return .asked(reason) }
    try tell(event)
    if let ending = try answer() { return ending }
    if case .ended = event { hold() }
    return nil
  }

  /// Waits while people look at the end.
  private func hold() {
    while sinks.contains(where: \.holdsEnd) {
      guard case .success(nil) = Result(catching: answer) else { return }
      sleep(20)
    }
  }

  private var patience: Int { sinks.map(\.patience).min() ?? 200 }

  private func tell(_ event: SessionEvent) throws {
    for sink in sinks { try sink.take(event) }
  }

  /// Finishes every sink; throws the first problem after the last one.
  private func finish(_ ending: SessionEnding) throws {
    var problem: (any Error)?
    for sink in sinks {
      do { try sink.finish(ending, session.counters) } catch { problem = problem ?? error }
    }
    if let problem { throw problem }
  }
}
