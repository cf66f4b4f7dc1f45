import Foundation
import IdentityCheck
import Surroundings

/// The operator's command that gets the result: its standard input is the line, never a part of the command.
struct ResultHook {
  let command: String
  /// Seconds that it may take.
  private static let patience = 10.0

  func run(_ line: String, _ ending: CheckEnding) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", command]
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["VIGIL_DECISION": ending.decision.rawValue, "VIGIL_OUTCOME": ending.outcome]) { $1 }
    let input = Pipe()
    process.standardInput = input
    // The hook's own words must not mix with the JSON lines.
    process.standardOutput = FileHandle.standardError
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    do {
      try process.run()
      try? input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
      try? input.fileHandleForWriting.close()
      if ended.wait(timeout: .now() + Self.patience) == .timedOut {
        process.terminate()
        return StandardErrors.say(
          "--on-result: the command took more than \(Int(Self.patience)) s and was ended")
      }
      if process.terminationStatus != 0 {
        StandardErrors.say("--on-result: the command ended with \(process.terminationStatus)")
      }
    } catch { StandardErrors.say("--on-result: the command cannot be run: \(error.localizedDescription)") }
  }
}
