import Capture
import Dispatch
import Observations
import Pipeline
import Quantities
import Testing
import VigilTesting

@Suite struct SessionDriverTests {
  private struct Problem: Error, Equatable {
    var name: String
  }

  private func session(
    _ steps: [ScriptedSource.Step], kind: SourceKind = .recording, most: Duration? = nil,
    analyzer: ScriptedAnalyzer = ScriptedAnalyzer()
  ) -> InlineSession {
    InlineSession(source: ScriptedSource(steps, kind: kind), analyzer: analyzer, most: most)
  }

  private func driver(
    _ session: any FrameSession, _ sinks: [any ReportSink], end: @escaping () -> String? = { nil },
    sleep: @escaping (Int) -> Void = { _ in }
  ) -> SessionDriver {
    SessionDriver(session, sinks, end: end, sleep: sleep)
  }

  @Test func everySinkGetsEveryEventInOrder() throws {
    let (one, other) = (RecordingSink(), RecordingSink())
    let ending = try driver(
      session([.frames(2), .lost("cable"), .lost("cable"), .frames(1), .end(damage: "cut")]), [one, other]
    ).run()
    let expected = ["frame 0", "frame 1", "lost cable", "returned", "frame 2", "ended cut"]
    #expect(one.taken == expected && other.taken == expected && one.witnessed == expected)
    #expect(ending.reason == "the recording ended early: cut")
    #expect(one.endings == [ending.reason] && other.endings == [ending.reason])
    #expect(one.counters.delivered == 3)
  }

  @Test func aLookOfLimitedLengthEndsBeforeTheFirstFrameBeyondIt() throws {
    let sink = RecordingSink()
    let ending = try driver(session([.frames(100)], most: .milliseconds(3)), [sink]).run()
    #expect(sink.taken == ["frame 0", "frame 1", "frame 2", "ended only the first 0.003 s were looked at"])
    guard case .source(.cut) = ending else {
      Issue.record("the session ended with \(ending)")
      return
    }
  }

  @Test func aRequestToQuitEndsTheSessionBeforeTheNextFrame() throws {
    let sink = RecordingSink()
    sink.onRequests = { [unowned sink] in sink.taken.count == 2 ? [.quit(reason: "enough")] : [] }
    let ending = try driver(session([.frames(10)]), [sink]).run()
    #expect(sink.taken == ["frame 0", "frame 1"])
    #expect(ending.reason == "enough" && sink.endings == ["enough"])
  }

