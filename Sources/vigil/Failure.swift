import ArgumentParser
import Foundation
import Surroundings

/// A failure reported to the person in one line: what was wrong, where, what to do.
///
/// Errors of the modules keep their own type and class; this one is for what only the program knows.
struct Failure: ClassifiedError, CustomStringConvertible {
  let exitClass: ExitClass
  let description: String

  init(_ exitClass: ExitClass, _ description: String) {
    (self.exitClass, self.description) = (exitClass, description)
  }

  /// A signal came before the work was done.
  init(interrupted description: String) { self.init(.interrupted, description) }
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
