import ArgumentParser
import Calibration
import Foundation
import IdentityCheck
import Observations
import Simulation

/// Simulated checks of each kind of person and attack, and motion cues of recorded landmarks.
struct RehearseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rehearse", abstract: "Long measurements of liveness and the identity check.",
    subcommands: [
      RehearseChecks.self, RehearseCues.self, RehearsePulse.self, RehearseAttack.self, RehearseLight.self,
    ],
    defaultSubcommand: RehearseChecks.self)
}

/// `vigil-lab rehearse checks`: the simulated checks.
struct RehearseChecks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checks", abstract: "Simulates identity checks and counts what becomes of them.",
    discussion: "Everything follows from the seeds 0 to COUNT - 1. Writes a table in Markdown.")

  @Option(help: "Sessions of each kind.") var count = 10_000
  @Option(help: "Policy: low, standard or high.") var policy = "standard"
  @Option(help: "Frames a second.") var fps = 30.0
  @Option(help: "The calibration.") var calibration = "Calibration/default.json"
  @Option(help: "Only this kind; may be given several times.") var only: [String] = []

  func run() throws {
    guard let policy = Policy(rawValue: policy) else {
      throw ValidationError("--policy \(policy): give low, standard or high")
    }
    guard (1...1_000_000).contains(count) else { throw ValidationError("--count: give 1 to 1000000") }
    guard (1...120).contains(fps) else { throw ValidationError("--fps: give 1 to 120") }
    var rehearsal = Rehearsal(try Calibration(path: calibration).liveness)
    (rehearsal.policy, rehearsal.fps) = (policy, fps)
    print(
      "| who | sessions | passed | 95 % bounds | median s | 95 % s | outcomes |\n|---|---|---|---|---|---|---|"
    )
    var alike: [String] = []
    for actor in CheckActor.allCases where only.isEmpty || only.contains(actor.rawValue) {
      let shares = Self.results(of: actor, rehearsal, count)
      print(Self.row(actor, shares))
      if actor == .recording { alike.append(Self.alike(rehearsal, shares)) }
      fflush(nil)
    }
    print(alike.joined(separator: "\n"))
  }

  /// How many recordings were of a check that asked for the same gestures in the same order, and what became of them.
  private static func alike(_ rehearsal: Rehearsal, _ results: [CheckResult?]) -> String {
    let same = results.indices.filter { index in
      let seed = UInt64(index)
      let (asked, recorded) = (rehearsal.plan(seed), rehearsal.plan(Rehearsal.recorded(seed)))
      return asked.steps.map(\.gesture) == recorded.steps.map(\.gesture)
    }
    let words = same.map { results[$0]?.outcome.rawValue ?? "none" }.sorted().joined(separator: ", ")
    return
      "\nRecordings of a check that asked for the same gestures in the same order: \(same.count). \(words)"
  }

  private static func results(of actor: CheckActor, _ rehearsal: Rehearsal, _ count: Int) -> [CheckResult?] {
    let results = UnsafeMutableBufferPointer<CheckResult?>.allocate(capacity: count)
    results.initialize(repeating: nil)
    defer { results.deallocate() }
    // Every session writes its own place.
    nonisolated(unsafe) let (places, plan) = (results, rehearsal)
    DispatchQueue.concurrentPerform(iterations: count) { index in
      places[index] = plan.run(actor, seed: UInt64(index))
    }
    return Array(results)
  }

  private static func row(_ actor: CheckActor, _ results: [CheckResult?]) -> String {
    let seconds = results.compactMap { $0?.decision == .pass ? $0?.seconds : nil }.sorted()
    var outcomes: [String: Int] = [:]
    for result in results { outcomes[result?.outcome.rawValue ?? "none", default: 0] += 1 }
    let words = outcomes.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map { "\($0.key) \($0.value)" }
    func quantile(_ share: Double) -> String {
      seconds.isEmpty ? "" : String(format: "%.1f", seconds[Int(Double(seconds.count - 1) * share)])
    }
    let bounds = Binomial.bounds(seconds.count, of: results.count)
    return "| \(actor.rawValue) | \(results.count) | \(seconds.count) "
      + String(
        format: "(%.2f %%) | %.3f–%.3f %% ", 100 * Double(seconds.count) / Double(results.count), bounds.0,
        bounds.1)
      + "| \(quantile(0.5)) | \(quantile(0.95)) | \(words.joined(separator: ", ")) |"
  }
}