  /// What one sink was asked every sink gets: the log writes down what the window did.
  @Test func requestsReachEverySink() throws {
    let (window, log) = (RecordingSink(), RecordingSink())
    var asked = false
    window.onRequests = {
      defer { asked = true }
      return asked ? [] : [.snapshot(path: "p.png"), .pause(true), .step]
    }
    _ = try driver(session([.frames(1)]), [log, window]).run()
    #expect(
      Array(log.taken.prefix(3)) == [
        "asked snapshot(path: \"p.png\")", "asked pause(true)", "asked step",
      ])
    #expect(log.taken == window.taken)
  }

  @Test func aReasonFromOutsideEndsTheSession() throws {
    let sink = RecordingSink()
    let ending = try driver(
      session([.frames(10)]), [sink], end: { sink.taken.count == 3 ? "time is up" : nil }
    )
    .run()
    #expect(ending.reason == "time is up" && sink.taken.count == 3)
  }

  @Test func aFailureOfTheSourceKeepsItsTypeAndFinishesEverySink() throws {
    let sink = RecordingSink()
    let gone = CaptureError(.lost, "script", "the camera is gone")
    #expect {
      try driver(session([.frames(1), .failure(gone)]), [sink]).run()
    } throws: {
      ($0 as? CaptureError)?.kind == .lost
    }
    #expect(sink.taken == ["frame 0", "failed script: the camera is gone"])
    #expect(sink.endings == ["failed: script: the camera is gone"])
  }

  /// A read that fails because a signal came is the signal's end, not the source's.
  @Test func aSignalExplainsAFailedRead() throws {
    var isInterrupted = false
    let sink = RecordingSink()
    sink.onTake = { _ in isInterrupted = false }
    let source = session([.failure(CaptureError(.unreadable, "script", "interrupted system call"))])
    var calls = 0
    let ending = try driver(
      source, [sink],
      end: {
        calls += 1
        isInterrupted = calls > 1
        return isInterrupted ? "interrupted" : nil
      }
    ).run()
    #expect(ending.reason == "interrupted" && sink.taken.isEmpty)
  }

  /// A check makes a result of a broken camera: the session then ends with it, not with an error.
  @Test func aSinkMayMakeAnEndOfAFailure() throws {
    let sink = RecordingSink()
    sink.onRequests = { [unowned sink] in
      sink.taken.contains { $0.hasPrefix("failed") } ? [.quit(reason: "the check is over")] : []
    }
    let ending = try driver(
      session([.frames(1), .failure(CaptureError(.lost, "script", "gone"))]), [sink]
    ).run()
    #expect(ending.reason == "the check is over")
  }

  @Test func aSinkThatFailsEndsTheSessionAndAllAreFinished() {
    let (bad, good) = (RecordingSink(), RecordingSink())
    bad.onTake = { event in if case .frame = event { throw Problem(name: "disk") } }
    #expect(throws: Problem(name: "disk")) { try driver(session([.frames(3)]), [good, bad]).run() }
    #expect(good.taken == ["frame 0"] && good.endings.count == 1 && bad.endings.count == 1)
  }

  @Test func theFirstProblemOfFinishingIsThrownAfterTheLastSink() {
    let sinks = [RecordingSink(), RecordingSink(), RecordingSink()]
    sinks[0].onFinish = { throw Problem(name: "first") }
    sinks[1].onFinish = { throw Problem(name: "second") }
    #expect(throws: Problem(name: "first")) { try driver(session([.frames(1)]), sinks).run() }
    #expect(sinks.allSatisfy { $0.endings == ["the source ended"] })
  }

  /// The log cannot be written: the reason stays before the person's eyes until the window is closed.
  @Test func whatMakesItImpossibleToGoOnIsShownUntilItIsSeen() {
    let (window, log) = (RecordingSink(), RecordingSink())
    window.holdsEnd = true
    var naps = 0
    window.onRequests = { naps == 3 ? [.quit(reason: "seen")] : [] }
    var hasFailed = false
    log.onRequests = {
      guard !hasFailed else { return [] }
      hasFailed = true
      throw Problem(name: "disk full")
    }
    #expect(throws: Problem(name: "disk full")) {
      try driver(session([.frames(3)]), [window, log], sleep: { _ in naps += 1 }).run()
    }
    #expect(window.taken.first?.hasPrefix("failed") == true)
    #expect(naps == 3)
  }

  @Test func theEndOfARecordingWaitsForWhoeverLooks() throws {
    let window = RecordingSink()
    window.holdsEnd = true
    var naps = 0
    window.onRequests = { naps == 5 ? [.quit(reason: "closed")] : [] }
    let ending = try driver(session([.frames(1)]), [window], sleep: { _ in naps += 1 }).run()
    #expect(naps == 5 && ending.reason == "the source ended")
  }

  /// The quickest sink sets the pace; while a camera is away nobody needs more than twenty looks a second.
  @Test func theWaitIsThatOfTheMostImpatientSink() throws {
    let (window, file) = (RecordingSink(), RecordingSink())
    (window.patience, file.patience) = (8, 200)
    let session = WaitingSession([
      .waiting, .cameraLost(reason: "cable"), .waiting, .cameraReturned, .waiting,
    ])
    _ = try driver(session, [file, window]).run()
    #expect(session.waits == [8, 8, 50, 50, 8, 8])
  }
}

/// A session that gives events from a list and notes how long it was asked to wait.
private final class WaitingSession: FrameSession {
  let source = ScriptedSource([]).description
  let counters = FrameCounters()
  let isPaused = false
  private(set) var waits: [Int] = []
  private var events: [SessionEvent]

  init(_ events: [SessionEvent]) { self.events = events }

  func start(_ witnesses: [any SessionWitness]) {}
  func next(timeout: DispatchTimeInterval) -> SessionEvent {
    if case .milliseconds(let count) = timeout { waits.append(count) }
    return events.isEmpty ? .ended(.complete) : events.removeFirst()
  }
  func setPaused(_ paused: Bool) {}
  func step() {}
  func stop() {}
}
