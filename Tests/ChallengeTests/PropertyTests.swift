import Challenge
import Geometry
import Observations
import Testing
import Units
import VigilTesting

/// Whatever happens, a pass means: all gestures, in order, each after its prompt, by one face without a break.
@Suite struct PropertyTests {
  @Test func noRandomSequencePassesWithoutAllGestures() {
    var passed = 0
    for seed in 0..<UInt64(300) {
      var random = SimulationGenerator(seed: seed)
      let gestures: [Gesture] = [.nod, .turnLeft, .mouthOpen]
      let plan = ChallengePlan(steps: gestures.map { ($0, 1, 0.2) })
      var subject = ScriptedSubject(.person, seed: seed)
      subject.blinkRate = 0
      var done: [Gesture] = []
      // One answer in six is wrong, one in ten is left out; the truth is what was really done.
      let result = Rehearsal().follow(plan, .undecided, &subject, delay: 0.4) { wanted in
        if Int.random(in: 0..<10, using: &random) == 0 { return nil }
        let wrong = Int.random(in: 0..<6, using: &random) == 0
        let gesture = wrong ? Gesture.allCases.randomElement(using: &random) ?? wanted : wanted
        done.append(gesture)
        return gesture.motion
      }
      guard result?.decision == .pass else { continue }
      passed += 1
      #expect(done.filter { $0 != .blink } == gestures, "seed \(seed)")
    }
    #expect(passed > 50)
  }

  @Test func noBreakPasses() {
    // The same good session, with the face's number changed, hidden, or doubled at every possible moment.
    for step in stride(from: 1.0, to: 8, by: 0.25) {
      for kind in 0..<3 {
        var rehearsal = Rehearsal()
        rehearsal.disturb = { faces, time in
          guard time >= step, time < step + 0.6 else { return }
          switch kind {
          case 0: faces = []
          case 1:
            faces = faces.map {
              CheckFace(track: TrackID(9), face: $0.face, liveness: $0.liveness, label: $0.label)
            }
          default:
            faces += faces.map {
              CheckFace(track: TrackID(9), face: $0.face, liveness: $0.liveness, label: $0.label)
            }
          }
        }
        guard let result = rehearsal.run(.person, seed: 11), result.outcome == .passed else { continue }
        // Only before the first gesture, or after the end, may a break be without consequence.
        #expect(
          step < 1.6 || result.seconds <= step, "break \(kind) at \(step) s passed after \(result.seconds) s")
      }
    }
  }

  @Test func nothingChangesAfterTheEnd() {
    var session = CheckSession(plan: ChallengePlan(steps: [(.nod, 1, 0.1)]), policy: .low)
    _ = session.handle(.cameraLost(at: MonotonicInstant(seconds: 1)))
    let before = session.result
    for frame in 0..<100 {
      _ = session.handle(.frame(at: MonotonicInstant(seconds: 2 + Double(frame) / 30), faces: []))
    }
    #expect(session.result == before)
  }
}
