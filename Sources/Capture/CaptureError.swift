import Foundation
public import Surroundings

/// Why a source gives no frames: what was asked, what was found, what to do.
public struct CaptureError: ClassifiedError, Sendable, CustomStringConvertible {
  /// What kind of failure it is, for programs.
  public enum Kind: Sendable {
    /// There is no such file or device.
    case missing
    /// It exists but may not be opened.
    case forbidden
    /// Another program holds it.
    case busy
    /// It cannot be read as pictures.
    case unreadable
    /// Larger than the program accepts.
    case tooLarge
    /// The device went away.
    case lost
    /// The driver or a library refused an operation.
    case refused
  }

  /// The kind of failure.
  public let kind: Kind
  /// The source as it was named.
  public let source: String
  /// What was wrong and what to do, without the source's name.
  public let problem: String

  /// The driver's fault behind it, when there is one.
  public let fault: DriverFault?

  /// A failure of `source`.
  public init(_ kind: Kind, _ source: String, _ problem: String, fault: DriverFault? = nil) {
    // No error carries the secrets of an address, whoever made it.
    self.source = SafeAddress(source).description
    self.problem = SafeAddress.inText(problem)
    (self.kind, self.fault) = (kind, fault)
  }

  /// Without frames there is nothing to do.
  public var exitClass: ExitClass { .noInput }

  /// One line for a person.
  public var description: String { "\(FileName.shown(source)): \(problem)" }
}
