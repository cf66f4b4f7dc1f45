import Capture
import Quantities
import Testing

/// A small generator of random numbers that gives the same ones for the same seed.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
  mutating func next() -> UInt64 {
    // xorshift64*, Marsaglia and Vigna.
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_F491_4F6C_DD1D
  }
}

private let epoch = MonotonicInstant(nanoseconds: 0)
private let unplugged = DriverFault("taking a frame", 19)
private let inputOutput = DriverFault("taking a frame", 5)
private let busy = DriverFault("opening", 16)

/// A life and its own clock.
private struct Trial {
  var life: CameraLife
  var now = epoch
  init(_ change: (inout CameraPatience) -> Void = { _ in }) {
    var patience = CameraPatience()
    change(&patience)
    life = CameraLife(patience: patience)
  }
  @discardableResult mutating func tell(_ event: CameraLife.Event) -> CameraLife.Action {
    life.handle(event, at: now)
  }
  /// Lets the wait pass; gives how long it was.
  mutating func sleep() -> Duration? {
    guard case .wait(let until) = life.action else { return nil }
    let waited = until - now
    now = until
    tell(.waited)
    return waited
  }
}

@Suite struct CameraLifeTests {
  @Test func firstSilenceRestartsAndTenInARowReopen() {
    var trial = Trial()
    #expect(trial.life.action == .open)
    #expect(trial.tell(.opened) == .read)
    #expect(trial.tell(.silence) == .restart)
    #expect(trial.tell(.restarted) == .read)
    var silences = 1
    while trial.life.action == .read || trial.life.action == .restart {
      if trial.life.action == .restart { trial.tell(.restarted) } else { trial.tell(.silence) }
      if trial.life.action != .restart { silences += trial.life.action == .read ? 0 : 1 }
      #expect(trial.now == epoch)
    }
    #expect(trial.life.trouble?.operation == "waiting for a frame")
    #expect(trial.sleep() == .milliseconds(250))
    #expect(trial.life.action == .open)
  }

  @Test func oneFrameMakesGoodForSilence() {
    var trial = Trial()
    trial.tell(.opened)
    for _ in 0..<100 {
      #expect(trial.tell(.silence) == .restart)
      #expect(trial.tell(.restarted) == .read)
      #expect(trial.tell(.goodBuffer) == .read)
    }
  }

  @Test func unpluggedWaitsAtOnceAndIsLookedForOften() {
    var trial = Trial()
    trial.tell(.opened)
    trial.tell(.goodBuffer)
    trial.tell(.fault(unplugged))
    for _ in 0..<50 {
      #expect(trial.sleep() == .milliseconds(250))
      trial.tell(.openingFailed(DriverFault("opening", 2)))
    }
    _ = trial.sleep()
    #expect(trial.tell(.opened) == .read)
    #expect(trial.tell(.goodBuffer) == .read)
    #expect(trial.life.trouble == nil)
  }

  @Test func aDeviceThatAppearsIsTriedAtOnceAndThenOftenForAMoment() {
    var trial = Trial()
    trial.tell(.opened)
    trial.tell(.goodBuffer)
    trial.tell(.fault(unplugged))
    #expect(trial.tell(.appeared) == .open)
    for _ in 0..<5 {
      trial.tell(.openingFailed(DriverFault("opening", 13)))
      #expect(trial.sleep() == .milliseconds(50))
    }
    trial.tell(.openingFailed(DriverFault("opening", 2)))
    #expect(trial.sleep() == .milliseconds(250))
    // Once frames come, a new loss is waited for as ever.
    trial.tell(.opened)
    trial.tell(.goodBuffer)
    #expect(trial.tell(.appeared) == .read)
    trial.tell(.fault(unplugged))
    #expect(trial.sleep() == .milliseconds(250))
  }

