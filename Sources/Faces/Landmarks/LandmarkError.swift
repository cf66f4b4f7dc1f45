public import Inference

/// Why landmarks could not be loaded or run.
public enum LandmarkError: Error, Sendable, CustomStringConvertible {
  /// A network's file was refused or could not run.
  case network(NetworkError)
  /// The file is a network, but not the one needed: file, what was expected, what was found.
  case unexpectedShape(file: String, expected: String, found: String)
  /// The canonical head could not be read.
  case canonicalHead(file: String, problem: String)
  /// The fitted map from the mesh to the 68 landmarks could not be read.
  case map(file: String, problem: String)
  /// The optional 68-point predictor could not be read: file, byte offset, problem.
  case predictor(file: String, offset: Int, problem: String)

  /// One line for a person.
  public var description: String {
    switch self {
    case .network(let error): error.description
    case .unexpectedShape(let file, let expected, let found):
      "\(file): not the expected network: expected \(expected), found \(found)"
    case .canonicalHead(let file, let problem): "\(file): canonical head: \(problem)"
    case .map(let file, let problem): "\(file): landmark map: \(problem)"
    case .predictor(let file, let offset, let problem):
      "\(file): 68-point predictor, byte \(offset): \(problem)"
    }
  }
}
