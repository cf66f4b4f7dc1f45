/// Why a network's file was refused: names the file, the place in it, and what was wrong there.
public struct ModelFormatError: Error, Sendable, CustomStringConvertible {
  /// The file, as it was given.
  public var file: String
  /// The place in the file: a byte offset, a tensor's or a node's name.
  public let place: String
  /// What was found and what was expected.
  public let problem: String

  /// An error at `place` of `file`.
  public init(file: String = "", place: String, problem: String) {
    (self.file, self.place, self.problem) = (file, place, problem)
  }

  /// One line for a person.
  public var description: String { "\(file): \(place): \(problem)" }
}
