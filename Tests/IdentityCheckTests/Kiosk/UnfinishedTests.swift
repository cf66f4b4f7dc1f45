import IdentityCheck
import Observations
import Quantities
import Testing

/// Checks that were begun and not finished.
@Suite struct UnfinishedTests {
  @Test func aLostCameraFailsWhereThatIsTheRule() throws {
    for (rule, decision) in [(TimeoutRule.undecided, CheckDecision.undecided), (.fail, .fail)] {
      var stage = Stage()
      stage.onTimeout = rule
      var lost = Mishap()
      lost.lostAt = 2.5
      var silent = Mishap()
      silent.silentFrom = 2.5
      for mishap in [lost, silent] {
        let result = try #require(stage.play(mishap).result)
        #expect(result.outcome == .cameraLost && result.decision == decision)
      }
      var gone = Mishap()
      gone.tracks = { tracks, time in if time > 2.5 { tracks = [] } }
      let result = try #require(stage.play(gone).result)
      #expect(result.outcome == .faceLeft && result.decision == decision)
    }
  }

  @Test func callingOffCountsWhereThePolicySaysSo() {
    #expect(!Policy.low.countsCallingOff)
    #expect(Policy.standard.countsCallingOff && Policy.high.countsCallingOff)
  }

  /// Frames at these times; when and how the check ended.
  private func end(of times: [Double]) -> (at: Double, outcome: CheckOutcome)? {
    var session = CheckSession(
      plan: ChallengePlan(steps: [(.nod, 1, 0.2), (.blink, 1, 0.2)]), policy: .standard)
    for time in times {
      _ = session.handle(.frame(at: MonotonicInstant(nanoseconds: Int64((100 + time) * 1e9)), faces: []))
      if let result = session.result { return (time, result.outcome) }
    }
    return nil
  }

  /// "Too slow" is said after the stated time of too few frames, never sooner: a busy moment is no reason.
  @Test func tooSlowNeedsItsStatedTime() throws {
    let limit = CheckLimits().rateSeconds
    let slow = try #require(end(of: (0..<40).map { Double($0) * 0.15 }))
    #expect(slow.outcome == .tooSlow && slow.at > limit && slow.at < limit + 0.2)
    let busyStart = [0, 0.5, 1.0] + (0..<60).map { 1.0 + Double($0 + 1) / 30 }
    #expect(end(of: busyStart) == nil)
    let hiccup = (0..<60).map { Double($0) / 30 } + (0..<60).map { 3.2 + Double($0) / 30 }
    #expect(end(of: hiccup) == nil)
  }
}
