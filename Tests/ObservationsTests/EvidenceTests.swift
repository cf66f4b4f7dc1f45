import Observations
import Quantities
import Testing

@Suite struct EvidenceTests {
  private let now = MonotonicInstant(seconds: 1)

  @Test func onlyMeasuredEvidenceHasAValue() {
    #expect(Evidence.measured(3, at: now).value == 3)
    #expect(Evidence<Int>.pending(observed: 1, required: 5).value == nil)
    #expect(Evidence<Int>.unavailable(.pose).value == nil)
  }

  @Test func mappingKeepsTheReason() {
    #expect(Evidence<Int>.unavailable(.lowLight).map { $0 + 1 } == .unavailable(.lowLight))
    #expect(
      Evidence<Int>.pending(observed: 1, required: 2).map { $0 + 1 } == .pending(observed: 1, required: 2))
    #expect(Evidence.measured(1, at: now).map { $0 + 1 } == .measured(2, at: now))
  }

  @Test func wordsOfReasonsAreStable() {
    #expect(UnavailableReason.noModel.rawValue == "no_model")
    #expect(UnavailableReason.noFace.rawValue == "no_face")
    #expect(Cue.noFace.rawValue == "no_face")
    #expect(Set(UnavailableReason.allCases.map(\.rawValue)).count == UnavailableReason.allCases.count)
  }
}

@Suite struct LandmarkTests {
  @Test func exactlySixtyEightPoints() {
    #expect(Landmarks68(Array(repeating: PixelPoint(0, 0), count: 67)) == nil)
    #expect(Landmarks68(Array(repeating: PixelPoint(0, 0), count: 68)) != nil)
    #expect(ExpressionScores([0.1]) == nil)
  }

  @Test func eyeDistances() throws {
    var points = Array(repeating: PixelPoint(0, 0), count: 68)
    for index in 36..<42 { points[index] = PixelPoint(10, 20) }
    for index in 42..<48 { points[index] = PixelPoint(70, 20) }
    let landmarks = try #require(Landmarks68(points))
    #expect(landmarks.interocularDistance == 60)
    #expect(landmarks.outerEyeDistance == 60)
  }
}
