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
    if let wait = wait(at: now) { return wait }
    level -= 1
    return nil
  }

  /// The whole seconds after which there will be a unit; nil when there is one.
  package mutating func wait(at now: ContinuousClock.Instant) -> Int? {
    let rate = Double(perMinute) / 60
    level = min(Double(perMinute), level + max(0, filled.duration(to: now).seconds) * rate)
    filled = now
    return level >= 1 ? nil : max(1, Int(((1 - level) / rate).rounded(.up)))
  }

  /// Takes units that were used already, also more than there are: the debt is paid by waiting.
  package mutating func spend(_ units: Int) { level -= Double(units) }
}

/// What one owner may ask in a minute, so that nobody with a token keeps the others from being served.
///
/// Holds an entry for each owner in the tokens file, no more. A server without tokens has one owner and no limit.
package final class OwnerLimits: Sendable {
  private struct Buckets {
    var requests: TokenBucket
    var uploads: TokenBucket
    var bytes: TokenBucket
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

  /// Counts an upload before it is read; throws 429 when there were too many, or too many bytes.
  package func upload(_ owner: String, at now: ContinuousClock.Instant = .now) throws(ServiceError) {
    if let wait = with(owner, now, { $0.bytes.wait(at: now) }) {
      throw ServiceError(
        .tooManyRequests, "too_many_bytes",
        "a token may send \(limits.bytesPerMinute) bytes of files a minute; try again in \(wait) s",
        retryAfter: wait)
    }
    guard let wait = take(\.uploads, owner, now) else { return }
    throw ServiceError(
      .tooManyRequests, "too_many_uploads",
      "a token may send \(limits.uploadsPerMinute) files a minute; try again in \(wait) s", retryAfter: wait)
  }

  /// Counts bytes of a file as they come, whatever becomes of it.
  package func received(_ bytes: Int, _ owner: String, at now: ContinuousClock.Instant = .now) {
    _ = with(owner, now) { buckets in
      buckets.bytes.spend(bytes)
      return nil
    }
  }

  private func take(
    _ bucket: WritableKeyPath<Buckets, TokenBucket>, _ owner: String, _ now: ContinuousClock.Instant
  ) -> Int? {
    with(owner, now) { $0[keyPath: bucket].take(at: now) }
  }

  private func with(
    _ owner: String, _ now: ContinuousClock.Instant, _ body: (inout Buckets) -> Int?
  ) -> Int? {
    guard isOn else { return nil }
    return owners.withLockedValue { owners in
      let fresh = Buckets(
        requests: TokenBucket(perMinute: limits.requestsPerMinute, at: now),
        uploads: TokenBucket(perMinute: limits.uploadsPerMinute, at: now),
        bytes: TokenBucket(perMinute: limits.bytesPerMinute, at: now))
      return body(&owners[owner, default: fresh])
    }
  }
}
