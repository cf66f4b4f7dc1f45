import Foundation
import Testing

/// Runs the built `vigil` as a person would and keeps what it said.
struct ProgramRun {
  let status: Int32
  let output: String
  let errors: String

  /// The folder of the built products: the tests' own program lies in it.
  static let products: URL = {
    let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    if FileManager.default.isExecutableFile(atPath: own.appendingPathComponent("vigil").path) { return own }
    // Under some runners the test program is a helper of the toolchain; its first argument names the bundle.
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: bundle).resolvingSymlinksInPath().deletingLastPathComponent()
  }()

  /// Runs it to its end. `timeout` in seconds only ends a program that hangs.
  init(
    _ arguments: [String], environment: [String: String] = [:], input: Data? = nil,
    timeout: TimeInterval = 600, program: String = "vigil"
  ) throws {
    let process = Process()
    process.executableURL = Self.products.appendingPathComponent(program)
    process.arguments = arguments
    // Tests leave no sessions in a person's own log, and do not wait for each other's.
    process.environment = ProcessInfo.processInfo.environment.merging(["VIGIL_LOG": "none"]) { $1 }
      .merging(environment) { $1 }
    let (out, err, stdin) = (Pipe(), Pipe(), Pipe())
    (process.standardOutput, process.standardError, process.standardInput) = (out, err, stdin)
    try process.run()
    let writer = DispatchQueue(label: "stdin")
    writer.async {
      if let input { try? stdin.fileHandleForWriting.write(contentsOf: input) }
      try? stdin.fileHandleForWriting.close()
    }
    let guardian = DispatchWorkItem { kill(process.processIdentifier, SIGKILL) }
    DispatchQueue.global().asyncAfter(deadline: .now() + timeout, execute: guardian)
    var errorData = Data()
    let group = DispatchGroup()
    group.enter()
    let collector = Collector()
    DispatchQueue(label: "stderr").async {
      collector.data = err.fileHandleForReading.readDataToEndOfFile()
      group.leave()
    }
    let outputData = out.fileHandleForReading.readDataToEndOfFile()
    group.wait()
    errorData = collector.data
    process.waitUntilExit()
    guardian.cancel()
    status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    output = String(decoding: outputData, as: UTF8.self)
    errors = String(decoding: errorData, as: UTF8.self)
  }

  /// Written on one queue, read after the group's wait.
  private final class Collector: @unchecked Sendable {
    var data = Data()
  }
}

/// A folder that goes away with its owner.
final class TemporaryFolder: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("vigil-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  func file(_ name: String, _ text: String) throws -> String {
    let file = url.appendingPathComponent(name)
    try Data(text.utf8).write(to: file)
    return file.path
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}
