import Capture
import Dispatch
import Imaging
import Observations
import Pipeline
import Quantities
import Synchronization
import Testing
import VigilTesting

@Suite struct LiveSessionTests {
  /// Runs a session to its end; gives what a witness saw and what came out, in words.
  private func run(
    _ steps: [ScriptedSource.Step], kind: SourceKind = .live, analyzer: ScriptedAnalyzer = ScriptedAnalyzer()
  ) -> (witnessed: [String], events: [SessionEvent], counters: FrameCounters) {
    let witness = RecordingSink()
    let session = LiveSession(source: ScriptedSource(steps, kind: kind), analyzer: analyzer)
    session.start([witness])
    var events: [SessionEvent] = []
    while true {
      let event = session.next(timeout: .seconds(300))
      events.append(event)
      switch event {
      case .ended, .failed: return (witness.witnessed, events, session.counters)
      case .waiting:
        Issue.record("the session stands still")
        return (witness.witnessed, events, session.counters)
      default: continue
      }
    }
  }

  private func frames(_ events: [SessionEvent]) -> [UInt64] {
    events.compactMap { if case .frame(let judged) = $0 { judged.report.frame } else { nil } }
  }

  @Test func everyFrameIsAnalysedOrCountedAsDropped() throws {
    let result = run([.frames(500)])
    let analysed = result.witnessed.filter { $0.hasPrefix("frame") }
    #expect(analysed.last == "frame 499")
    #expect(UInt64(analysed.count) + result.counters.dropped == 500)
    #expect(result.counters.delivered == 500)
    let shown = frames(result.events)
    #expect(shown == shown.sorted() && shown.last == 499)
    guard case .ended(.complete)? = result.events.last else {
      Issue.record("the session ended with \(String(describing: result.events.last))")
      return
    }
  }

  @Test func aRecordingIsLookedAtFrameByFrame() {
    let result = run([.frames(20)], kind: .recording)
    #expect(result.witnessed == (0..<20).map { "frame \($0)" } + ["ended"])
    #expect(result.counters.dropped == 0)
  }

  @Test func aFailureKeepsItsTypeAndComesAfterTheLastFrame() {
    let gone = CaptureError(.lost, "script", "the camera is gone")
    let result = run([.frames(3), .failure(gone)])
    #expect(frames(result.events).last == 2)
    guard case .failed(let error as CaptureError)? = result.events.last else {
      Issue.record("the session ended with \(String(describing: result.events.last))")
      return
    }
    #expect(error.kind == .lost)
  }

  private struct NetworkFault: Error {}

  @Test func aFaultOfTheAnalysisIsNoFaultOfTheSource() {
    let analyzer = ScriptedAnalyzer { arrival in
      if arrival.index == 2 { throw NetworkFault() }
      return []
    }
    let result = run([.frames(10)], kind: .recording, analyzer: analyzer)
    guard case .failed(is NetworkFault)? = result.events.last else {
      Issue.record("the session ended with \(String(describing: result.events.last))")
      return
    }
    #expect(result.witnessed == ["frame 0", "frame 1"])
  }

  /// Losses and returns are in order with the frames around them, whoever is slow; the same loss is said once.
  @Test func lossesComeInOrderAndNoneIsSwallowed() {
    let result = run([
      .frames(1), .lost("cable"), .lost("cable"), .silence, .lost("driver"), .frames(1), .lost("cable"),
      .frames(1), .end(damage: "cut"),
    ])
    #expect(
      result.witnessed.filter { !$0.hasPrefix("frame") } == [
        "lost cable", "lost driver", "returned", "lost cable", "returned", "ended cut",
      ])
    let last = result.witnessed.suffix(3)
    #expect(last == ["returned", "frame 2", "ended cut"])
    let words = result.events.compactMap { event -> String? in
      switch event {
      case .cameraLost(let reason): "lost \(reason)"
      case .cameraReturned: "returned"
      default: nil
      }
    }
    #expect(words == ["lost cable", "lost driver", "returned", "lost cable", "returned"])
  }

  /// What is known of a frame when it is read comes out of the analysis untouched.
  @Test func theEnvelopeComesOutWhole() throws {
    let source = ScriptedSource([.frames(1)], kind: .recording)
    source.counters.lost = 7
    let session = LiveSession(source: source, analyzer: ScriptedAnalyzer())
    session.start()
    guard case .frame(let judged) = session.next(timeout: .seconds(300)) else {
      Issue.record("no frame came")
      return
    }
    let arrival = judged.report.arrival
    #expect(arrival.index == judged.frame.index && arrival.captured == judged.frame.captured)
    #expect(arrival.camera == "script" && arrival.size == judged.frame.size)
    #expect(arrival.counters.lost == 7 && arrival.counters.delivered == 1)
    #expect(arrival.decodeTime > .zero)
  }

  @Test func stoppingEndsAHeldRecording() {
    let session = LiveSession(
      source: ScriptedSource([.frames(1000)], kind: .recording), analyzer: ScriptedAnalyzer())
    session.setPaused(true)
    session.start()
    guard case .waiting = session.next(timeout: .milliseconds(50)) else {
      Issue.record("a held recording went on")
      return
    }
    session.step()
    guard case .frame(let judged) = session.next(timeout: .seconds(300)) else {
      Issue.record("a step showed nothing")
      return
    }
    #expect(judged.frame.index == 0)
    session.stop()
    guard case .ended = session.next(timeout: .seconds(300)) else {
      Issue.record("stopping did not end the session")
      return
    }
  }
}
