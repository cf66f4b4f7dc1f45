/// Why an ONNX file is refused, and where.
public struct OnnxError: Error, Equatable, CustomStringConvertible {
  /// The kind of fault.
  public enum Problem: Sendable, Equatable {
    /// Bytes that are no ONNX message.
    case malformed
    /// A correct file that uses something not implemented: an operator, a type, an opset.
    case unsupported
    /// A file that contradicts itself or the ONNX definitions.
    case invalid
    /// More than a network may hold.
    case tooLarge
  }

  /// The kind of fault.
  public let problem: Problem
  /// The file's name as the caller gave it.
  public let file: String
  /// The part of the file: "node conv_1 (Conv)", "initializer w", "byte 17".
  public let place: String
  /// What was found and what was expected.
  public let reason: String

  /// An error at `place` of `file`.
  public init(problem: Problem, file: String, place: String, reason: String) {
    self.problem = problem
    self.file = file
    self.place = place
    self.reason = reason
  }

  /// One line for a person.
  public var description: String { "\(file): \(place): \(reason)" }
}
