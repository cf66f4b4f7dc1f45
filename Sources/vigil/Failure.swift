import ArgumentParser
import Foundation
import Surroundings

/// The program's exit codes.
enum ExitStatus: Int32 {
  /// Done; for a check: live.
  case done = 0
  /// Not live, an attack, or a log that does not verify.
  case negative = 1
  /// Undecided or timed out.
  case undecided = 2
  /// No usable input: no camera, an unreadable file.
  case noInput = 3
  /// Wrong usage or settings.
  case usage = 64
  /// A fault of the program or its installation.
  case fault = 70
}

/// A failure reported to the person in one line: what was wrong, where, what to do.
struct Failure: Error, CustomStringConvertible {
  /// The exit code.
  let code: Int32
  let description: String

  init(_ status: ExitStatus, _ description: String) {
    code = status.rawValue
    self.description = description
  }

  /// A signal came before the work was done; the code is the one that shells use for it.
  init(interrupted description: String) {
    code = Interrupts.exitCode ?? ExitStatus.undecided.rawValue
    self.description = description
  }

  /// The description on one line, whatever a library's message brought along.
  private var line: String { description.split(whereSeparator: \.isNewline).joined(separator: "; ") }

  /// Runs a command's body; a failure becomes one line on standard error and its exit code.
  static func reported(_ body: () throws -> Void) throws {
    do { try body() } catch {
      // Whatever a lost result led to on its way up: the loss is what is said.
      if StandardOutput.hasFailed {
        if let lost = StandardOutput.takeFailure() { StandardErrors.say("\(lost)") }
        throw ExitCode(ExitStatus.fault.rawValue)
      }
      if let failure = error as? Failure {
        StandardErrors.say(failure.line)
        throw ExitCode(failure.code)
      }
      guard let failure = error as? OutputFailure else { throw error }
      StandardErrors.say("\(failure)")
      throw ExitCode(ExitStatus.fault.rawValue)
    }
  }
}

/// A number that a person gave: finite and in its range.
enum GivenNumber {
  /// A year: longer waits are slips.
  static let longest = 31_536_000.0

  /// Refuses `value` of the option `name` outside `range`, and what is no number. `unit`: seconds, files and so on.
  static func check<Number: Comparable>(
    _ value: Number?, _ name: String, in range: ClosedRange<Number>, _ unit: String = ""
  ) throws {
    guard let value, !range.contains(value) else { return }
    let words = unit.isEmpty ? "" : " " + unit
    throw ValidationError("\(name) \(value): give \(range.lowerBound) to \(range.upperBound)\(words)")
  }
}
