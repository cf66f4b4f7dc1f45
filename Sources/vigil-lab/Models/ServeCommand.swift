import ArgumentParser
import Foundation
import Inference

/// Runs networks on request, so that a benchmark can interleave this engine with others in the same minute.
///
/// One request a line on standard input, one answer a line on standard output:
/// `load THREADS PATH`, `input INDEX FILE` (raw floats), `run COUNT` (nanoseconds of each run), `work COUNT` (the same in
/// processor time of the calling thread, which other programs on the machine disturb less),
/// `output NAME FILE` (raw floats), `profile COUNT` (median nanoseconds of each step), `peak` (GFLOP/s).
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Runs networks on request; Tools/bench/engines.py talks to it.")

  func run() throws {
    var server = BenchmarkServer()
    while let line = readLine() {
      do { print(try server.answer(line)) } catch { print("error \(error)") }
      fflush(nil)
    }
  }
}

/// Holds the network that the requests are about.
struct BenchmarkServer {
  private var network: Network?

  mutating func answer(_ line: String) throws -> String {
    let words = line.split(separator: " ", maxSplits: 2).map(String.init)
    switch words.first {
    case "load" where words.count == 3:
      var options = Network.Options()
      options.threads = Int(words[1]) ?? 1
      let start = ContinuousClock.now
      let loaded = try Network(path: words[2], options: options)
      let time = ContinuousClock.now - start
      network = loaded
      return "loaded \(time.nanoseconds) \(loaded.arenaBytes) \(loaded.largestLiveBytes)"
    case "input" where words.count == 3: return try fill(Int(words[1]) ?? 0, words[2])
    case "run" where words.count == 2: return try run(Int(words[1]) ?? 1, clock: CLOCK_MONOTONIC)
    case "work" where words.count == 2: return try run(Int(words[1]) ?? 1, clock: CLOCK_THREAD_CPUTIME_ID)
    case "output" where words.count == 3: return try write(Int(words[1]) ?? 0, words[2])
    case "profile" where words.count == 2: return try profile(Int(words[1]) ?? 1)
    case "peak": return "\(NetworkBenchmark.peak())"
    default: return "error unknown request \(line)"
    }
  }

  private func fill(_ index: Int, _ path: String) throws -> String {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    network?.withInput(index) { values in _ = data.copyBytes(to: values) }
    return "filled"
  }

  private func write(_ index: Int, _ path: String) throws -> String {
    guard let network, network.outputs.indices.contains(index) else { return "error no output \(index)" }
    let data = network.withOutput(index) { Data(buffer: $0) }
    try data.write(to: URL(fileURLWithPath: path))
    return "written \(network.outputs[index].name)"
  }

  private func run(_ count: Int, clock: clockid_t) throws -> String {
    guard let network else { return "error no network" }
    func now() -> Int {
      var time = timespec()
      clock_gettime(clock, &time)
      return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
    var times: [String] = []
    for _ in 0..<count {
      let start = now()
      try network.run()
      times.append("\(now() - start)")
    }
    return times.joined(separator: " ")
  }

  private func profile(_ count: Int) throws -> String {
    guard let network else { return "error no network" }
    return try NetworkBenchmark.steps(of: network, runs: count).map {
      "\($0.nanoseconds) \($0.operations) \($0.name)"
    }.joined(separator: "\n") + "\nend"
  }
}

extension Duration {
  /// Whole nanoseconds.
  var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
