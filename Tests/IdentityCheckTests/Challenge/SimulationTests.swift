import Foundation
import IdentityCheck
import Observations
import Simulation
import Testing

/// Sessions of each class; `make rehearse` runs 10,000 of each.
private let sessions = Int(ProcessInfo.processInfo.environment["VIGIL_SIMULATIONS"] ?? "") ?? 25

/// What became of many simulated checks.
private struct Tally {
  var passed = 0
  var seconds: [Double] = []
  var outcomes: [String: Int] = [:]

  init(_ actor: Actor, _ rehearsal: Rehearsal = Rehearsal()) {
    for seed in 0..<UInt64(sessions) {
      let result = rehearsal.run(actor, seed: seed)
      outcomes[result?.outcome.rawValue ?? "none", default: 0] += 1
      guard let result, result.decision == .pass else { continue }
      passed += 1
      seconds.append(result.seconds)
    }
    seconds.sort()
    let words = outcomes.sorted { $0.value > $1.value }.map { "\($0.key) \($0.value)" }.joined(
      separator: ", ")
    // Clopper and Pearson's upper bound for no event in n is 1 - .05^(1/n); shown only when nothing passed.
    let bound = passed == 0 ? " (95 % bound \(100 * (1 - pow(0.05, 1 / Double(sessions)))) %)" : ""
    print("\(rehearsal.policy.rawValue) \(actor): \(passed) of \(sessions) passed\(bound); \(words)")
    if !seconds.isEmpty { print("  seconds: median \(quantile(0.5)), 95 % \(quantile(0.95))") }
  }

  func quantile(_ share: Double) -> Double { seconds[Int(Double(seconds.count - 1) * share)] }
}

@Suite struct SimulationTests {
  @Test func livePersonsPassQuickly() {
    let tally = Tally(.person)
    #expect(Double(tally.passed) >= 0.95 * Double(sessions))
    #expect(!tally.seconds.isEmpty && tally.quantile(0.5) < 8)
  }

  @Test(arguments: [Actor.still, .photoInHand, .loop, .recording, .puppet]) func attacksDoNotPass(
    actor: Actor
  ) {
    #expect(Tally(actor).passed == 0)
  }
}
