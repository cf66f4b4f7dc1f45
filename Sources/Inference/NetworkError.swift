public import ModelFormats

/// Why a network could not be loaded or run.
public enum NetworkError: Error, Sendable, CustomStringConvertible {
  /// The file was refused.
  case format(ModelFormatError)
  /// The file is sound, but something in it is not supported: file, place and problem.
  case unsupported(file: String, place: String, problem: String)

  /// One line for a person.
  public var description: String {
    switch self {
    case .format(let error): error.description
    case .unsupported(let file, let place, let problem): "\(file): \(place): \(problem)"
    }
  }
}
