import Calibration
import FaceScoring
import Foundation
import Observations
import Quantities
import Testing

@Suite struct JoinerTests {
  private let one = ModelIdentity(name: "one", sha256: "a")
  private let two = ModelIdentity(name: "two", sha256: "b")

  private func member(
    _ model: ModelIdentity, _ mean: Double?, error: Double = 0, temperature: Double = 1, bias: Double = 0
  ) -> MemberEvidence {
    let settled = mean.map {
      SettledLogit(mean: $0, standardError: error, framesScored: 9, newestFrame: 40)
    }
    return MemberEvidence(
      model: model, calibration: ScoreCalibration(temperature: temperature, bias: bias),
      logit: settled.map { .measured($0, at: MonotonicInstant(seconds: 4)) }
        ?? .pending(observed: 2, required: 5))
  }

  private var rules: ScoreRules.Question {
    ScoreRules.Question(
      joined: [
        .init(
          members: [
            .init(name: "one", sha256: "a", weight: 2), .init(name: "two", sha256: "b", weight: 0.5),
          ], bias: -1),
        .init(members: [.init(name: "one", sha256: "a", weight: 1.5)], bias: 0.25),
      ], limits: [:])
  }

  private func logistic(_ value: Double) -> Double { 1 / (1 + exp(-value)) }

  @Test func aScoreIsCompleteWhenNobodyWhoCountsIsMissing() throws {
    func isComplete(_ members: [MemberEvidence], _ rules: ScoreRules.Question?) -> Bool? {
      ScoreJoiner.join(members, rules: rules).value?.isComplete
    }
    #expect(isComplete([member(one, 1), member(two, 3)], rules) == true)
    #expect(isComplete([member(one, 1), member(two, nil)], rules) == false)
    #expect(isComplete([member(one, 1)], rules) == true)
    #expect(isComplete([member(one, 1), member(two, nil)], nil) == false)
    let alone = ScoreRules.Question(joined: [rules.joined[1]], limits: [:])
    #expect(isComplete([member(one, 1), member(two, nil)], alone) == true)
  }

  @Test func weightsAndBiasOfTheSetThatIsMeasured() throws {
    let both = try #require(ScoreJoiner.join([member(one, 1), member(two, 3)], rules: rules).value)
    // 2 x 1 + 0.5 x 3 - 1 = 2.5.
    #expect(abs(both.probability.value - logistic(2.5)) < 1e-12)
    #expect(
      both.model == one && both.members.map(\.weight) == [2, 0.5] && both.members.map(\.logit) == [1, 3])
    let alone = try #require(ScoreJoiner.join([member(one, 1), member(two, nil)], rules: rules).value)
    #expect(abs(alone.probability.value - logistic(1.75)) < 1e-12)
    #expect(alone.members.map(\.model) == [one])
  }

  @Test func withoutAFittingSetTheCalibratedLogitsAreAveraged() throws {
    let other = ModelIdentity(name: "one", sha256: "another")
    let found = try #require(
      ScoreJoiner.join(
        [member(other, 4, temperature: 2, bias: 1), member(two, -1)], rules: rules
      ).value)
    // ((4 / 2 + 1) + (-1)) / 2 = 1.
    #expect(abs(found.probability.value - logistic(1)) < 1e-12)
  }

  @Test func errorsAddUpAsIfTheyErredTogether() throws {
    let found = try #require(
      ScoreJoiner.join([member(one, 0.5, error: 0.1), member(two, 0, error: 0.4)], rules: rules).value)
    // Logit 2 x 0.5 - 1 = 0, error 2 x 0.1 + 0.5 x 0.4 = 0.4.
    #expect(abs(found.uncertainty - (logistic(0.784) - logistic(-0.784)) / 2) < 1e-12)
  }

  @Test func nothingMeasuredIsNoNumber() {
    #expect(ScoreJoiner.join([], rules: rules) == .unavailable(.noModel))
    #expect(ScoreJoiner.join([member(one, nil)], rules: rules) == .pending(observed: 2, required: 5))
  }
}
