import FaceScoring
import Foundation
import Imaging
import Quantities
import Testing

@Suite struct OutputTests {
  private func rule(_ kind: String, _ count: Int, _ positive: [Int]) throws -> OutputRule {
    let bytes = ManifestFile.object {
      $0["output"] = ["kind": kind, "count": count, "positive": positive] as [String: Any]
    }
    return try ScoringManifest(bytes: bytes, file: "m.json").output
  }

  @Test func singleLogitKeepsOrChangesItsSign() throws {
    #expect(try rule("logit", 1, [0]).logit([2.5]) == Logit(2.5))
    #expect(try rule("logit", 1, []).logit([2.5]) == Logit(-2.5))
  }

  @Test func twoClassesGiveTheirDifference() throws {
    let logit = try #require(try rule("class_logits", 2, [1]).logit([-1, 3]))
    #expect(abs(logit.value - 4) < 1e-6)
    // The same network after its softmax.
    let share = 1 / (1 + exp(Float(-4)))
    let other = try #require(try rule("class_probabilities", 2, [1]).logit([1 - share, share]))
    #expect(abs(other.value - 4) < 1e-3)
  }

  @Test func severalPositiveClassesAreAddedUp() throws {
    let logit = try #require(try rule("class_probabilities", 3, [0, 2]).logit([0.3, 0.5, 0.2]))
    #expect(abs(logit.value) < 1e-6)
  }

  @Test func extremesStayFinite() throws {
    let logits = try rule("class_logits", 2, [1])
    for pair in [[Float(-3e38), 3e38], [3e38, -3e38], [1000, -1000]] {
      #expect(logits.logit(pair)?.value.isFinite == true)
    }
    #expect(try rule("class_probabilities", 2, [1]).logit([0, 0]) == nil)
    for broken in [Float.nan, .infinity] { #expect(logits.logit([broken, 0]) == nil) }
    #expect(logits.logit([1]) == nil)
  }

  @Test func calibrationIsTheLogisticOfTheScaledLogit() {
    let calibration = ScoreCalibration(temperature: 2, bias: -1)
    #expect(abs(calibration.probability(2).value - 0.5) < 1e-12)
    #expect(calibration.probability(1e9).value == 1 && calibration.probability(-1e9).value == 0)
  }
}

@Suite struct InputTests {
  @Test(arguments: ["nchw", "nhwc"], ["rgb", "bgr"]) func channelsGoWhereTheManifestSays(
    layout: String, colour: String
  ) throws {
    let bytes = ManifestFile.object {
      $0["input"] =
        ["colour": colour, "layout": layout, "scale": [1, 2, 3], "bias": [10, 20, 30]] as [String: Any]
    }
    let rule = try ScoringManifest(bytes: bytes, file: "m.json").input
    let crop = RGBImage(size: PixelSize(width: 2, height: 1)) { buffer in
      for index in 0..<6 { buffer[index] = UInt8(index + 1) }
    }
    var input = [Float](repeating: 0, count: 6)
    input.withUnsafeMutableBufferPointer { rule.fill($0, from: crop) }
    // Pixel 0 is 1 2 3, pixel 1 is 4 5 6 in R G B.
    let first: [Float] = colour == "rgb" ? [1, 2, 3] : [3, 2, 1]
    let second: [Float] = colour == "rgb" ? [4, 5, 6] : [6, 5, 4]
    func scaled(_ pixel: [Float], _ c: Int) -> Float { pixel[c] * Float(c + 1) + Float(10 * (c + 1)) }
    let expected =
      layout == "nchw"
      ? (0..<3).flatMap { [scaled(first, $0), scaled(second, $0)] }
      : (0..<3).map { scaled(first, $0) } + (0..<3).map { scaled(second, $0) }
    #expect(input == expected)
  }
}
