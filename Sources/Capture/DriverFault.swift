import Foundation

/// A driver refused or failed one operation: which, and its errno.
public struct DriverFault: Error, Sendable, Hashable {
  /// What was being done, in words that continue "… failed".
  public let operation: String
  /// The system's error number, positive.
  public let code: Int32

  /// A fault of `operation`.
  public init(_ operation: String, _ code: Int32) { (self.operation, self.code) = (operation, abs(code)) }

  /// What the fault means for the camera's life.
  public enum Meaning: Sendable, Hashable {
    /// There is no such device (any more): wait for it.
    case gone
    /// Another program holds it.
    case busy
    /// It may not be opened.
    case forbidden
    /// The bus has no room for this much video.
    case noBandwidth
    /// Anything else, EIO above all: starting anew may help.
    case serious
  }

  /// What the fault means for the camera's life.
  public var meaning: Meaning {
    switch code {
    case ENOENT, ENODEV, ENXIO, EBADF, ESHUTDOWN: .gone
    case EBUSY: .busy
    case EACCES, EPERM: .forbidden
    case ENOSPC: .noBandwidth
    default: .serious
    }
  }

  /// The fault as an error about `source`, with what to do.
  public func error(_ source: String) -> CaptureError {
    let (kind, words): (CaptureError.Kind, String) =
      switch meaning {
      case .gone where code == ENOENT: (.missing, "no such device; vigil devices lists those there are")
      case .gone: (.lost, "the camera is gone (\(operation)); plug it in again")
      case .busy:
        (.busy, Self.busyWords(DeviceHolders.of(source), operation, source))
      case .forbidden: (.forbidden, "may not be opened; add yourself to the group video and log in again")
      case .noBandwidth:
        (
          .refused,
          "not enough USB bandwidth (\(operation)); unplug other cameras or ask for a smaller size"
        )
      case .serious: (.refused, "\(operation) failed: \(String(cString: strerror(code)))")
      }
    return CaptureError(kind, source, words, fault: self)
  }

  private static func busyWords(_ holders: [String], _ operation: String, _ source: String) -> String {
    holders.isEmpty
      ? "another program holds the camera (\(operation)); find it with: fuser -v \(source)"
      : "held by another program: \(holders.joined(separator: ", ")); end it, or choose another camera"
  }
}
