import HTTPTypes
import NIOConcurrencyHelpers

/// Counts the bytes of uploads that wait or run: those that came, not those that were announced, so that nobody can keep
/// space by promising.
package final class StorageLedger: Sendable {
  /// The bytes of one upload; given back when its last owner lets it go.
  package final class Hold: Sendable {
    private let ledger: StorageLedger
    private let owner: String
    private let held = NIOLockedValueBox(0)

    fileprivate init(_ ledger: StorageLedger, _ owner: String) { (self.ledger, self.owner) = (ledger, owner) }

    deinit { ledger.give(held.withLockedValue { $0 }, owner) }

    /// Takes `bytes` more. Throws 429 when they are not to be had.
    package func grow(by bytes: Int) throws(ServiceError) {
      try ledger.take(bytes, owner)
      held.withLockedValue { $0 += bytes }
    }
  }

  private struct Use {
    var all = 0
    var each: [String: Int] = [:]
  }

  private let limits: ServiceLimits
  private let tellsApart: Bool
  private let use = NIOLockedValueBox(Use())

  package init(_ settings: ServerSettings) {
    (limits, tellsApart) = (settings.limits, settings.tokens != nil)
  }

  /// A hold on nothing yet. Throws 429 when there is no room now for as many bytes as were announced.
  package func hold(for owner: String, announced: Int) throws(ServiceError) -> Hold {
    if let problem = use.withLockedValue({ problem(announced, owner, $0) }) { throw problem }
    return Hold(self, owner)
  }

  /// Bytes in use.
  package var bytes: Int { use.withLockedValue { $0.all } }

  private func take(_ bytes: Int, _ owner: String) throws(ServiceError) {
    let problem: ServiceError? = use.withLockedValue { use in
      if let problem = self.problem(bytes, owner, use) { return problem }
      use.all += bytes
      use.each[owner, default: 0] += bytes
      return nil
    }
    if let problem { throw problem }
  }

  private func give(_ bytes: Int, _ owner: String) {
    use.withLockedValue { use in
      use.all -= bytes
      let left = use.each[owner, default: 0] - bytes
      use.each[owner] = left > 0 ? left : nil
    }
  }

  private func problem(_ bytes: Int, _ owner: String, _ use: Use) -> ServiceError? {
    if tellsApart, use.each[owner, default: 0] + bytes > limits.storedBytesEach {
      return ServiceError(
        .tooManyRequests, "own_storage_full",
        "your waiting uploads take the \(limits.storedBytesEach) bytes that one owner may have; try again later",
        retryAfter: 30)
    }
    if use.all + bytes > limits.storedBytes {
      return ServiceError(
        .tooManyRequests, "storage_full", "the waiting uploads take all the space they may; try again later",
        retryAfter: 30)
    }
    return nil
  }
}
