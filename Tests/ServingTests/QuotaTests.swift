import Foundation
import HTTPTypes
import Serving
import Testing

/// What one owner may take of places, bytes, connections and workers.
struct QuotaTests {
  private func settings(tokens: Bool = true, _ change: (inout ServiceLimits) -> Void) throws -> ServerSettings
  {
    let nowhere = URL(fileURLWithPath: "/nowhere")
    var settings = ServerSettings(folder: nowhere, page: nowhere, program: nowhere, sessions: nowhere)
    if tokens { settings.tokens = try TokenBook(text: try #require(TokenBook.make(owner: "ada")).line) }
    change(&settings.limits)
    return settings
  }

  // MARK: Bytes of uploads

  /// Eleven connections that announced 2 GB and sent nothing made everybody else's upload 429.
  @Test func promisesKeepNoSpace() throws {
    let ledger = StorageLedger(
      try settings { ($0.storedBytes, $0.storedBytesEach) = (2 << 30, 512 << 20) })
    let holds = try (0..<11).map { _ in try ledger.hold(for: "eve", announced: 200 << 20) }
    #expect(ledger.bytes == 0)
    let other = try ledger.hold(for: "ada", announced: 200 << 20)
    try other.grow(by: 200 << 20)
    #expect(ledger.bytes == 200 << 20 && holds.count == 11)
  }

  @Test func oneOwnersBytesHaveABound() throws {
    let ledger = StorageLedger(try settings { ($0.storedBytes, $0.storedBytesEach) = (1000, 300) })
    let eve = try ledger.hold(for: "eve", announced: 200)
    try eve.grow(by: 290)
    let refusal = try #require(throws: ServiceError.self) { try eve.grow(by: 11) }
    #expect(refusal.status.code == 429 && refusal.code == "own_storage_full")
    #expect(throws: ServiceError.self) { try ledger.hold(for: "eve", announced: 20) }
    try ledger.hold(for: "ada", announced: 300).grow(by: 300)
  }

  @Test func bytesComeBackWhenTheHoldGoes() throws {
    let ledger = StorageLedger(try settings(tokens: false) { $0.storedBytes = 1000 })
    var hold: StorageLedger.Hold? = try ledger.hold(for: "local", announced: 0)
    try hold?.grow(by: 1000)
    #expect(throws: ServiceError.self) { try ledger.hold(for: "local", announced: 1) }
    hold = nil
    #expect(ledger.bytes == 0)
  }

  @Test func bytesAMinuteArePaidBack() throws {
    let limits = OwnerLimits(try settings { $0.bytesPerMinute = 600 })
    let now = ContinuousClock.now
    try limits.upload("eve", at: now)
    limits.received(700, "eve", at: now)
    let refusal = try #require(throws: ServiceError.self) { try limits.upload("eve", at: now) }
    #expect(refusal.code == "too_many_bytes" && refusal.retryAfter == 11)
    try limits.upload("ada", at: now)
    try limits.upload("eve", at: now + .seconds(11))
  }

  // MARK: Requests and streams at once

  @Test func oneOwnersStreamsLeaveRoomForOthers() throws {
    let gate = RequestGate(try settings { ($0.streams, $0.streamsEach) = (6, 4) })
    var places = try (0..<4).map { _ in try gate.enter("eve", .stream) }
    let refusal = try #require(throws: ServiceError.self) { try gate.enter("eve", .stream) }
    #expect(refusal.status.code == 429 && refusal.code == "too_many_streams" && refusal.retryAfter != nil)
    places += [try gate.enter("ada", .stream), try gate.enter("bob", .stream)]
    #expect(throws: ServiceError.self) { try gate.enter("cat", .stream) }
    places.removeAll()
    #expect(gate.count(.stream) == 0)
    #expect(gate.count(.request) == 0)
  }

  @Test func withoutTokensAllTogetherHaveABound() throws {
    let gate = RequestGate(
      try settings(tokens: false) { ($0.requestsAtOnce, $0.requestsAtOnceEach) = (3, 1) })
    let places = try (0..<3).map { _ in try gate.enter("local", .request) }
    #expect(throws: ServiceError.self) { try gate.enter("local", .request) }
    #expect(gate.count(.request) == places.count)
  }

  @Test func shortRequestsKeepConnectionsOfTheirOwn() {
    var limits = ServiceLimits()
    #expect(limits.requestsAtOnce < limits.connections && limits.streams < limits.requestsAtOnce)
    limits.setConnections(16)
    #expect(limits.requestsAtOnce == 12 && limits.streams == 6 && limits.streamsEach == 1)
  }

  // MARK: Connections

  private final class Closed: @unchecked Sendable {
    var names: [Int] = []
  }

  @Test func aNewConnectionTakesThePlaceOfTheLongestIdleOne() {
    let (table, closed) = (ConnectionTable(most: 3), Closed())
    let numbers = (0..<3).map { name in table.open { closed.names.append(name) } }
    table.set(numbers[0], .busy)
    _ = table.open {}
    #expect(closed.names == [1] && table.count == 3)
    table.set(numbers[2], .busy)
    table.set(numbers[2], .idle)
    // The one just opened has been idle longer than number 2.
    _ = table.open {}
    #expect(closed.names == [1])
    _ = table.open {}
    #expect(closed.names == [1, 2])
  }

  @Test func whoDoesNotReadGoesWhenNobodyIsIdle() {
    let (table, closed) = (ConnectionTable(most: 2), Closed())
    let numbers = (0..<2).map { name in table.open { closed.names.append(name) } }
    table.set(numbers[0], .busy)
    table.set(numbers[1], .unread)
    let third = table.open {}
    #expect(closed.names == [1])
    // Everybody is being served: nobody is closed for the next one.
    table.set(third, .busy)
    let fourth = table.open {}
    #expect(closed.names == [1] && table.count == 3)
    table.forget(fourth)
    #expect(table.count == 2)
  }

  // MARK: Workers

  @Test func nobodyWaitsBehindAnothersRecordings() {
    func next(_ waiting: [String], _ running: [String], sharing: Bool = true) -> Int? {
      AnalysisQueue.next(waiting, running: running, workers: 2, sharing: sharing)
    }
    #expect(next(["eve", "eve", "ada"], []) == 0)
    #expect(next(["eve", "eve", "ada"], ["eve"]) == 2)
    // All workers busy with one owner's: another owner gets one more, the same owner does not.
    #expect(next(["eve", "eve", "ada"], ["eve", "eve"]) == 2)
    #expect(next(["eve"], ["eve", "eve"]) == nil)
    #expect(next(["bob"], ["eve", "eve", "ada"]) == nil)
    #expect(next(["local"], ["local", "local"], sharing: false) == nil)
    #expect(next([], []) == nil)
  }
}
