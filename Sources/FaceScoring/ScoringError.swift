public import Inference

/// Why a scoring network could not be loaded or run.
public enum ScoringError: Error, Sendable, CustomStringConvertible {
  /// The manifest is not sound: its path, the field, what was expected, what was found.
  case manifest(file: String, field: String, expected: String, found: String)
  /// The network's bytes are not those the manifest names: path, both SHA-256.
  case wrongHash(file: String, expected: String, found: String)
  /// A file cannot be read.
  case unreadable(file: String, problem: String)
  /// The network was refused or could not run.
  case network(NetworkError)
  /// The network does not fit its manifest: path, what was expected, what was found.
  case unexpectedShape(file: String, expected: String, found: String)
  /// The network gave a number that is not finite.
  case notFinite(model: String)

  /// One line for a person.
  public var description: String {
    switch self {
    case .manifest(let file, let field, let expected, let found):
      "\(file): field \(field): expected \(expected), found \(found)"
    case .wrongHash(let file, let expected, let found):
      "\(file): SHA-256 is \(found), but its manifest says \(expected); fetch the file again or correct the manifest"
    case .unreadable(let file, let problem): "\(file): \(problem)"
    case .network(let error): error.description
    case .unexpectedShape(let file, let expected, let found):
      "\(file): does not fit its manifest: expected \(expected), found \(found)"
    case .notFinite(let model): "\(model): gave a number that is not finite"
    }
  }
}