  @Test func seriousFaultsRestartThenReopen() {
    var trial = Trial()
    trial.tell(.opened)
    #expect(trial.tell(.fault(inputOutput)) == .restart)
    #expect(trial.tell(.restartFailed(inputOutput)) == .restart)
    trial.tell(.restarted)
    trial.tell(.fault(inputOutput))
    #expect(trial.sleep() != nil)
  }

  @Test func damagedBuffersRestartAfterTwoSeconds() {
    var trial = Trial()
    trial.tell(.opened)
    for _ in 1..<60 { #expect(trial.tell(.damagedBuffer) == .read) }
    #expect(trial.tell(.damagedBuffer) == .restart)
  }

  @Test func backOffDoublesToItsLimit() {
    var trial = Trial()
    var waits: [Duration] = []
    for _ in 0..<7 {
      trial.tell(.openingFailed(busy))
      if let wait = trial.sleep() { waits.append(wait) }
    }
    #expect(waits == [250, 500, 1000, 2000, 4000, 4000, 4000].map { .milliseconds($0) })
  }

  @Test func givesUpOnlyWhenTold() {
    var patient = Trial()
    var limited = Trial { $0.giveUpAfter = .seconds(10) }
    for _ in 0..<1000 {
      patient.tell(.openingFailed(busy))
      limited.tell(.openingFailed(busy))
      _ = (patient.sleep(), limited.sleep())
    }
    #expect(patient.life.action == .open)
    #expect(limited.life.action == .end)
    #expect(limited.tell(.opened) == .end)
    #expect(patient.tell(.stopped) == .end)
  }
}

@Suite struct CameraLifeProperties {
  private static let faults = [unplugged, inputOutput, busy, DriverFault("starting", 28)]

  /// An event that answers the action, good or bad by chance.
  private static func answer(
    _ action: CameraLife.Action, luck: Double, _ random: inout SeededGenerator
  ) -> CameraLife.Event {
    let good = Double.random(in: 0..<1, using: &random) < luck
    let fault = faults[Int.random(in: 0..<faults.count, using: &random)]
    switch action {
    case .open: return good ? .opened : .openingFailed(fault)
    case .restart: return good ? .restarted : .restartFailed(fault)
    case .wait: return .waited
    case .end: return .stopped
    case .read:
      if good { return .goodBuffer }
      return [.silence, .damagedBuffer, .fault(fault)][Int.random(in: 0..<3, using: &random)]
    }
  }

  /// Whatever happens: no spinning, waits within limits, no end unasked, and frames are possible again.
  @Test(arguments: 1...60) func randomLives(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let luck = Double.random(in: 0..<1, using: &random)
    var trial = Trial()
    var immediate = 0
    for _ in 0..<2000 {
      let action = trial.life.action
      let event = Self.answer(action, luck: luck, &random)
      // Silence and buffers take time by themselves; only failures may spin.
      switch event {
      case .openingFailed, .fault, .restartFailed: immediate += 1
      case .waited, .goodBuffer, .silence, .damagedBuffer: immediate = 0
      default: break
      }
      #expect(immediate <= CameraPatience().faultsBeforeReopening + 1)
      if case .wait(let until) = action {
        #expect(until - trial.now <= .seconds(4))
        trial.now = until
      }
      trial.tell(event)
      #expect(trial.life.action != .end)
    }
    // From any state, good fortune brings frames within a few steps.
    for _ in 0..<8 where trial.life.action != .read || trial.life.trouble != nil {
      if case .wait(let until) = trial.life.action { trial.now = until }
      trial.tell(Self.answer(trial.life.action, luck: 1, &random))
    }
    #expect(trial.life.action == .read && trial.life.trouble == nil)
  }

  /// Events that answer another action change nothing.
  @Test func strayEventsAreIgnored() {
    var trial = Trial()
    for event: CameraLife.Event in [.goodBuffer, .silence, .restarted, .waited, .fault(unplugged)] {
      #expect(trial.tell(event) == .open)
    }
  }
}
