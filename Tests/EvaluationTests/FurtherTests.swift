import Evaluation
import Foundation
import Imaging
import Quantities
import Testing

@Suite("Alarms, pairs, joining, perturbations")
struct FurtherTests {
  private func sample(
    _ group: String, _ positive: Bool, _ probability: Double, seconds: Double? = nil, alarms: Int = 0
  ) -> ScoredSample? {
    var sample = ScoredSample(
      path: group, positive: positive, group: group, source: "s", kind: "k", probability: probability)
    sample?.seconds = seconds
    sample?.alarms = alarms
    return sample
  }

  @Test("alarms a minute count genuine recordings only, with Poisson's interval")
  func alarms() throws {
    let samples = [
      sample("a", false, 0.1, seconds: 60, alarms: 2), sample("b", false, 0.1, seconds: 180),
      sample("c", true, 0.9, seconds: 600, alarms: 5), sample("d", false, 0.2),
    ].compactMap { $0 }
    let rate = try #require(AlarmRate(samples))
    #expect(rate.alarms == 2 && rate.minutes == 4 && rate.perMinute == 0.5)
    #expect(rate.recordings == Share(1, of: 2))
    // The exact interval for 2 events is 0.2422 to 7.2247 (chi-squared quantiles), here over four minutes.
    #expect(abs(rate.interval.low - 0.242209 / 4) < 1e-5 && abs(rate.interval.high - 7.224688 / 4) < 1e-5)
    #expect(AlarmRate([sample("d", false, 0.2)].compactMap { $0 }) == nil)
    let none = try #require(AlarmRate([sample("a", false, 0, seconds: 60)].compactMap { $0 }))
    #expect(none.interval.low == 0 && abs(none.interval.high - 3.6889) < 1e-3)
  }

  @Test("warnings are counted apart from alarms, and JSON holds rates and intervals")
  func warnings() throws {
    var one = try #require(sample("a", false, 0.1, seconds: 120, alarms: 1))
    one.warnings = 3
    let rate = try #require(AlarmRate([one]) { $0.warnings })
    #expect(rate.alarms == 3 && rate.perMinute == 1.5)
    let written = try JSONSerialization.jsonObject(with: JSONEncoder().encode(rate)) as? [String: Any]
    #expect(written?["perMinute"] as? Double == 1.5)
    let interval = try #require(written?["interval"] as? [String: Double])
    // The exact interval for 3 events is 0.6187 to 8.7673, here over two minutes.
    #expect(abs((interval["low"] ?? 0) - 0.3093) < 1e-3 && abs((interval["high"] ?? 0) - 4.3836) < 1e-3)
    let share =
      try JSONSerialization.jsonObject(with: JSONEncoder().encode(Share(1, of: 4))) as? [String: Any]
    #expect(share?["value"] as? Double == 0.25 && share?["hits"] as? Int == 1)
    let nothing =
      try JSONSerialization.jsonObject(with: JSONEncoder().encode(Share(0, of: 0))) as? [String: Any]
    #expect(nothing?["value"] == nil && nothing?["interval"] != nil)
  }

