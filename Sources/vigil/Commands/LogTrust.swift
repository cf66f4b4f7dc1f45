import ArgumentParser
import AuditLog
import Foundation
import LogProofs
import Surroundings

/// How commands that show records say whether those are as they were written.
struct LogCheckOptions: ParsableArguments {
  @Option(
    name: .long, help: "The public key that records are checked with. Default: the .pub file beside the log.")
  var key: String?

  /// Checks the log before anything of it is shown.
  func trust(in history: LogHistory, _ path: String) throws -> LogTrust {
    let argument = key ?? path + ".pub"
    guard key != nil || FileManager.default.fileExists(atPath: argument) else {
      StandardErrors.say("not checked: there is no public key \(argument); give one with --key")
      return LogTrust(path: path, report: nil)
    }
    return LogTrust(path: path, report: try history.verify(key: LogOptions.publicKey(argument)))
  }
}

/// What checking a log said, for commands that show its records.
struct LogTrust {
  let path: String
  /// Nil when it was not checked.
  let report: VerificationReport?

  /// Whether a record was changed, or is among those of which one was.
  func isBad(_ place: RecordPlace) -> Bool {
    guard let report, !report.isGood, let number = UInt64(exactly: place.number) else { return false }
    return report.findings.contains { ($0.segment ?? place.file) == place.file && $0.concerns(number) }
  }

  /// Says what is wrong with the log, after its records were shown.
  func finish() throws {
    guard let report, !report.isGood else { return }
    let first = report.findings.prefix(3).map { "\($0)" }.joined(separator: "; ")
    let more = report.findings.count > 3 ? "; and \(report.findings.count - 3) more" : ""
    throw Failure(
      .negative, "\(path): DOES NOT VERIFY, so what is shown may not be what was recorded: \(first)\(more)")
  }
}
