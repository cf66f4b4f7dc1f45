import Foundation

/// A condition that other processes were to bring about and did not.
public struct NeverCame: Error, CustomStringConvertible {
  /// What was waited for.
  public let description: String
}

/// Waits until `condition` holds, looking every 20 ms.
///
/// For what another program does (a file that appears, a window that opens) where it gives no event to wait for. The
/// limit only ends a run that hangs: it is far above what the slowest machine needs, so no result depends on it.
/// - Throws: ``NeverCame`` that names `what` after `limit` seconds, or the condition's own error.
public func eventually(
  _ what: String, limit: Double = 300, _ condition: () throws -> Bool
) throws {
  let end = Date(timeIntervalSinceNow: limit)
  while try !condition() {
    guard Date() < end else { throw NeverCame(description: "\(what): not within \(Int(limit)) s") }
    Thread.sleep(forTimeInterval: 0.02)
  }
}
