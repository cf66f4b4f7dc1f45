/// How a program ends, as whoever started it sees it: the one table of exit codes.
public enum ExitClass: Sendable, Equatable {
  /// Done; for a check: live.
  case done
  /// Not live, an attack, or a log that does not verify.
  case negative
  /// Undecided or timed out.
  case undecided
  /// No usable input: no camera, an unreadable file.
  case noInput
  /// Wrong usage or settings.
  case usage
  /// A fault of the program or its installation.
  case fault
  /// A signal came before the work was done.
  case interrupted

  /// The exit code. A signal's is the one that shells use for it.
  public var code: Int32 {
    switch self {
    case .done: 0
    case .negative: 1
    case .undecided: 2
    case .noInput: 3
    case .usage: 64
    case .fault: 70
    case .interrupted: Interrupts.exitCode ?? Self.undecided.code
    }
  }

  /// What an error means for the program that it ends. An error that does not say is a fault of the program: nobody
  /// expected it.
  public init(of error: any Error) { self = (error as? any ClassifiedError)?.exitClass ?? .fault }
}

/// An error that knows what it means for a program that it ends; its description is one line for a person.
public protocol ClassifiedError: Error {
  /// How the program ends.
  var exitClass: ExitClass { get }
}

extension OutputFailure: ClassifiedError {
  /// What was to be written is lost.
  public var exitClass: ExitClass { .fault }
}
