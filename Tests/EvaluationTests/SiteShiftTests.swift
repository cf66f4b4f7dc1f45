import Evaluation
import Testing

@Suite struct SiteShiftTests {
  private let reference = ["50": -2.0, "75": -1.5, "90": -1.0, "99": 0.0]

  private func person(_ middle: Double, seconds: Double = 60) -> SiteShift.Person {
    // 50, 75 and 90 % at middle, middle + 0.5 and middle + 1.
    SiteShift.Person(
      logits: (0..<101).map {
        middle + (Double($0) - 50) / 50 * 1.25 * (abs(Double($0) - 50) > 25 ? 1 : 0.8)
      },
      seconds: seconds)
  }

  private func refusal(_ people: [SiteShift.Person], _ reference: [String: Double]?) -> SiteShift.Refusal? {
    do {
      _ = try SiteShift(people: people, reference: reference)
      return nil
    } catch { return error }
  }

  @Test func aSiteLikeTheOthersIsNotShiftedAndADarkerOneIs() throws {
    let same = try SiteShift(people: [person(-2), person(-2), person(-2)], reference: reference)
    #expect(abs(same.logits) < 0.1 && !same.isBounded)
    let above = try SiteShift(people: [person(-1), person(-1), person(-1)], reference: reference)
    #expect(abs(above.logits - same.logits - 1) < 1e-9)
    // One half is logit 0: a shift of one makes it 0.731.
    #expect(abs(above.shifted(0.5) - 0.7311) < 0.03)
    #expect(above.shifted(0.9) > 0.9 && above.shifted(0.9) < 1)
  }

  @Test func itIsNeverLargerThanLivePeopleDiffer() throws {
    let far = try SiteShift(people: [person(9), person(9), person(9)], reference: reference)
    #expect(far.logits == 2 && far.isBounded)
    let under = try SiteShift(people: [person(-30), person(-30), person(-30)], reference: reference)
    #expect(under.logits == -2 && under.isBounded)
  }

  @Test func everyPersonWeighsAlike() throws {
    let long = SiteShift.Person(logits: [Double](repeating: -1.5, count: 900), seconds: 900)
    let short = SiteShift.Person(logits: [-2.5, -2.5], seconds: 20)
    let mixed = try SiteShift(people: [long, short, short, short, short], reference: reference)
    // The middle is that of the four, not of the 900 scores: (-2.5, -2.5, -1.5) against (-2, -1.5, -1).
    #expect(abs(mixed.logits + 2.0 / 3) < 1e-9)
  }

  @Test func itIsRefusedWhereItWouldRestOnTooLittle() {
    let two = [person(-2), person(-2)]
    #expect(refusal(two, reference) == .fewPeople(2))
    #expect(refusal(two + [person(-2, seconds: 9)], reference) == .fewPeople(2))
    #expect(refusal((0..<4).map { _ in person(-2, seconds: 25) }, reference) == .shortTime(100))
    #expect(refusal(two + [person(-2)], nil) == .noReference)
    #expect(refusal(two + [person(-2)], ["50": 0]) == .noReference)
    for refused in [SiteShift.Refusal.noReference, .fewPeople(1), .shortTime(3)] {
      #expect(!refused.description.contains("\n") && refused.description.count > 20)
    }
  }

  @Test func somebodyWhoStandsOutAsAnAttackWouldIsNamed() {
    let people = [person(-2), person(-2.2), person(1.5), person(-1.9)]
    guard case .standsOut(let number, let distance, let most) = refusal(people, reference) else {
      Issue.record("an attack among the people was taken for one of them")
      return
    }
    #expect(number == 3 && distance > 3 && most == 2)
  }
}
