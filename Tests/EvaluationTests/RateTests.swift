import Evaluation
import Foundation
import Testing

private func sample(_ positive: Bool, _ probability: Double, kind: String = "", source: String = "s")
  -> ScoredSample
{
  .made("p", positive, "g\(probability)", (source, kind), probability)
}

@Suite("Errors at a threshold")
struct RateTests {
  private let samples = [
    sample(true, 0.9), sample(true, 0.6), sample(true, 0.2), sample(false, 0.7), sample(false, 0.1),
  ]

  @Test("confusion matrix by hand")
  func confusion() throws {
    let matrix = ConfusionMatrix(samples, threshold: 0.6)
    #expect(matrix.truePositives == 2)
    #expect(matrix.falsePositives == 1)
    #expect(matrix.trueNegatives == 1)
    #expect(matrix.falseNegatives == 1)
    #expect(matrix.accuracy.value == 0.6)
    #expect(matrix.precision.value == 2.0 / 3)
    #expect(matrix.recall.value == 2.0 / 3)
    #expect(matrix.falseAlarms.value == 0.5)
    #expect(abs(try #require(matrix.f1) - 2.0 / 3) < 1e-12)
    #expect(ConfusionMatrix([], threshold: 0.5).f1 == nil)
  }

  @Test("APCER by kind, the worst kind, BPCER")
  func presentation() throws {
    let attacks = [
      sample(true, 0.9, kind: "print"), sample(true, 0.4, kind: "print"), sample(true, 0.1, kind: "screen"),
      sample(false, 0.6, kind: "webcam"), sample(false, 0.2, kind: "webcam"),
      sample(false, 0.3, kind: "webcam"),
    ]
    let errors = PresentationErrors(attacks, threshold: 0.5)
    #expect(errors.passed.map(\.kind) == ["print", "screen"])
    #expect(errors.passed.map(\.share) == [Share(1, of: 2), Share(1, of: 1)])
    #expect(try #require(errors.worst).kind == "screen")
    #expect(errors.refused == Share(1, of: 3))
    #expect(PresentationErrors([], threshold: 0.5).worst == nil)
  }
}

@Suite("Calibration of scores")
struct FittingTests {
  @Test("expected calibration error by hand: two bins, gaps .2 and .1")
  func reliability() throws {
    // .7 said four times, half of them so: gap .2. .1 said four times, none so: gap .1.
    let samples =
      [true, true, false, false].map { sample($0, 0.7) } + (0..<4).map { _ in sample(false, 0.1) }
    let found = Reliability(samples)
    #expect(found.bins.map(\.count) == [4, 4])
    #expect(abs(try #require(found.expectedError) - 0.15) < 1e-12)
    #expect(Reliability([]).expectedError == nil)
    #expect(Reliability([sample(true, 1)]).expectedError == 0)
  }

  /// Samples whose share of positives at logit z is logistic(z / temperature + bias), as near as whole numbers allow.
  private func drawn(temperature: Double, bias: Double) -> [(logit: Double, positive: Bool)] {
    stride(from: -6.0, through: 6, by: 0.5).flatMap { logit -> [(logit: Double, positive: Bool)] in
      let share = 1 / (1 + exp(-(logit / temperature + bias)))
      let hits = Int((share * 1000).rounded())
      return (0..<1000).map { (logit, $0 < hits) }
    }
  }

  @Test("a known temperature and bias are found again", arguments: [(2.0, 0.5), (0.7, -1.0), (1.0, 0.0)])
  func platt(temperature: Double, bias: Double) throws {
    let fit = try #require(ScoreFit.fit(drawn(temperature: temperature, bias: bias)))
    #expect(abs(fit.temperature - temperature) < 0.02 * temperature)
    #expect(abs(fit.bias - bias) < 0.03)
  }

  @Test("temperature alone leaves the bias at 0")
  func temperature() throws {
    let fit = try #require(ScoreFit.fit(drawn(temperature: 3, bias: 0), withBias: false))
    #expect(fit.bias == 0)
    #expect(abs(fit.temperature - 3) < 0.05)
    #expect(abs(fit.probability(0) - 0.5) < 1e-12)
  }

  @Test("separable samples give finite numbers")
  func separable() throws {
    let fit = try #require(ScoreFit.fit([(-2, false), (-1, false), (1, true), (2, true)]))
    #expect(fit.temperature > 0.01 && fit.temperature < 10)
    #expect(fit.probability(2) > 0.7 && fit.probability(-2) < 0.3)
  }

  @Test("no fit without both classes, with an infinite logit, or when larger means genuine")
  func refused() {
    #expect(ScoreFit.fit([(1, true)]) == nil)
    #expect(ScoreFit.fit([(.infinity, true), (0, false)]) == nil)
    #expect(ScoreFit.fit([(-2, true), (-1, true), (1, false), (2, false)]) == nil)
  }
}
