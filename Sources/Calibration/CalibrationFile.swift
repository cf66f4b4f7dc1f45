import Foundation

/// A calibration file that was refused: names the file, the field, what was found and what was expected.
public struct CalibrationError: Error, Sendable, CustomStringConvertible {
  /// The file.
  public let file: String
  /// The field, with its section before a dot.
  public let field: String
  /// What was found.
  public let found: String
  /// What was expected.
  public let expected: String

  /// One line for a person.
  public var description: String { "\(file): field \"\(field)\" is \(found); expected \(expected)" }
}

/// One section of a calibration file: numbers by name, each asked for with its range, none left over.
struct CalibrationSection {
  let file: String
  let name: String
  private var values: [String: Any]

  init(file: String, name: String, _ parent: [String: Any]) throws(CalibrationError) {
    (self.file, self.name) = (file, name)
    guard let values = parent[name] as? [String: Any] else {
      throw CalibrationError(
        file: file, field: name, found: "missing or not an object", expected: "an object")
    }
    self.values = values
  }

  /// Takes the number called `key`.
  mutating func number(_ key: String, _ range: ClosedRange<Double>) throws(CalibrationError) -> Double {
    let field = "\(name).\(key)"
    let words = "a number from \(range.lowerBound) to \(range.upperBound)"
    guard let value = values.removeValue(forKey: key) else {
      throw CalibrationError(file: file, field: field, found: "missing", expected: words)
    }
    // JSON's true is a number to Foundation; here it is not.
    guard let number = value as? NSNumber, !Self.isBool(number), range.contains(number.doubleValue) else {
      throw CalibrationError(file: file, field: field, found: "\(value)", expected: words)
    }
    return number.doubleValue
  }

  private static func isBool(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }

  /// Throws when a field is left that nobody asked for.
  func finish() throws(CalibrationError) {
    guard let key = values.keys.sorted().first else { return }
    throw CalibrationError(file: file, field: "\(name).\(key)", found: "unknown", expected: "no such field")
  }
}
