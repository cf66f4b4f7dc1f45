import Foundation
import IdentityCheck
import Observations
import Testing

@Suite struct LockoutTests {
  private func at(_ seconds: Double) -> Date { Date(timeIntervalSince1970: 1_700_000_000 + seconds) }

  @Test func fiveFailuresInThreeMinutesLock() {
    var lockout = Lockout()
    for index in 0..<4 { lockout.take(.fail, at: at(Double(index) * 30)) }
    #expect(lockout.remaining(at: at(120)) == nil)
    lockout.take(.fail, at: at(150))
    #expect(lockout.remaining(at: at(151)).map { abs($0 - 299) < 1e-3 } == true)
    #expect(lockout.remaining(at: at(451)) == nil)
  }

  @Test func slowFailuresAndPassesDoNotLock() {
    var slow = Lockout()
    for index in 0..<20 { slow.take(.fail, at: at(Double(index) * 60)) }
    #expect(slow.remaining(at: at(1141)) == nil)
    var passing = Lockout()
    for index in 0..<20 {
      passing.take(index % 4 == 3 ? .pass : .fail, at: at(Double(index)))
      passing.take(.undecided, at: at(Double(index)))
    }
    #expect(passing.remaining(at: at(20)) == nil)
  }

  @Test func clockSetBackDoesNotOpen() {
    var lockout = Lockout()
    for _ in 0..<5 { lockout.take(.fail, at: at(0)) }
    #expect(lockout.remaining(at: at(-5000)) == Lockout.duration)
  }

  /// A lock of the future neither lasts until then nor opens, and failures of the future are not forgotten.
  @Test func aFutureIsTakenForNow() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(#"{"times":[],"lockedAt":4102444800}"#.utf8).write(to: file)
    let seen = try Lockout.read(file).settled(at: at(0))
    #expect(seen.remaining(at: at(0)) == Lockout.duration && seen.remaining(at: at(301)) == nil)
    try Data(#"{"times":[9e9,9e9,9e9,9e9,1e300]}"#.utf8).write(to: file)
    #expect(try Lockout.read(file).remaining(at: at(0)) == Lockout.duration)
  }

  /// An attempt counts from its beginning; only an end that costs nothing takes it back.
  @Test func attemptsThatNeverEndCount() {
    var lockout = Lockout()
    for index in 0..<4 { _ = lockout.begin(at: at(Double(index))) }
    let last = lockout.begin(at: at(4))
    #expect(lockout.remaining(at: at(5)) == Lockout.duration)
    lockout.withdraw(last)
    #expect(lockout.remaining(at: at(5)) == nil)
  }

  @Test func outlivesARestart() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: file) }
    #expect(try Lockout.read(file) == Lockout())
    var lockout = Lockout()
    for _ in 0..<5 { lockout.take(.fail, at: at(0)) }
    try lockout.write(file)
    #expect(try Lockout.read(file) == lockout)
    try Data("{".utf8).write(to: file)
    #expect(throws: (any Error).self) { _ = try Lockout.read(file) }
  }
}

@Suite struct PlanTests {
  /// The key stream of RFC 8439, section 2.3.2.
  @Test func generatorIsChaCha20() {
    let key = (0..<8).map { index -> UInt32 in
      let byte = UInt32(index * 4)
      return byte | (byte + 1) << 8 | (byte + 2) << 16 | (byte + 3) << 24
    }
    var generator = ChaChaGenerator(key: key, counter: 1, nonce: [0x0900_0000, 0x4A00_0000, 0])
    let expected: [UInt32] = [
      0xE4E7_F110, 0x1559_3BD1, 0x1FDD_0F50, 0xC471_20A3, 0xC7F4_D1C7, 0x0368_C033, 0x9AAA_2204, 0x4E6C_D4C3,
      0x4664_82D2, 0x09AA_9F07, 0x05D7_C214, 0xA202_8BD9, 0xD19C_12B5, 0xB94E_16DE, 0xE883_D0CB, 0x4E3C_50A2,
    ]
    #expect((0..<16).map { _ in generator.word() } == expected)
  }

  @Test func plansRepeatOnlyWithTheirSeed() throws {
    func plan(_ seed: UInt64) throws -> ChallengePlan {
      var generator = ChaChaGenerator(seed: seed)
      return try #require(ChallengePlan(policy: .standard, using: &generator))
    }
    #expect(try plan(1) == plan(1))
    #expect(try plan(1) != plan(2))
    var unpredictable = ChaChaGenerator.unpredictable()
    var other = ChaChaGenerator.unpredictable()
    #expect(unpredictable.next() != other.next())
  }

  @Test func everyGestureComesAndNoneTwiceInARow() throws {
    var generator = ChaChaGenerator(seed: 3)
    var seen: Set<Gesture> = []
    for _ in 0..<200 {
      let plan = try #require(ChallengePlan(policy: .high, using: &generator))
      #expect(plan.steps.count == 6)
      // Two long pauses: who moves by a script of his own moves into one.
      #expect(plan.steps.filter { $0.pause >= 0.7 }.count == 2)
      #expect(plan.steps.filter { $0.pause <= 0.2 }.count == 4)
      #expect(zip(plan.steps, plan.steps.dropFirst()).allSatisfy { $0.gesture != $1.gesture })
      seen.formUnion(plan.steps.map(\.gesture))
    }
    #expect(seen == Set(Gesture.allCases))
  }

  @Test func gesturesThatSomeoneCannotDoAreLeftOut() throws {
    var generator = ChaChaGenerator(seed: 5)
    let plan = try #require(
      ChallengePlan(policy: .high, allowed: [.blink, .mouthOpen], using: &generator))
    #expect(plan.steps.allSatisfy { [.blink, .mouthOpen].contains($0.gesture) })
    // Who cannot open the mouth is not asked to do so while turning.
    let closed = try #require(
      ChallengePlan(
        policy: .high, allowed: Set(Gesture.allCases).subtracting([.mouthOpen]), using: &generator))
    #expect(closed.steps.allSatisfy { $0.gesture.parts.isEmpty })
    #expect(ChallengePlan(policy: .low, allowed: [.nod], using: &generator) == nil)
  }

  @Test func everyOutcomeHasItsAdvice() {
    for outcome in CheckOutcome.allCases where ![.passed, .attack].contains(outcome) {
      #expect(outcome.advice != .none, "\(outcome)")
      #expect(outcome.decision(.undecided) != .pass, "\(outcome)")
    }
  }
}
