import Crypto
import Foundation
import NIOConcurrencyHelpers

/// Who is signed in on the page: random identifiers that stand for an owner until they are revoked, run out, or the server
/// ends. Only their SHA-256 is kept. The token itself never becomes a cookie.
package final class SignInSessions: Sendable {
  /// Seconds that a sign-in lasts.
  package static let seconds = 12 * 3600
  /// Sign-ins that one owner may have; the oldest goes first.
  package static let mostEach = 16

  private struct Session: Sendable {
    let owner: String
    let began: ContinuousClock.Instant
  }

  private let sessions = NIOLockedValueBox<[Data: Session]>([:])

  package init() {}

  /// Signs `owner` in; the identifier is the cookie's value.
  package func begin(_ owner: String, at now: ContinuousClock.Instant = .now) -> String {
    var random = SystemRandomNumberGenerator()
    let identifier = (0..<32).map { _ in String(format: "%02x", UInt8.random(in: 0...255, using: &random)) }
      .joined()
    sessions.withLockedValue { sessions in
      sessions = sessions.filter { Self.isValid($0.value, now) }
      let own = sessions.filter { $0.value.owner == owner }
      if own.count >= Self.mostEach, let oldest = own.min(by: { $0.value.began < $1.value.began }) {
        sessions[oldest.key] = nil
      }
      sessions[Self.digest(identifier)] = Session(owner: owner, began: now)
    }
    return identifier
  }

  /// Whose sign-in this is; nil for none, or one that ran out or was revoked.
  package func owner(of identifier: String, at now: ContinuousClock.Instant = .now) -> String? {
    let session = sessions.withLockedValue { $0[Self.digest(identifier)] }
    return session.flatMap { Self.isValid($0, now) ? $0.owner : nil }
  }

  /// Ends one sign-in.
  package func end(_ identifier: String) {
    sessions.withLockedValue { $0[Self.digest(identifier)] = nil }
  }

  /// Ends every sign-in of `owner`.
  package func endAll(of owner: String) {
    sessions.withLockedValue { sessions in sessions = sessions.filter { $0.value.owner != owner } }
  }

  private static func isValid(_ session: Session, _ now: ContinuousClock.Instant) -> Bool {
    now - session.began < .seconds(seconds)
  }

  private static func digest(_ identifier: String) -> Data { Data(SHA256.hash(data: Data(identifier.utf8))) }
}
