import ArgumentParser
import Foundation
import Inference
import ModelFormats

/// Runs the cases that `Tools/generate/onnx_backend.py` wrote and compares with their outputs.
struct CasesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cases", abstract: "Runs ONNX backend cases and counts passed, refused and failed.")

  @Argument(help: "Folder with one folder for each case: model.onnx, input_N.pb, output_N.pb, tolerance.txt.")
  var folder: String

  @Flag(help: "Print each refused case with its reason.")
  var verbose = false

  @Flag(help: "Run the reference operators too where the fast path runs.")
  var thorough = false

  @Option(help: "Run only cases whose name contains this text.")
  var only: String?

  func run() throws {
    let root = URL(fileURLWithPath: folder)
    var total = CaseCounts()
    for group in try Self.folders(in: root) {
      var counts = CaseCounts()
      for folder in try Self.folders(in: group) where only.map(folder.lastPathComponent.contains) ?? true {
        counts.add(
          BackendCase(folder: folder, thorough: thorough).result(), name: folder.lastPathComponent,
          verbose: verbose)
      }
      print("\(group.lastPathComponent): \(counts)")
      total.add(counts)
    }
    for (reason, count) in total.reasons.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      print("  refused \(count): \(reason)")
    }
    print("all: \(total)")
    if total.failed > 0 || total.passed == 0 { throw ExitCode.failure }
  }

  private static func folders(in folder: URL) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: [.isDirectoryKey])
      .filter { (try? $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory) ?? false }
      .sorted { $0.path < $1.path }
  }
}

/// How a case ended.
enum CaseResult {
  case passed(planned: Bool)
  /// The engine says that it does not support something: short reason for the count, whole message.
  case refused(reason: String, message: String)
  case failed(String)
}

/// How many cases ended how.
struct CaseCounts: CustomStringConvertible {
  private(set) var passed = 0
  /// Those of the passed that ran on the engine's fast path.
  private(set) var planned = 0
  private(set) var refused = 0
  private(set) var failed = 0
  private(set) var reasons: [String: Int] = [:]

  var description: String {
    "\(passed) passed (\(planned) planned, \(passed - planned) by reference), \(refused) refused by name, \(failed) failed of \(passed + refused + failed)"
  }

  mutating func add(_ result: CaseResult, name: String, verbose: Bool) {
    switch result {
    case .passed(let planned):
      passed += 1
      if planned { self.planned += 1 }
    case .refused(let reason, let message):
      refused += 1
      reasons[reason, default: 0] += 1
      if verbose { print("refused \(name): \(message)") }
    case .failed(let message):
      failed += 1
      print("FAILED \(name): \(message)")
    }
  }

  mutating func add(_ other: CaseCounts) {
    passed += other.passed
    planned += other.planned
    refused += other.refused
    failed += other.failed
    reasons.merge(other.reasons, uniquingKeysWith: +)
  }
}
