import FaceScoring
import Foundation
import Observations
import Quantities
import Testing

@Suite struct RobustMeanTests {
  @Test func outliersDoNotMoveIt() {
    let calm = (0..<20).map { 1 + 0.1 * sin(Double($0) * 2.4) }
    var wild = calm
    for index in [3, 9, 15] { wild[index] = 50 }
    #expect(abs(RobustMean.of(calm).mean - RobustMean.of(wild).mean) < 0.1)
  }

  @Test func standardErrorOfIndependentValuesIsHonest() {
    // 400 series of 40 normal values: the 1.96 interval should hold the true mean about 95 times in 100.
    var random = Normal(state: 11)
    var inside = 0
    for _ in 0..<400 {
      let values = (0..<40).map { _ in random.next() }
      let (mean, error) = RobustMean.of(values)
      if abs(mean) <= 1.96 * error { inside += 1 }
    }
    #expect((360...399).contains(inside), "\(inside) of 400")
  }

  @Test func resemblanceOfNeighboursWidensIt() {
    var random = Normal(state: 4)
    var value = 0.0
    let series = (0..<60).map { _ -> Double in
      value = 0.9 * value + random.next()
      return value
    }
    let shuffled = stride(from: 0, to: 60, by: 1).map { series[($0 * 23) % 60] }
    #expect(RobustMean.of(series).standardError > 1.5 * RobustMean.of(shuffled).standardError)
  }

  @Test func oneValueAndEqualValues() {
    #expect(RobustMean.of([3]).mean == 3)
    #expect(RobustMean.of([2, 2, 2, 2, 2, 2]) == (2, 0))
  }
}

/// Normal numbers by the sum of twelve uniform ones, repeatable.
private struct Normal {
  var state: UInt64
  mutating func next() -> Double {
    (0..<12).reduce(-6) { sum, _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return sum + Double(state >> 11) / Double(1 << 53)
    }
  }
}

@Suite struct AccumulatorTests {
  private func accumulator() -> TrackScoreAccumulator { TrackScoreAccumulator() }

  @Test func pendingUntilEnoughThenMeasuredThenStale() throws {
    var scores = accumulator()
    #expect(scores.evidence(at: instant(0)) == .pending(observed: 0, required: 5))
    for number in 0..<4 { scores.add(Logit(2), frame: UInt64(number * 10), at: instant(number)) }
    #expect(scores.evidence(at: instant(3)) == .pending(observed: 4, required: 5))
    scores.add(Logit(2), frame: 40, at: instant(4))
    guard case .measured(let score, let at) = scores.evidence(at: instant(7)) else {
      Issue.record("five scores are enough, and three seconds are not too old")
      return
    }
    #expect(at == instant(4) && score.newestFrame == 40 && score.framesScored == 5)
    #expect(score.mean == 2 && score.standardError == 0)
    #expect(scores.evidence(at: instant(7) + .nanoseconds(1)) == .unavailable(.stale))
  }

  @Test func lateScoreOfAnOlderFrameDoesNotMakeItFresh() {
    var scores = accumulator()
    for frame in [50, 60, 70, 80, 20] as [UInt64] { scores.add(Logit(0), frame: frame, at: instant(0)) }
    guard case .measured(let score, _) = scores.evidence(at: instant(2)) else {
      Issue.record("five scores are enough")
      return
    }
    #expect(score.newestFrame == 80)
  }

  @Test func numbersThatAreNotFiniteAreLeftOut() {
    var scores = accumulator()
    for number in 0..<10 { scores.add(Logit(.nan), frame: UInt64(number), at: instant(number)) }
    #expect(scores.evidence(at: instant(9)) == .pending(observed: 0, required: 5))
  }

  @Test func disagreementIsUncertainty() throws {
    var (calm, torn) = (accumulator(), accumulator())
    for number in 0..<20 {
      calm.add(Logit(0.1 * sin(Double(number) * 2.4)), frame: UInt64(number), at: instant(number))
      torn.add(Logit(3 * sin(Double(number) * 2.4)), frame: UInt64(number), at: instant(number))
    }
    let (one, other) = (
      try #require(calm.evidence(at: instant(20)).value), try #require(torn.evidence(at: instant(20)).value)
    )
    #expect(other.standardError > 5 * one.standardError)
  }

  @Test func windowForgetsTheOldestScores() throws {
    var scores = accumulator()
    for number in 0..<200 {
      scores.add(Logit(number < 140 ? -8 : 8), frame: UInt64(number), at: instant(number))
    }
    let score = try #require(scores.evidence(at: instant(200)).value)
    #expect(score.mean == 8 && score.framesScored == 200)
  }

  private func instant(_ number: Int) -> MonotonicInstant { MonotonicInstant(seconds: Double(number)) }
}
