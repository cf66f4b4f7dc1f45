public import AuditLog

/// Why records could not be sent.
public enum ShipError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The server is away, or went away on the way; trying again may help.
  case unreachable(String)
  /// The server refused; trying again will not help.
  case refused(String)
  /// The local log and what the server has are not the same log.
  case diverged(String)
  /// The local log cannot be read.
  case log(LogError)

  /// One line: what was wrong and what to do.
  public var description: String {
    switch self {
    case .unreachable(let reason): "the PostgreSQL server cannot be reached: \(reason)"
    case .refused(let reason): "the PostgreSQL server refused: \(reason)"
    case .diverged(let reason): "the log is not the one that was shipped: \(reason); keep both as evidence"
    case .log(let error): "\(error)"
    }
  }
}
