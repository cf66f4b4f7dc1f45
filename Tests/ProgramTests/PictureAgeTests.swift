import Quantities
import Testing
import vigil

@Suite struct PictureAgeTests {
  private func at(_ milliseconds: Int64) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
  }

  @Test func aPictureIsCurrentFor80Milliseconds() {
    var age = PictureAge(framesPerSecond: 30)
    #expect(!age.isCurrent(at: at(0)) && !age.isFrozen(at: at(0)))
    age.shown(at(1000), at: at(1020))
    #expect(age.isCurrent(at: at(1080)))
    #expect(!age.isFrozen(at: at(1080)))
    #expect(!age.isCurrent(at: at(1081)) && age.isFrozen(at: at(1081)))
    // Analysis that took too long: old from the first moment.
    age.shown(at(2000), at: at(2150))
    #expect(!age.isCurrent(at: at(2150)) && !age.isFrozen(at: at(2230)) && age.isFrozen(at: at(3151)))
    age.shown(at(2160), at: at(2170))
    #expect(age.isCurrent(at: at(2170)))
  }

  @Test(arguments: [
    (30.0, 80), (25, 80), (20, 100), (10, 200), (5, 400), (0, 80), (1e-9, 80), (Double.nan, 80),
  ])
  func slowSourcesGetTwoPeriods(rate: Double, milliseconds: Int) {
    #expect(PictureAge(framesPerSecond: rate).limit == .milliseconds(milliseconds))
    #expect(PictureAge(framesPerSecond: nil).limit == .milliseconds(80))
  }

  @Test func agesAreSummedUp() throws {
    var age = PictureAge(framesPerSecond: 30)
    #expect(age.summary == nil)
    for step in 1...100 { age.shown(at(Int64(step) * 33), at: at(Int64(step) * 33 + Int64(step))) }
    let summary = try #require(age.summary)
    #expect(summary.count == 100 && summary.median == .milliseconds(51))
    #expect(summary.late == .milliseconds(95) && summary.worst == .milliseconds(100))
    // Memory is bounded: the newest count.
    for step in 1...10_000 { age.shown(at(10_000), at: at(10_000 + Int64(step % 2))) }
    #expect(age.summary?.count == 10_100 && age.summary?.worst == .milliseconds(1))
  }

  /// Slow analysis: every picture is called late, and none is called missing between two of them.
  @Test func slowAnalysisDoesNotFlicker() {
    var age = PictureAge(framesPerSecond: 30)
    for step in 0..<20 {
      let captured = Int64(step) * 150
      age.shown(at(captured), at: at(captured + 160))
      #expect(!age.isCurrent(at: at(captured + 160)))
      if step > 0 { #expect(!age.isFrozen(at: at(captured + 300))) }
    }
    #expect(age.isFrozen(at: at(19 * 150 + 160 + 301)))
    #expect(age.summary?.oldestCurrent == .zero)
  }

  /// A picture counts as current until the next one, or until the person is told that it is old.
  @Test func theOldestThatPassedForCurrentIsKept() {
    var age = PictureAge(framesPerSecond: 30)
    age.shown(at(0), at: at(10))
    age.shown(at(33), at: at(45))
    #expect(age.summary?.oldestCurrent == .milliseconds(45))
    age.markedOld(at: at(125))
    #expect(age.summary?.oldestCurrent == .milliseconds(92))
    // The hours after that it was not called current.
    age.shown(at(9000), at: at(9010))
    #expect(age.summary?.oldestCurrent == .milliseconds(92))
    // Shown late, and called late: never current.
    age.shown(at(9050), at: at(9200))
    age.shown(at(9205), at: at(9210))
    age.markedOld(at: at(9290))
    #expect(age.summary?.oldestCurrent == .milliseconds(200))
  }

  /// A picture from the future (another clock) is new, not older than everything.
  @Test func timesFromTheFuture() {
    var age = PictureAge(framesPerSecond: 30)
    age.shown(at(500), at: at(400))
    #expect(age.isCurrent(at: at(400)) && age.summary?.worst == .zero)
  }
}
