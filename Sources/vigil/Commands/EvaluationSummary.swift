import Evaluation
import Foundation

/// The lines that `vigil evaluate` prints: the report in short.
enum EvaluationSummary {
  static func text(_ report: EvaluationReport) -> String {
    let parts =
      [line(report.all)] + report.sources.map { line($0) }
      + (report.generators.count > 1 ? report.generators.map { "kind " + line($0) } : [])
    return (parts + figures(report)).joined(separator: "\n")
  }

  private static func number(_ value: Double?) -> String {
    value.map { String(format: "%.3f", $0) } ?? "not measured"
  }

  private static func span(_ interval: Interval?) -> String {
    interval.map { String(format: " (%.3f-%.3f)", $0.low, $0.high) } ?? ""
  }

  private static func line(_ part: EvaluationReport.Part) -> String {
    "\(part.name): AUC \(number(part.area))\(span(part.areaInterval)), \(part.positives) positive, "
      + "\(part.negatives) negative; found \(part.found.hits), false alarms \(part.falseAlarms.hits)"
  }

  private static func figures(_ report: EvaluationReport) -> [String] {
    let matrix = report.confusion
    var lines = [
      "\(report.byWord ? "by the word fake" : "at \(number(report.threshold))"): accuracy \(number(matrix.accuracy.value)), precision "
        + "\(number(matrix.precision.value)), recall \(number(matrix.recall.value)), F1 \(number(matrix.f1)); "
        + "EER \(number(report.all.equalErrorRate))"
    ]
    if let pairs = report.pairs {
      lines.append("above the original of the group: \(pairs.inOrder.hits) of \(pairs.inOrder.count) pairs")
    }
    for count in report.words {
      let words = WordCount.order.map { "\($0) \(count.words[$0] ?? 0)" }.joined(separator: ", ")
      lines.append("said of \(count.kind): \(words)")
    }
    if let worst = report.worstKind {
      lines.append(
        "worst kind: \(worst.name), passed \(worst.passed.hits) of \(worst.passed.count); "
          + "genuine refused \(report.refused.hits) of \(report.refused.count)")
    }
    for (rate, word) in [(report.alarms, "fake"), (report.warnings, "suspect or fake")] {
      guard let rate else { continue }
      let counts = String(
        format: "%d in %.1f minutes, %.3f a minute", rate.alarms, rate.minutes, rate.perMinute)
      lines.append("false alarms, \(word): \(counts)\(span(rate.interval))")
    }
    lines.append("ECE \(number(report.calibrationError)), \(report.unscored.count) files without a score")
    return lines
  }
}
