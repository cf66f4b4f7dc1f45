import Capture
import Dispatch
import Imaging
import Observations
import Pipeline
import Quantities
import Synchronization
import Testing

/// A source of `count` small grey frames, as fast as they are asked for, or an error in place of one.
private final class ScriptedSource: FrameSource {
  let description: SourceDescription
  let counters = SourceCounters()
  private let count: Int
  private let failAt: Int?
  private var index = 0

  init(count: Int, kind: SourceKind = .live, failAt: Int? = nil) {
    (self.count, self.failAt) = (count, failAt)
    description = SourceDescription(
      name: "script", kind: kind, size: PixelSize(width: 4, height: 4), framesPerSecond: 1000)
  }

  func next() throws(CaptureError) -> SourceEvent {
    if index == failAt { throw CaptureError(.lost, "script", "the camera is gone") }
    guard index < count else { return .ended(damage: nil) }
    defer { index += 1 }
    let stamp = FrameStamp(
      index: UInt64(index), captured: MonotonicInstant(nanoseconds: Int64(index) * 1_000_000),
      camera: "script")
    return .frame(Frame(layout: .gray(PixelSize(width: 4, height: 4)), stamp: stamp) { _ in })
  }
}

private final class EmptyAnalyzer: FrameAnalyzer {
  func report(on frame: Frame, counters: FrameCounters, injection: InjectionEvidence?) -> FrameReport {
    FrameReport(
      frame: frame.index, captured: frame.captured, size: frame.size, camera: frame.stamp.camera, tracks: [],
      timings: StageTimings(), counters: counters)
  }
}

@Suite struct LiveSessionTests {
  /// Runs a session to its end; gives the reports seen by the log and the last event.
  private func run(_ source: ScriptedSource) -> (logged: [FrameReport], shown: [UInt64], last: LiveEvent) {
    let logged = Mutex<[FrameReport]>([])
    let session = LiveSession(source: source, analyzer: EmptyAnalyzer()) { report in
      logged.withLock { $0.append(report) }
    }
    session.start()
    var shown: [UInt64] = []
    while true {
      let event = session.next(timeout: .seconds(300))
      guard case .frame(let frame, let report) = event else { return (logged.withLock { $0 }, shown, event) }
      #expect(frame.index == report.frame)
      shown.append(frame.index)
    }
  }

  @Test func everyFrameIsAnalysedOrCountedAsDropped() throws {
    let result = run(ScriptedSource(count: 500))
    let last = try #require(result.logged.last)
    #expect(last.frame == 499)
    #expect(UInt64(result.logged.count) + last.counters.dropped == 500)
    #expect(result.shown == result.shown.sorted())
    guard case .ended(damage: nil) = result.last else {
      Issue.record("the session ended with \(result.last)")
      return
    }
  }

  @Test func pacedRecordingsAreWatchedInOrder() {
    let result = run(ScriptedSource(count: 20, kind: .recording))
    #expect(result.shown.last == 19)
  }

  @Test func failureIsToldAfterTheLastFrame() {
    let result = run(ScriptedSource(count: 10, failAt: 3))
    #expect(result.shown.last == 2)
    guard case .failed(let words) = result.last else {
      Issue.record("the session ended with \(result.last)")
      return
    }
    #expect(words.contains("the camera is gone"))
  }

  @Test func stoppingEndsAHeldRecording() {
    let session = LiveSession(
      source: ScriptedSource(count: 1000, kind: .recording), analyzer: EmptyAnalyzer()
    ) { _ in }
    session.setPaused(true)
    session.start()
    guard case .waiting = session.next(timeout: .milliseconds(50)) else {
      Issue.record("a held recording went on")
      return
    }
    session.step()
    guard case .frame(let frame, _) = session.next(timeout: .seconds(300)) else {
      Issue.record("a step showed nothing")
      return
    }
    #expect(frame.index == 0)
    session.stop()
    guard case .ended = session.next(timeout: .seconds(300)) else {
      Issue.record("stopping did not end the session")
      return
    }
  }
}
