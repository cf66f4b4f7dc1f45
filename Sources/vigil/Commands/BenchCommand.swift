import ArgumentParser
import Foundation
import Hearing
import Inference
import Surroundings

/// `vigil bench --networks`: what each network costs on this machine, and how near that is to the machine's limit.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures the fast path and each network on this machine.",
    discussion: """
      Comparison with other programs: make bench; with other engines: make bench-engines.

      Examples:
        vigil bench clip.mp4
        vigil bench --networks
      """)

  @Argument(help: "Clip on which the fast path is measured.") var clip: String?

  @Option(help: "Frames of the clip to measure.") var frames = 150

  @Flag(help: "Measure the networks of the models' folder.")
  var networks = false

  @Option(help: "Folder with .tflite and .onnx files; default: VIGIL_MODELS, then Models/third-party.")
  var models: String?

  @Option(help: "Threads one network may use.")
  var threads = 1

  @Option(help: "Runs of each network.")
  var runs = 50

  @Flag(help: "List the steps of each network, the longest first.")
  var steps = false

  func validate() throws {
    guard networks || clip != nil else { throw ValidationError("say what to measure: a clip, or --networks") }
    guard (1...1_000_000).contains(frames) else { throw ValidationError("--frames takes 1 to 1000000") }
    guard (1...64).contains(threads) else { throw ValidationError("--threads takes 1 to 64") }
    guard (1...100_000).contains(runs) else { throw ValidationError("--runs takes 1 to 100000") }
  }

  func run() throws {
    if let clip { try measure(clip) }
    if networks { try measureNetworks() }
  }

  private func measure(_ clip: String) throws {
    var given = ["threads": String(threads)]
    given["models"] = models
    let settings = try Settings(
      file: nil, environment: ProcessInfo.processInfo.environment, commandLine: given)
    try StageBenchmark(settings: settings, frames: frames).run(clip)
  }

  private func measureNetworks() throws {
    let environment = ProcessInfo.processInfo.environment["VIGIL_MODELS"]
    let folder = URL(fileURLWithPath: models ?? environment ?? "Models/third-party")
    let files =
      ((try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? [])
      .filter { ["tflite", "onnx"].contains($0.pathExtension) }.sorted { $0.path < $1.path }
    guard !files.isEmpty else {
      StandardErrors.say("no networks in \(folder.path); fetch them with: make models")
      throw ExitCode(ExitClass.noInput.code)
    }
    let peak = NetworkBenchmark.peak()
    try StandardOutput.line(
      "peak of one core, measured: \(Int(peak)) GFLOP/s; \(threads) thread(s), median of \(runs) runs")
    try StandardOutput.line("milliseconds  of peak  load ms  arena KiB  network")
    for file in files { try measure(file, peak: peak) }
  }

  /// Prints the line of one network, or why there is none.
  private func measure(_ file: URL, peak: Double) throws {
    do {
      var options = file.lastPathComponent == VoiceActivity.file ? VoiceActivity.loading : Network.Options()
      options.threads = threads
      _ = try Network(path: file.path, options: options)  // warms the file cache
      let start = ContinuousClock.now
      let network = try Network(path: file.path, options: options)
      let load = ContinuousClock.now - start
      for index in network.inputs.indices { fill(network, index) }
      try network.run()
      let median = try medianSeconds(network)
      let times = try NetworkBenchmark.steps(of: network, runs: steps ? runs : 1)
      let operations = Double(times.map(\.operations).reduce(0, +))
      let share = operations / median / (peak * 1e9 * Double(threads))
      let name = file.deletingPathExtension().lastPathComponent
      try StandardOutput.line(
        "\(text(median * 1e3, 12, 3))  \(text(share * 100, 6, 0))%  \(text(load / .milliseconds(1), 7, 1))  "
          + "\(text(Double(network.arenaBytes) / 1024, 9, 0))  \(name)")
      if steps { try list(times) }
    } catch let lost as OutputFailure {
      throw lost
    } catch {
      try StandardOutput.line("\(file.lastPathComponent): \(error)")
    }
  }

  /// Half of each input's numbers positive, half negative, the same each time.
  private func fill(_ network: Network, _ index: Int) {
    network.withInput(index) { values in
      var state: UInt32 = 1
      for place in values.indices {
        state = state &* 1_664_525 &+ 1_013_904_223
        values[place] = Float(state >> 8) / Float(1 << 23) - 1
      }
    }
  }

  private func medianSeconds(_ network: Network) throws -> Double {
    var times: [Double] = []
    for _ in 0..<runs {
      let start = ContinuousClock.now
      try network.run()
      times.append((ContinuousClock.now - start) / .seconds(1))
    }
    return times.sorted()[times.count / 2]
  }

  private func list(_ times: [NetworkBenchmark.StepTime]) throws {
    for step in times.sorted(by: { $0.nanoseconds > $1.nanoseconds }) {
      let rate = Double(step.operations) / Double(max(step.nanoseconds, 1))
      try StandardOutput.line(
        "    \(text(Double(step.nanoseconds) / 1e3, 9, 1)) us \(text(rate, 6, 0)) GFLOP/s  \(step.name)")
    }
  }

  private func text(_ number: Double, _ width: Int, _ places: Int) -> String {
    let digits = String(format: "%.\(places)f", number)
    return String(repeating: " ", count: max(0, width - digits.count)) + digits
  }
}