  @Test("where the word counts the threshold does not")
  func called() throws {
    var (found, missed) = (try #require(sample("a", true, 0.2)), try #require(sample("b", true, 0.9)))
    var refused = try #require(sample("c", false, 0.1))
    (found.called, missed.called, refused.called) = (true, false, true)
    let matrix = ConfusionMatrix([found, missed, refused], threshold: 0.5)
    #expect(matrix.truePositives == 1 && matrix.falseNegatives == 1 && matrix.falsePositives == 1)
    let errors = PresentationErrors([found, missed, refused], threshold: 0.5)
    #expect(errors.worst?.share == Share(1, of: 2) && errors.refused == Share(1, of: 1))
    #expect(EvaluationReport(question: "risk", samples: [found, refused], threshold: 0.5).byWord)
  }

  @Test("words are counted by kind, genuine files first, files without a word not")
  func words() throws {
    func said(_ word: String?, _ positive: Bool, _ kind: String) -> ScoredSample? {
      var sample = ScoredSample(
        path: "", positive: positive, group: "", source: "", kind: kind, probability: 0.5)
      sample?.word = word
      return sample
    }
    let table = WordCount.table(
      [
        said("fake", true, "swap"), said("live", true, "swap"), said("live", false, "cam"),
        said("live", false, "desk"), said(nil, true, "print"), said("suspect", true, ""),
      ].compactMap { $0 })
    #expect(table.map(\.kind) == ["genuine", "not named", "swap"])
    #expect(table.map(\.files) == [2, 1, 2])
    #expect(table[0].words == ["live": 2] && table[2].words == ["live": 1, "fake": 1])
    #expect(WordCount.table([]).isEmpty)
  }

  @Test("pairs are counted within groups, equal ones not")
  func pairs() throws {
    let samples = [
      sample("a", true, 0.9), sample("a", false, 0.2), sample("b", true, 0.3), sample("b", false, 0.3),
      sample("c", true, 0.1),
    ].compactMap { $0 }
    #expect(PairedOrder(samples)?.inOrder == Share(1, of: 2))
    #expect(PairedOrder([sample("c", true, 0.1)].compactMap { $0 }) == nil)
  }

  @Test("quantiles of the normal distribution")
  func quantiles() {
    #expect(abs(NormalDistribution.quantile(0.975) - 1.959964) < 1e-5)
    #expect(abs(NormalDistribution.quantile(0.5)) < 1e-9)
  }

  /// Logits from classes with known weights: the first network tells, the second is noise.
  private var joinable: [JoinSample] {
    (0..<400).map { index in
      let positive = index % 2 == 0
      let noise = sin(Double(index) * 12.9898) * 3
      return JoinSample(
        logits: ["tells": (positive ? 1 : -1) + noise, "noise": sin(Double(index) * 78.233)],
        positive: positive, group: "g\(index % 40)")
    }
  }

  @Test("weights follow what tells, a network that points the wrong way is left out")
  func joining() throws {
    let fit = try #require(JoinFit.fit(joinable, members: ["tells", "noise"]))
    #expect(try #require(fit.weights["tells"]) > 0.1)
    let reversed = joinable.map { sample in
      JoinSample(
        logits: [
          "tells": sample.logits["tells"] ?? 0,
          "wrong": -(sample.logits["tells"] ?? 0) + 0.1 * (sample.logits["noise"] ?? 0),
        ],
        positive: sample.positive, group: sample.group)
    }
    let other = try #require(JoinFit.fit(reversed, members: ["tells", "wrong"]))
    #expect(other.weights["wrong"] == nil && other.weights["tells"] != nil)
    #expect(JoinFit.fit(reversed, members: ["wrong"]) == nil)
    #expect(JoinFit.fit(joinable.filter(\.positive), members: ["tells"]) == nil)
    #expect(fit.probability(["tells": 1]) == nil || fit.weights["noise"] == nil)
  }

  @Test("one network alone gets Platt's fit with equal classes")
  func alone() throws {
    let fit = try #require(JoinFit.fit(joinable, members: ["tells"]))
    let platt = try #require(
      ScoreFit.fit(joinable.map { ($0.logits["tells"] ?? 0, $0.positive) }))
    #expect(
      abs(1 / platt.temperature - (fit.weights["tells"] ?? 0)) < 1e-2 && abs(platt.bias - fit.bias) < 1e-2)
  }

  @Test("the check scores each group by a fit that had not seen it")
  func check() throws {
    let check = try #require(JoinCheck(joinable, members: ["tells"]))
    #expect(check.samples.count == 400)
    #expect(JoinCheck(Array(joinable.prefix(3)), members: ["tells"]) == nil)
  }

  private func frame(_ width: Int = 40, _ height: Int = 30, _ fill: (Int, Int) -> UInt8) -> Frame {
    RGBImage(size: PixelSize(width: width, height: height)) { out in
      for y in 0..<height {
        for x in 0..<width { for c in 0..<3 { out[(y * width + x) * 3 + c] = fill(x, y) } }
      }
    }.frame(stamp: FrameStamp(index: 3, captured: MonotonicInstant(nanoseconds: 0), camera: "t"))
  }

  @Test(
    "what is no perturbation is refused",
    arguments: ["", "jpeg", "jpeg:0", "blur:x", "rain:3", "gamma:nan", "face:1:2"])
  func refused(text: String) { #expect(FramePerturbation(text) == nil) }

  @Test("each perturbation does what its name says")
  func perturbations() throws {
    let flat = frame { _, _ in 100 }
    func apply(_ text: String, _ frame: Frame, face: PixelRect? = nil) throws -> RGBImage {
      try #require(FramePerturbation(text)).apply(frame, face: face, seed: 5).rgbImage()
    }
    // 255 (100 / 255)^2 = 39.2; a flat picture stays as it is through JPEG and blur.
    #expect(Set(try apply("gamma:2", flat).bytes) == [39])
    #expect(try apply("jpeg:90", flat).bytes.allSatisfy { abs(Int($0) - 100) <= 2 })
    #expect(Set(try apply("blur:2", flat).bytes) == [100])
    let noisy = try apply("noise:10", flat).bytes.map { Double($0) - 100 }
    let spread = (noisy.reduce(0) { $0 + $1 * $1 } / Double(noisy.count)).squareRoot()
    #expect((9...11).contains(spread), "\(spread)")
    #expect(try apply("noise:10", flat) == apply("noise:10", flat))
    // A step of 0 to 200, blurred by sigma 2: at the edge the mean, one sigma inside 84 %.
    let step = try apply("blur:2", frame { x, _ in x < 20 ? 0 : 200 })
    #expect(abs(Int(step[20, 15, 0]) - 120) <= 2 && step[30, 15, 0] == 200)
    let face = PixelRect(x: 10, y: 10, width: 20, height: 10)
    let covered = try apply("occlude:15", flat, face: face).bytes.count { $0 == 128 } / 3
    #expect((20...42).contains(covered), "\(covered) of 200 pixels")
    let small = try apply(
      "face:16", frame(80, 60) { x, _ in x < 40 ? 0 : 200 },
      face: PixelRect(x: 0, y: 0, width: 32, height: 32))
    #expect(small.size == PixelSize(width: 40, height: 30) && small[10, 5, 0] == 0 && small[30, 5, 0] == 200)
    #expect(try apply("face:96", flat, face: face).size == flat.size)
    #expect(try apply("occlude:15", flat).bytes == flat.rgbImage().bytes)
  }
}
