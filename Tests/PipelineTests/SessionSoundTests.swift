import Capture
import Dispatch
import Observations
import Pipeline
import Quantities
import Testing
import VigilTesting

/// A talking source: a block of sound beside each frame.
private final class TalkingSource: FrameSource {
  private let frames = ScriptedSource([.frames(40)], kind: .recording)
  private var said = 0
  var description: SourceDescription { frames.description }
  var counters: SourceCounters { frames.counters }
  func next() throws(CaptureError) -> SourceEvent { try frames.next() }
  func takeSound() -> [SoundBlock] {
    defer { said += 1 }
    return [SoundBlock(start: MonotonicInstant(nanoseconds: Int64(said) * 1_000_000), samples: [Float(said)])]
  }
}

/// Keeps what it hears, and how much of it before each frame.
private final class ListeningAnalyzer: FrameAnalyzer {
  private let plain = ScriptedAnalyzer()
  private(set) var heard: [Float] = []
  private(set) var before: [Int] = []
  func hear(_ blocks: [SoundBlock]) { heard += blocks.flatMap(\.samples) }
  func judge(_ captured: CapturedFrame) throws -> JudgedFrame {
    before.append(heard.count)
    return try plain.judge(captured)
  }
}

/// Sound through a session: whole, in order, and each frame's before the frame.
@Suite struct SessionSoundTests {
  private func check(_ analyzer: ListeningAnalyzer) {
    #expect(analyzer.heard.starts(with: (0..<40).map(Float.init)))
    #expect(analyzer.before.count == 40)
    #expect(analyzer.before.enumerated().allSatisfy { $0.element > $0.offset })
  }

  @Test func liveSessionsHearBeforeTheyLook() {
    let analyzer = ListeningAnalyzer()
    let session = LiveSession(source: TalkingSource(), analyzer: analyzer)
    session.start()
    loop: while true {
      switch session.next(timeout: .seconds(300)) {
      case .ended, .failed: break loop
      default: continue
      }
    }
    check(analyzer)
  }

  @Test func inlineSessionsHearBeforeTheyLook() {
    let analyzer = ListeningAnalyzer()
    let session = InlineSession(source: TalkingSource(), analyzer: analyzer)
    session.start()
    loop: while true {
      switch session.next() {
      case .ended, .failed: break loop
      default: continue
      }
    }
    check(analyzer)
  }
}
