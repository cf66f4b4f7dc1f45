public import Inference

/// Why a detector could not be made or run.
public enum DetectionError: Error, Sendable, CustomStringConvertible {
  /// The file was refused or could not run.
  case network(NetworkError)
  /// The file is a network, but not this detector: file, what was expected, what was found.
  case unexpectedShape(file: String, expected: String, found: String)
  /// A mode asked for a detector that was not loaded.
  case notLoaded(DetectorKind)

  /// One line for a person.
  public var description: String {
    switch self {
    case .network(let error): error.description
    case .unexpectedShape(let file, let expected, let found):
      "\(file): not a supported face detector: expected \(expected), found \(found)"
    case .notLoaded(let kind): "the \(kind.rawValue) face detector is needed but was not loaded"
    }
  }
}
