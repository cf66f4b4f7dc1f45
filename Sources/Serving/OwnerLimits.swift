import HTTPTypes
import NIOConcurrencyHelpers

/// So many units at once, refilled evenly over a minute.
package struct TokenBucket: Sendable {
  /// Units a minute, and at once after a minute of rest.
  package let perMinute: Int
  private var level: Double
  private var filled: ContinuousClock.Instant

  package init(perMinute: Int, at now: ContinuousClock.Instant) {
    (self.perMinute, level, filled) = (perMinute, Double(perMinute), now)
  }

  /// Takes a unit; nil, or the whole seconds after which there will be one.
  package mutating func take(at now: ContinuousClock.Instant) -> Int? {
    let rate = Double(perMinute) / 60
    level = min(Double(perMinute), level + max(0, filled.duration(to: now).seconds) * rate)
    filled = now
    guard level >= 1 else { return max(1, Int(((1 - level) / rate).rounded(.up))) }
    level -= 1
    return nil
  }
}

/// What one owner may ask in a minute, so that nobody with a token keeps the others from being served.
///
/// Holds an entry for each owner in the tokens file, no more. A server without tokens has one owner and no limit.
package final class OwnerLimits: Sendable {
  private struct Buckets {
    var requests: TokenBucket
    var uploads: TokenBucket
  }

  private let limits: ServiceLimits
  private let isOn: Bool
  private let owners = NIOLockedValueBox<[String: Buckets]>([:])

  package init(_ settings: ServerSettings) { (limits, isOn) = (settings.limits, settings.tokens != nil) }

  /// Counts a request; throws 429 when there were too many.
  package func request(_ owner: String, at now: ContinuousClock.Instant = .now) throws(ServiceError) {
    guard let wait = take(\.requests, owner, now) else { return }
    throw ServiceError(
      .tooManyRequests, "too_many_requests",
      "a token may make \(limits.requestsPerMinute) requests a minute; try again in \(wait) s",
      retryAfter: wait
    )
  }

  /// Counts an upload before it is read; throws 429 when there were too many.
  package func upload(_ owner: String, at now: ContinuousClock.Instant = .now) throws(ServiceError) {
    guard let wait = take(\.uploads, owner, now) else { return }
    throw ServiceError(
      .tooManyRequests, "too_many_uploads",
      "a token may send \(limits.uploadsPerMinute) files a minute; try again in \(wait) s", retryAfter: wait)
  }

  private func take(
    _ bucket: WritableKeyPath<Buckets, TokenBucket>, _ owner: String, _ now: ContinuousClock.Instant
  ) -> Int? {
    guard isOn else { return nil }
    return owners.withLockedValue { owners in
      let fresh = Buckets(
        requests: TokenBucket(perMinute: limits.requestsPerMinute, at: now),
        uploads: TokenBucket(perMinute: limits.uploadsPerMinute, at: now))
      return owners[owner, default: fresh][keyPath: bucket].take(at: now)
    }
  }
}
