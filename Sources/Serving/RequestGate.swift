import HTTPTypes
import NIOConcurrencyHelpers

/// Counts the requests that are being answered, so that neither one owner nor long answers take every connection.
///
/// Short requests (`/healthz`, the page, signing in) do not pass here: the connections beyond ``ServiceLimits/requestsAtOnce``
/// are theirs.
package final class RequestGate: Sendable {
  /// What a request takes while it is answered.
  package enum Kind: Sendable { case request, stream }

  /// A place that is free again when its last owner lets it go: when the answer was written, or its connection closed.
  package final class Place: Sendable {
    private let gate: RequestGate
    private let owner: String
    private let kind: Kind

    fileprivate init(_ gate: RequestGate, _ owner: String, _ kind: Kind) {
      (self.gate, self.owner, self.kind) = (gate, owner, kind)
    }

    deinit { gate.leave(owner, kind) }
  }

  private struct Counts {
    var all = 0
    var each: [String: Int] = [:]
  }

  private let limits: ServiceLimits
  private let tellsApart: Bool
  private let counts = NIOLockedValueBox<[Kind: Counts]>([:])

  package init(_ settings: ServerSettings) {
    (limits, tellsApart) = (settings.limits, settings.tokens != nil)
  }

  /// Takes a place for a request of `owner`. Throws 429 when the owner, or all together, have as many as may be.
  package func enter(_ owner: String, _ kind: Kind) throws(ServiceError) -> Place {
    let (most, mostEach) =
      kind == .stream
      ? (limits.streams, limits.streamsEach) : (limits.requestsAtOnce, limits.requestsAtOnceEach)
    let what = kind == .stream ? "event streams and live pictures" : "requests"
    let problem: String? = counts.withLockedValue { counts in
      var now = counts[kind, default: Counts()]
      if tellsApart, now.each[owner, default: 0] >= mostEach {
        return "a token may have \(mostEach) \(what) open at once"
      }
      if now.all >= most { return "\(most) \(what) are open, which is as many as may be" }
      now.all += 1
      now.each[owner, default: 0] += 1
      counts[kind] = now
      return nil
    }
    if let problem {
      throw ServiceError(
        .tooManyRequests, kind == .stream ? "too_many_streams" : "too_many_at_once",
        problem + "; try again when one has ended", retryAfter: 5)
    }
    return Place(self, owner, kind)
  }

  /// Requests that are being answered.
  package func count(_ kind: Kind) -> Int { counts.withLockedValue { $0[kind]?.all ?? 0 } }

  private func leave(_ owner: String, _ kind: Kind) {
    counts.withLockedValue { counts in
      guard var now = counts[kind] else { return }
      now.all -= 1
      let left = now.each[owner, default: 0] - 1
      now.each[owner] = left > 0 ? left : nil
      counts[kind] = now
    }
  }
}
