import Evaluation
import Testing

@Suite("ROC curve")
struct CurveTests {
  /// Positives .9 .7 .4, negatives .8 .3 .2: of nine pairs (.9 > all three; .7 > .3 .2; .4 > .3 .2) seven are in order.
  private let worked: [(score: Double, positive: Bool)] = [
    (0.9, true), (0.8, false), (0.7, true), (0.4, true), (0.3, false), (0.2, false),
  ]

  @Test("area is the share of pairs in order")
  func area() throws {
    let curve = try #require(ReceiverCurve(worked))
    #expect(abs(curve.area - 7.0 / 9) < 1e-12)
  }

  @Test("points are those of the worked example")
  func points() throws {
    let curve = try #require(ReceiverCurve(worked))
    let (third, twoThirds): (Double, Double) = (1.0 / 3, 2.0 / 3)
    let alarms: [Double] = [0, 0, third, third, third, twoThirds, 1]
    let found: [Double] = [0, third, third, twoThirds, 1, 1, 1]
    #expect(curve.points.map(\.falseAlarms) == alarms)
    #expect(curve.points.map(\.found) == found)
  }

  @Test("equal errors: between found 2/3 and 1 at a third of false alarms")
  func equalErrors() throws {
    let curve = try #require(ReceiverCurve(worked))
    #expect(abs(curve.equalErrorRate - 1.0 / 3) < 1e-12)
  }

  @Test("equal errors on a slanted piece are interpolated")
  func slanted() throws {
    // All scores equal: the curve is the diagonal, whose equal error rate is a half.
    let curve = try #require(ReceiverCurve([(0.5, true), (0.5, false), (0.5, false)]))
    #expect(curve.points.count == 2)
    #expect(abs(curve.equalErrorRate - 0.5) < 1e-12)
    #expect(abs(curve.area - 0.5) < 1e-12)
  }

  @Test("perfect and reversed order")
  func extremes() throws {
    let good = try #require(ReceiverCurve([(2, true), (1, false)]))
    #expect(good.area == 1)
    #expect(good.equalErrorRate == 0)
    let bad = try #require(ReceiverCurve([(1, true), (2, false)]))
    #expect(bad.area == 0)
    #expect(bad.equalErrorRate == 1)
  }

  @Test("a threshold keeps to the false alarms allowed")
  func threshold() throws {
    let curve = try #require(ReceiverCurve(worked))
    #expect(curve.threshold(atMostFalseAlarms: 0) == 0.9)
    #expect(curve.threshold(atMostFalseAlarms: 0.34) == 0.4)
    #expect(curve.threshold(atMostFalseAlarms: 1) == 0.2)
    let best = try #require(ReceiverCurve([(1, true), (2, false)]))
    #expect(best.threshold(atMostFalseAlarms: 0) == .infinity)
  }

  @Test("no curve without both classes or with a number that is none")
  func refused() {
    #expect(ReceiverCurve([]) == nil)
    #expect(ReceiverCurve([(1, true)]) == nil)
    #expect(ReceiverCurve([(1, false)]) == nil)
    #expect(ReceiverCurve([(.nan, true), (0, false)]) == nil)
  }
}

@Suite("Intervals")
struct IntervalTests {
  @Test("Wilson's interval: 0 of 50 has an upper end near 7 %, 8 of 10 is 49 to 94 %")
  func wilson() {
    let none = Share(0, of: 50).interval
    #expect(none.low == 0)
    #expect(abs(none.high - 0.0714) < 5e-4)
    let most = Share(8, of: 10).interval
    #expect(abs(most.low - 0.4902) < 5e-4)
    #expect(abs(most.high - 0.9433) < 5e-4)
    #expect(Share(0, of: 0).value == nil)
    #expect(Share(0, of: 0).interval == Interval(low: 0, high: 1))
    #expect(Share(7, of: 5).hits == 5)
  }

  private func sample(_ group: String, _ positive: Bool, _ probability: Double) -> ScoredSample {
    .made("p", positive, group, ("s", "k"), probability)
  }

  @Test("the bootstrap repeats itself, surrounds the figure, and draws whole groups")
  func bootstrap() throws {
    let samples = (0..<20).map { sample("g\($0)", $0 % 2 == 0, Double($0 % 7) / 7) }
    let mean: ([ScoredSample]) -> Double? = { samples in
      samples.reduce(0) { $0 + $1.probability } / Double(samples.count)
    }
    let first = try #require(Bootstrap.interval(samples, rounds: 300, figure: mean))
    #expect(Bootstrap.interval(samples, rounds: 300, figure: mean) == first)
    let value = try #require(mean(samples))
    #expect(first.low < value && value < first.high)
    // One group only: every draw is the same, whatever is in it.
    let alike = samples.map { sample("one", $0.positive, $0.probability) }
    let flat = try #require(Bootstrap.interval(alike, rounds: 50, figure: mean))
    #expect(flat.low == flat.high)
  }

  @Test("no interval of nothing, nor of figures that do not exist")
  func none() {
    #expect(Bootstrap.interval([]) { _ in 1 } == nil)
    #expect(Bootstrap.interval([sample("a", true, 1)]) { _ in nil } == nil)
  }

  @Test("probabilities are held to 0...1")
  func clamped() {
    #expect(sample("a", true, 7).probability == 1)
    #expect(sample("a", true, -1).probability == 0)
    #expect(
      ScoredSample(path: "a", positive: true, group: "a", source: "", kind: "", probability: .nan) == nil)
  }
}
