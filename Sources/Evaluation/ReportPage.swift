import Foundation

/// The report as one HTML page without anything from outside: tables, confusion matrix, ROC and reliability plots.
public enum ReportPage {
  /// The page. Every text from outside is escaped.
  public static func html(_ report: EvaluationReport) -> String {
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><title>Vigil: evaluation of \(escaped(report.question))</title>
    <style>\(style)</style></head><body>
    <h1>Evaluation: \(escaped(report.question))</h1>
    <p>\(report.all.positives) positive and \(report.all.negatives) negative files were scored,
    \(report.unscored.count) were not. Threshold \(decimal(report.threshold)).
    AUC \(decimal(report.all.area))\(span(report.all.areaInterval)),
    equal error rate \(percent(report.all.equalErrorRate)),
    expected calibration error \(decimal(report.calibrationError)).
    Intervals are 95 %; those of AUC are drawn by groups.</p>
    <div class="row">\(matrix(report.confusion))\(rocPlot(report.curve))\(reliabilityPlot(report.reliability))</div>
    <h2>By source</h2>\(sources(report))
    <h2>By kind</h2>\(kinds(report))
    <h2>Not scored</h2>\(unscored(report.unscored))
    <p class="small">\(report.provenance.map(escaped).joined(separator: "<br>"))</p>
    </body></html>

    """
  }

  private static let style = """
    body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
    table{border-collapse:collapse}th,td{border:1px solid #b6bec8;padding:.25rem .6rem;text-align:right}
    th:first-child,td:first-child{text-align:left}.row{display:flex;gap:2rem;flex-wrap:wrap;align-items:flex-start}
    .small{color:#59636e;font-size:12px}svg text{font:11px system-ui,sans-serif}
    """

  package static func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
      .replacingOccurrences(of: ">", with: "&gt;").replacingOccurrences(of: "\"", with: "&quot;")
  }

  private static func decimal(_ number: Double?) -> String {
    number.map { String(format: "%.3f", $0) } ?? "not measured"
  }

  private static func percent(_ number: Double?) -> String {
    number.map { String(format: "%.1f %%", 100 * $0) } ?? "not measured"
  }

  private static func span(_ interval: Interval?) -> String {
    interval.map { String(format: " (%.3f to %.3f)", $0.low, $0.high) } ?? ""
  }

  private static func share(_ share: Share) -> String {
    guard share.count > 0 else { return "none" }
    let interval = share.interval
    return "\(percent(share.value)) (\(share.hits) of \(share.count); \(percent(interval.low)) to "
      + "\(percent(interval.high)))"
  }

  private static func matrix(_ matrix: ConfusionMatrix) -> String {
    """
    <table><caption>Confusion matrix</caption><tr><th></th><th>called positive</th><th>called negative</th></tr>
    <tr><td>is positive</td><td>\(matrix.truePositives)</td><td>\(matrix.falseNegatives)</td></tr>
    <tr><td>is negative</td><td>\(matrix.falsePositives)</td><td>\(matrix.trueNegatives)</td></tr>
    <tr><td>accuracy</td><td colspan="2">\(share(matrix.accuracy))</td></tr>
    <tr><td>precision</td><td colspan="2">\(share(matrix.precision))</td></tr>
    <tr><td>recall</td><td colspan="2">\(share(matrix.recall))</td></tr>
    <tr><td>F1</td><td colspan="2">\(decimal(matrix.f1))</td></tr></table>
    """
  }

  private static func sources(_ report: EvaluationReport) -> String {
    let rows = ([report.all] + report.sources).map { part in
      """
      <tr><td>\(escaped(part.name))</td><td>\(part.positives)</td><td>\(part.negatives)</td>
      <td>\(decimal(part.area))\(span(part.areaInterval))</td><td>\(percent(part.equalErrorRate))</td>
      <td>\(share(part.found))</td><td>\(share(part.falseAlarms))</td></tr>
      """
    }
    return
      "<table><tr><th>source</th><th>positive</th><th>negative</th><th>AUC</th><th>EER</th><th>found</th>"
      + "<th>false alarms</th></tr>\(rows.joined())</table>"
  }

  private static func kinds(_ report: EvaluationReport) -> String {
    let rows = report.kinds.map { "<tr><td>\(escaped($0.name))</td><td>\(share($0.passed))</td></tr>" }
    return "<table><tr><th>kind</th><th>passed as genuine (APCER)</th></tr>\(rows.joined())"
      + "<tr><td>genuine, refused (BPCER)</td><td>\(share(report.refused))</td></tr></table>"
  }

  private static func unscored(_ files: [EvaluationReport.Unscored]) -> String {
    guard !files.isEmpty else { return "<p>None.</p>" }
    let rows = files.map { "<tr><td>\(escaped($0.path))</td><td>\(escaped($0.reason))</td></tr>" }
    return "<table><tr><th>file</th><th>why</th></tr>\(rows.joined())</table>"
  }

  private static func frame(_ title: String, _ across: String, _ up: String, _ body: String) -> String {
    """
    <svg width="260" height="270" role="img" aria-label="\(title)"><text x="130" y="14" text-anchor="middle">\(title)
    </text><rect x="40" y="20" width="200" height="200" fill="none" stroke="#8c959f"/>
    <path d="M40 220L240 20" stroke="#b6bec8" stroke-dasharray="4"/>\(body)
    <text x="140" y="255" text-anchor="middle">\(across)</text>
    <text x="16" y="120" text-anchor="middle" transform="rotate(-90 16 120)">\(up)</text>
    <text x="40" y="234">0</text><text x="234" y="234">1</text></svg>
    """
  }

  private static func place(_ x: Double, _ y: Double) -> String {
    String(format: "%.1f %.1f", 40 + 200 * x, 220 - 200 * y)
  }

  private static func rocPlot(_ curve: [EvaluationReport.CurvePoint]) -> String {
    let line = curve.map { place($0.falseAlarms, $0.found) }.joined(separator: "L")
    let path =
      line.isEmpty ? "" : "<path d=\"M\(line)\" fill=\"none\" stroke=\"#0550ae\" stroke-width=\"2\"/>"
    return frame("ROC", "false alarms", "found", path)
  }

  private static func reliabilityPlot(_ bins: [Reliability.Bin]) -> String {
    let most = Double(bins.map(\.count).max() ?? 1)
    let dots = bins.map { bin in
      let radius = String(format: "%.1f", 2 + 6 * (Double(bin.count) / most).squareRoot())
      let parts = place(bin.said, bin.positive).split(separator: " ")
      return "<circle cx=\"\(parts[0])\" cy=\"\(parts[1])\" r=\"\(radius)\" fill=\"#0550ae\"/>"
    }
    return frame("Reliability", "said", "was so", dots.joined())
  }
}
