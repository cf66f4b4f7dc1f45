import Calibration
import Foundation
import IdentityCheck
import Liveness
import Observations
import Quantities
import Simulation
import Testing

/// A whole check with light at its end, by a person who does all gestures.
@Suite struct LightCheckTests {
  private func check(
    _ rule: LightRule, face light: LightFace = LightFace(), refuses: Bool = false
  ) -> (result: CheckResult?, notes: [CheckNote]) {
    var generator = ChaChaGenerator(seed: 4)
    let sequence = LightSequence(using: &generator)
    let plan = ChallengePlan(steps: [(.nod, 1, 0.1), (.turnLeft, 1, 0.1)])
    var conductor = CheckConductor(
      CheckSession(plan: plan, policy: .standard, light: LightPlan(sequence, lightLimits, rule)), isLive: true
    )
    var subject = ScriptedSubject(.person, seed: 12)
    subject.blinkRate = 0
    var monitor = LivenessMonitor(calibration.liveness)
    var notes: [CheckNote] = []
    var shown: [(at: MonotonicInstant, zones: LightZones)] = []
    for frame in 0..<900 where conductor.result == nil {
      let time = Double(frame) / 30
      let now = MonotonicInstant(seconds: 50 + time)
      if refuses, frame == 3 { conductor.refuseLight() }
      let face = subject.face(at: time)
      let report = Stage.report(face, monitor.observe(face, at: now), frame, now)
      let told = conductor.take(report, arrived: now) { _ in
        let moment = now - .nanoseconds(Int64(light.delay * 1e9))
        return light.sample(shown.last { $0.at <= moment }?.zones ?? .rest, at: now, &generator)
      }
      for case .asked(_, let gesture, _) in told { subject.perform(gesture.motion, at: time + 0.4) }
      if let screen = conductor.light, shown.last?.zones != screen.zones {
        shown.append((now, screen.zones))
        conductor.shown(screen.zones, at: now)
      }
      notes += told
    }
    return (conductor.result, notes)
  }

  @Test func aRightAnswerPassesAndIsToldWithItsTime() throws {
    let (result, notes) = check(.required)
    #expect(result?.outcome == .passed)
    #expect(result?.light?.outcome == .passed)
    let end = notes.compactMap { if case .lightEnded(_, let seconds) = $0 { seconds } else { nil } }
    #expect(end.count == 1 && notes.contains(.lightBegan))
    #expect(try #require(end.first) < 4.1)
    // The last gesture is told as done although no "look straight" follows it.
    #expect(notes.count { if case .completed = $0 { true } else { false } } == 2)
  }

  @Test func aWrongAnswerFailsUnderEitherRule() {
    var flat = LightFace()
    flat.relief = 0
    for rule in [LightRule.wanted, .required] {
      let result = check(rule, face: flat).result
      #expect(result?.outcome == .lightFailed && result?.decision == .fail)
      #expect(result?.light?.reason == .flat)
    }
  }

  @Test func noAnswerCountsOnlyWhereOneIsRequired() {
    var dim = LightFace()
    dim.share = 0.003
    #expect(check(.wanted, face: dim).result?.outcome == .passed)
    let required = check(.required, face: dim).result
    #expect(required?.outcome == .lightUnavailable && required?.decision == .undecided)
  }

  @Test func whoRefusesIsNotLit() {
    let (wanted, notes) = check(.wanted, refuses: true)
    #expect(wanted?.outcome == .passed && wanted?.light?.outcome == .refused)
    #expect(!notes.contains(.lightBegan))
    let required = check(.required, refuses: true).result
    #expect(required?.outcome == .lightRefused && required?.decision == .undecided)
    #expect(required?.advice == .otherWay)
  }
}
