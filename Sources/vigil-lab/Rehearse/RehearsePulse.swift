import ArgumentParser
import Foundation
import Liveness
import Observations
import Simulation

/// `vigil-lab rehearse pulse`: the error of POS and CHROM on synthetic skin against noise, motion and compression.
struct RehearsePulse: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pulse", abstract: "Error of the pulse on synthetic skin, by method and disturbance.")

  @Option(help: "Sequences a row.") var count = 200

  func run() throws {
    guard (1...100_000).contains(count) else { throw ValidationError("--count: give 1 to 100000") }
    print(
      "| disturbance | method | mean error, beats a minute | within 5 | mean signal to noise, dB |\n|---|---|---|---|---|"
    )
    let rows: [(String, WritableKeyPath<SyntheticSkin, Double>, [Double])] = [
      ("camera noise, part of the pulse", \.noise, [0.25, 0.5, 1, 2, 4].map { $0 * 0.004 }),
      ("motion's light, part of the pulse", \.motion, [1, 5, 20, 50].map { $0 * 0.004 }),
      ("compression, rounding step of 255", \.quantum, [0.25, 0.5, 1, 2]),
    ]
    for (name, path, values) in rows {
      for value in values {
        let shown = path == \.quantum ? value : value / 0.004
        for method in PulseMethod.allCases { row("\(name) \(shown)", path, value, method) }
      }
    }
  }

  private func row(
    _ name: String, _ path: WritableKeyPath<SyntheticSkin, Double>, _ value: Double, _ method: PulseMethod
  ) {
    var (error, near, quality) = (0.0, 0, 0.0)
    for seed in 0..<UInt64(count) {
      var random = SimulationGenerator(seed: seed &+ 991)
      var skin = SyntheticSkin()
      skin.noise = 0.001
      skin[keyPath: path] = value
      skin.beatsPerMinute = Double.random(in: 50...140, using: &random)
      let (times, colors) = skin.sequence(seed: seed)
      let pulse = PulseEstimator(method).pulse(colors, at: times)
      let wrong = abs((pulse?.beatsPerMinute ?? 0) - skin.beatsPerMinute)
      error += wrong
      near += wrong <= 5 ? 1 : 0
      quality += pulse?.signalToNoise ?? -60
    }
    let n = Double(count)
    print(
      "| \(name) | \(method.rawValue) "
        + String(format: "| %.1f | %.1f %% | %.1f |", error / n, 100 * Double(near) / n, quality / n))
  }
}
