import Capture
import Testing

@Suite struct LightLockTests {
  private func control(
    _ id: UInt32, value: Int?, _ range: ClosedRange<Int> = 0...1, isReadOnly: Bool = false
  ) -> CameraControl {
    CameraControl(
      id: id, name: "control", minimum: range.lowerBound, maximum: range.upperBound, step: 1, standard: 0,
      value: value, isReadOnly: isReadOnly, choices: [:])
  }

  /// A driver that refuses a value while its automatic is on, as UVC cameras do.
  private final class Driver {
    var values: [UInt32: Int]
    var calls: [[Int]] = []
    var refused: Set<UInt32> = []
    init(_ values: [UInt32: Int]) { self.values = values }

    func set(_ id: UInt32, _ value: Int) -> Bool {
      calls.append([Int(id), value])
      if refused.contains(id) { return false }
      if id == 0x9A0902, values[0x9A0901] != 1 { return false }
      if id == 0x98091A, values[0x98090C] != 0 { return false }
      values[id] = value
      return true
    }
  }

  private let values: [UInt32: Int] = [0x9A0901: 3, 0x9A0902: 250, 0x98090C: 1, 0x98091A: 4600]

  private func controls(_ driver: Driver) -> [CameraControl] {
    driver.values.keys.sorted().map { control($0, value: driver.values[$0], 0...10_000) }
  }

  @Test func itHoldsExposureAndColoursAtTheirValuesAndGivesBackWhatWas() {
    let driver = Driver(values)
    let lock = LightLock { driver.set($0, $1) }
    lock.hold(controls(driver))
    #expect(lock.isHeld)
    #expect(driver.values == [0x9A0901: 1, 0x9A0902: 250, 0x98090C: 0, 0x98091A: 4600])
    lock.release()
    #expect(driver.values == values)
    #expect(!lock.isHeld)
    let calls = driver.calls.count
    lock.release()
    #expect(driver.calls.count == calls)
  }

  /// A check that ends by an error lets go of the lock without saying so.
  @Test func aLockThatIsLetGoGivesBackToo() {
    let driver = Driver(values)
    do {
      let lock = LightLock { driver.set($0, $1) }
      lock.hold(controls(driver))
    }
    #expect(driver.values == values)
  }

  @Test func whatIsManualAlreadyOrCannotBeSetIsLeftAsItIs() {
    let manual = Driver([0x9A0901: 1, 0x9A0902: 250, 0x98090C: 0])
    let lock = LightLock { manual.set($0, $1) }
    lock.hold(controls(manual))
    #expect(manual.calls.isEmpty && lock.isHeld)
    let bare = LightLock { _, _ in false }
    bare.hold([control(0x9A0901, value: 3, 0...3, isReadOnly: true)])
    #expect(!bare.isHeld)
    let stubborn = Driver(values)
    stubborn.refused = [0x9A0901]
    let half = LightLock { stubborn.set($0, $1) }
    half.hold(controls(stubborn))
    #expect(!half.isHeld)
    half.release()
    #expect(stubborn.values == values)
  }
}
