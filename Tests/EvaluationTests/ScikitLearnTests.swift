import Evaluation
import Foundation
import Testing

/// Figures that scikit-learn 1.9.1 gives for the same sixty samples (roc_auc_score, confusion_matrix, precision_score,
/// recall_score, f1_score, det_curve, calibration_curve with ten bins).
@Suite("Against scikit-learn")
struct ScikitLearnTests {
  private var samples: [ScoredSample] {
    (0..<60).compactMap { index in
      let positive = index * 53 % 17 < 7
      return ScoredSample(
        path: "\(index)", positive: positive, group: "\(index)", source: "s", kind: positive ? "k" : "",
        probability: Double(index * 37 % 101 + (positive ? 25 : 0)) / 126)
    }
  }

  @Test("area, confusion, precision, recall, F1")
  func rates() throws {
    let report = EvaluationReport(question: "forgery", samples: samples, threshold: 0.5)
    #expect(report.all.positives == 25 && report.all.negatives == 35)
    #expect(abs(try #require(report.all.area) - 0.6645714285714286) < 1e-12)
    let matrix = report.confusion
    #expect(matrix.trueNegatives == 21 && matrix.falsePositives == 14)
    #expect(matrix.falseNegatives == 11 && matrix.truePositives == 14)
    #expect(
      matrix.accuracy.value == 35.0 / 60 && matrix.precision.value == 0.5 && matrix.recall.value == 0.56)
    #expect(abs(try #require(matrix.f1) - 0.5283018867924528) < 1e-12)
  }

  @Test(
    "trade-off points",
    arguments: [
      (0.277778, 0.6857142857142857, 0.12), (0.468254, 0.45714285714285713, 0.4),
      (0.746032, 0.08571428571428572, 0.72),
    ])
  func tradeOff(threshold: Double, alarms: Double, misses: Double) throws {
    let curve = try #require(ReceiverCurve(samples.map { ($0.probability, $0.positive) }))
    #expect(curve.points.count == 58)
    let point = try #require(curve.points.first { abs($0.threshold - threshold) < 1e-6 })
    #expect(abs(point.falseAlarms - alarms) < 1e-12 && abs(1 - point.found - misses) < 1e-12)
  }

  @Test("reliability bins, and the calibration error from them")
  func reliability() throws {
    let positive = [0.0, 1.0 / 7, 4.0 / 7, 2.0 / 7, 4.0 / 9, 0.5, 0.375, 0.375, 1, 1]
    let said = [
      0.04497354497354497, 0.15419501133786848, 0.25736961451247165, 0.35260770975056693, 0.4576719576719576,
      0.5568783068783069, 0.6527777777777778, 0.7509920634920635, 0.828042328042328, 0.9404761904761905,
    ]
    let found = Reliability(samples)
    #expect(found.bins.count == 10)
    for (bin, (p, s)) in zip(found.bins, zip(positive, said)) {
      #expect(abs(bin.positive - p) < 1e-12 && abs(bin.said - s) < 1e-12)
    }
    let expected = found.bins.reduce(0) { $0 + abs($1.positive - $1.said) * Double($1.count) } / 60
    #expect(abs(try #require(found.expectedError) - expected) < 1e-12)
  }
}
