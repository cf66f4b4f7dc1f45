import Quantities
import Testing

@Suite struct InstantTests {
  @Test func differenceAndSumAreInverse() {
    let start = MonotonicInstant(seconds: 12.25)
    let step = Duration.milliseconds(33)
    #expect((start + step) - start == step)
    #expect((start + step) - step == start)
    #expect(start < start + step)
  }

  @Test func secondsSurviveTheRoundTripToNanoseconds() {
    #expect(MonotonicInstant(seconds: 1.5).nanoseconds == 1_500_000_000)
    #expect(MonotonicInstant(nanoseconds: 250_000_000).seconds == 0.25)
  }

  @Test func durationsConvertWithTheirSign() {
    #expect(Duration.milliseconds(-5).wholeNanoseconds == -5_000_000)
    #expect(Duration.milliseconds(1500).inSeconds == 1.5)
    #expect(Duration.microseconds(2500).inMilliseconds == 2.5)
  }
}

@Suite struct NumberTests {
  @Test(arguments: [-0.01, 1.01, .nan, .infinity]) func notAProbability(value: Double) {
    #expect(Probability(value) == nil)
  }

  @Test func probabilitiesAreOrderedAndHaveAComplement() throws {
    let low = try #require(Probability(0.25))
    #expect(low < low.complement)
    #expect(low.complement.value == 0.75)
    #expect(Probability(clamping: 1 + 1e-9).value == 1)
  }

  @Test func logisticFunctionOfALogit() {
    #expect(Logit(0).sigmoid == 0.5)
    #expect(Logit(800).sigmoid == 1)
    #expect(Logit(-800).sigmoid == 0)
  }

  @Test func confidenceIsClampedAndNeverNaN() {
    #expect(Confidence(.nan).value == 0)
    #expect(Confidence(3).value == 1)
    #expect(Confidence(-3).value == 0)
  }

  @Test func anglesConvert() {
    #expect(abs(Radians(degrees: 180).value - .pi) < 1e-6)
    #expect(abs(Radians(.pi / 2).degrees - 90) < 1e-4)
  }
}
