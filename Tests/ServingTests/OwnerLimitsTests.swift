import Foundation
import HTTPTypes
import Serving
import Testing

struct OwnerLimitsTests {
  private func limits(tokens: Bool = true) throws -> OwnerLimits {
    let nowhere = URL(fileURLWithPath: "/nowhere")
    var settings = ServerSettings(folder: nowhere, page: nowhere, program: nowhere, sessions: nowhere)
    if tokens { settings.tokens = try TokenBook(text: try #require(TokenBook.make(owner: "ada")).line) }
    (settings.limits.requestsPerMinute, settings.limits.uploadsPerMinute) = (30, 6)
    return OwnerLimits(settings)
  }

  @Test func aBucketEmptiesAndFillsEvenly() {
    let start = ContinuousClock.now
    var bucket = TokenBucket(perMinute: 6, at: start)
    for _ in 0..<6 { #expect(bucket.take(at: start) == nil) }
    #expect(bucket.take(at: start) == 10)
    #expect(bucket.take(at: start + .seconds(4)) == 6)
    #expect(bucket.take(at: start + .seconds(10)) == nil)
    #expect(bucket.take(at: start + .seconds(10)) == 10)
    // A long rest gives no more than a minute's worth, and a clock that stands still nothing.
    for _ in 0..<6 { #expect(bucket.take(at: start + .seconds(9000)) == nil) }
    #expect(bucket.take(at: start + .seconds(9000)) == 10)
    #expect(bucket.take(at: start) != nil)
  }

  @Test func oneOwnerDoesNotUseUpAnothers() throws {
    let limits = try limits()
    let now = ContinuousClock.now
    for _ in 0..<30 { try limits.request("ada", at: now) }
    let refusal = try #require(throws: ServiceError.self) { try limits.request("ada", at: now) }
    #expect(refusal.status.code == 429 && refusal.retryAfter == 2 && refusal.code == "too_many_requests")
    try limits.request("bob", at: now)
    // Uploads are counted by themselves.
    for _ in 0..<6 { try limits.upload("ada", at: now) }
    #expect(throws: ServiceError.self) { try limits.upload("ada", at: now) }
    try limits.upload("ada", at: now + .seconds(10))
    try limits.request("ada", at: now + .seconds(2))
  }

  @Test func withoutTokensNothingIsCounted() throws {
    let limits = try limits(tokens: false)
    let now = ContinuousClock.now
    for _ in 0..<1000 {
      try limits.request("local", at: now)
      try limits.upload("local", at: now)
    }
  }
}
