import Capture
import Observations
import Quantities
import Testing

/// Where decoded sound lies in time.
@Suite struct SoundTimelineTests {
  private func instant(_ milliseconds: Int64) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
  }

  private func starts(_ pieces: [(Int, Int64?)]) -> [(Double, Int)] {
    var timeline = SoundTimeline()
    for (count, time) in pieces {
      timeline.add(Array(repeating: 0.1, count: count), at: time.map(instant))
    }
    return timeline.take().map { ($0.start.seconds * 1e3, $0.samples.count) }
  }

  @Test func piecesFollowEachOtherDespiteRoundedTimes() {
    let found = starts([(368, 0), (368, 23), (368, 46), (160, nil)])
    #expect(found.map(\.0) == [0, 23, 46, 69] && found.map(\.1) == [368, 368, 368, 160])
  }

  @Test func aLaterPieceLeavesAGap() {
    let found = starts([(160, 0), (160, 50)])
    #expect(found.map(\.0) == [0, 50])
  }

  /// Overlapping times: what was heard already is left out, and no block begins before the end of another.
  @Test func anEarlierPieceIsCut() {
    var timeline = SoundTimeline()
    timeline.add(Array(repeating: 1, count: 1600), at: instant(100))
    timeline.add((0..<1600).map(Float.init), at: instant(150))
    timeline.add(Array(repeating: 2, count: 160), at: instant(0))
    let blocks = timeline.take()
    #expect(blocks.map(\.start) == [instant(100), instant(200)])
    #expect(blocks.last?.samples.first == 800 && timeline.overlapping == 800 + 160)
  }

  @Test func longPiecesAreCutIntoBlocksWithoutAGap() {
    let found = starts([(5000, 1000)])
    #expect(found.map(\.1) == [2048, 2048, 904] && found.map(\.0) == [1000, 1128, 1256])
  }

  /// A reader that never asks costs two minutes of memory, no more.
  @Test func whatNobodyTakesIsGivenUp() {
    var timeline = SoundTimeline()
    for second in 0..<200 {
      timeline.add(Array(repeating: 0, count: 16_000), at: instant(Int64(second) * 1000))
    }
    let kept = timeline.take()
    #expect(kept.reduce(0) { $0 + $1.samples.count } <= 120 * 16_000)
    #expect(kept.last.map(\.end) == instant(200_000))
  }

  /// All sound of an answer is bounded, and the end comes behind the last of it.
  @Test func theEndWaitsForTheSound() throws {
    let source = EndlessTalk(blocks: 70)
    var answers = DecoderAnswers(source)
    var heard: [Int] = []
    var events = 0
    while true {
      let event = try answers.next()
      events += 1
      heard.append(answers.takeSound().count)
      if case .ended = event { break }
    }
    #expect(heard == [32, 32, 6] && events == 3)
  }

  private final class EndlessTalk: FrameSource {
    let description = SourceDescription(
      name: "t", kind: .recording, size: PixelSize(width: 1, height: 1), framesPerSecond: nil)
    let counters = SourceCounters()
    private var blocks: Int
    init(blocks: Int) { self.blocks = blocks }
    func next() throws(CaptureError) -> SourceEvent { .ended(damage: nil) }
    func takeSound() -> [SoundBlock] {
      defer { blocks = 0 }
      return (0..<blocks).map {
        SoundBlock(start: MonotonicInstant(seconds: Double($0) / 100), samples: [0])
      }
    }
  }
}

/// A stream's presentation times on this machine's clock.
@Suite struct StreamClockTests {
  @Test func oneLatePictureDoesNotMoveTheSound() {
    let clock = StreamClock()
    #expect(clock.instant(of: 0) == nil)
    for frame in 0..<20 {
      let time = Double(frame) / 25
      clock.saw(time, at: MonotonicInstant(seconds: 1000 + time + (frame == 10 ? 0.4 : 0)))
    }
    #expect(clock.instant(of: 0.5).map { abs($0.seconds - 1000.5) < 1e-6 } == true)
    clock.saw(.infinity, at: .now())
    #expect(clock.instant(of: 0.5).map { abs($0.seconds - 1000.5) < 1e-6 } == true)
  }
}
