import ArgumentParser
import Foundation

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

/// A failure told to the person in one line: what was wrong, where, what to do.
struct Failure: Error, CustomStringConvertible {
  let status: ExitStatus
  let description: String

  init(_ status: ExitStatus, _ description: String) {
    self.status = status
    self.description = description
  }

  /// The description on one line, whatever a library's message brought along.
  private var line: String { description.split(whereSeparator: \.isNewline).joined(separator: "; ") }

  /// Runs a command's body; a failure becomes one line on standard error and its exit code.
  static func reported(_ body: () throws -> Void) throws {
    do { try body() } catch let failure as Failure {
      FileHandle.standardError.write(Data("vigil: \(failure.line)\n".utf8))
      throw ExitCode(failure.status.rawValue)
    }
  }
}
