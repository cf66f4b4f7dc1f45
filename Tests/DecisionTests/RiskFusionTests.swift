import Calibration
import Decision
import Testing

/// The weights and rates that the project ships.
private let riskLimits = calibration.decision.risk

private func stared(_ seconds: Double) -> Double { RiskFusion.stare(seconds, riskLimits) }

@Suite("One risk from what is known")
struct RiskFusionTests {
  private func near(_ one: Double?, _ other: Double) -> Bool { one.map { abs($0 - other) < 1e-9 } ?? false }

  @Test("nothing known is no risk, and without networks the signs of life speak")
  func alone() {
    var fusion = RiskFusion(riskLimits)
    #expect(fusion.risk == nil)
    fusion.alive = 0.8
    #expect(near(fusion.risk, 0.2))
    fusion.injection = 1
    #expect(near(fusion.risk, 1 - 0.8 / 2))
  }

  @Test("a network that is asked alone counts whole", arguments: [0.0, 0.3, 0.9])
  func single(probability: Double) {
    var fusion = RiskFusion(riskLimits)
    fusion.forgery = probability
    #expect(near(fusion.risk, probability))
    (fusion.forgery, fusion.spoof) = (nil, probability)
    #expect(near(fusion.risk, probability))
  }

  @Test("a presentation attack adds beyond its limit only, and then all the way")
  func spoof() {
    var fusion = RiskFusion(riskLimits)
    (fusion.forgery, fusion.spoofLimit) = (0.4, 0.6)
    for harmless in [0.0, 0.3, 0.6] {
      fusion.spoof = harmless
      #expect(near(fusion.risk, 0.4))
    }
    fusion.spoof = 0.8
    #expect(near(fusion.risk, 1 - 0.6 * 0.5))
    fusion.spoof = 1
    #expect(near(fusion.risk, 1))
  }

  @Test("signs of life matter when they are fewer than a living face shows, and after a while")
  func lifeless() {
    var fusion = RiskFusion(riskLimits)
    (fusion.forgery, fusion.lifeless, fusion.patience) = (0.2, 0.3, 1)
    for lively in [0.3, 0.6, 0.95] {
      fusion.alive = lively
      #expect(near(fusion.risk, 0.2))
    }
    fusion.alive = 0.15
    #expect(near(fusion.risk, 1 - 0.8 * 0.5))
    fusion.patience = 0.5
    #expect(near(fusion.risk, 1 - 0.8 * 0.75))
    fusion.patience = 7
    #expect(near(fusion.risk, 1 - 0.8 * 0.5))
  }

  @Test("a stare grows on the risk and never alone makes it certain")
  func stare() {
    #expect(stared(0) == 0 && stared(-3) == 0)
    let growing = [5.0, 10, 30, 60, 600].map(stared)
    #expect(zip(growing, growing.dropFirst()).allSatisfy { $0 < $1 })
    // By hand at 9 s: no blink has the chance 2^-1.5, the posterior is 0.2 / (0.2 + 0.8 x 0.35355).
    #expect(near(stared(9), (0.2 / (0.2 + 0.8 * 0.3535533905932738) - 0.2) / 0.8))
    #expect(growing[4] < 1)
    var fusion = RiskFusion(riskLimits)
    (fusion.forgery, fusion.unblinking) = (0.5, 60)
    #expect(near(fusion.risk, 1 - 0.5 * (1 - growing[3])))
  }

  @Test("more of anything that speaks against a face never lowers the risk")
  func monotone() throws {
    var seed: UInt64 = 11
    func draw() -> Double {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(seed >> 11) / Double(UInt64(1) << 53)
    }
    for _ in 0..<500 {
      var fusion = RiskFusion(riskLimits)
      (fusion.forgery, fusion.spoof, fusion.spoofLimit) = (draw(), draw(), 0.3 + 0.6 * draw())
      (fusion.alive, fusion.patience, fusion.unblinking) = (draw(), draw(), 60 * draw())
      (fusion.injection, fusion.lifeless) = (draw(), 0.3)
      let before = try #require(fusion.risk)
      #expect((0...1).contains(before))
      let worse: [WritableKeyPath<RiskFusion, Double?>] = [\.forgery, \.spoof]
      for path in worse {
        var other = fusion
        other[keyPath: path] = min((other[keyPath: path] ?? 0) + 0.1, 1)
        #expect(try #require(other.risk) >= before)
      }
      var other = fusion
      other.alive = max((other.alive ?? 0) - 0.1, 0)
      other.unblinking += 5
      #expect(try #require(other.risk) >= before)
    }
  }
}
