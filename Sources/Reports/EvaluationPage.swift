public import Evaluation
import Foundation
import Wording

/// The report as one HTML page without anything from outside: tables, confusion matrix, ROC and reliability plots.
public enum EvaluationPage {
  /// The page. Every text from outside is escaped.
  public static func html(_ report: EvaluationReport) -> String {
    """
    \(HTMLPage.head("Vigil: evaluation of \(HTMLPage.escaped(report.question))", .english, style: style))
    <body>
    <h1>Evaluation: \(HTMLPage.escaped(report.question))</h1>
    <div class="cards"><p><b>\(decimal(report.all.area))</b> AUC\(span(report.all.areaInterval))</p>
    <p><b>\(percent(report.all.equalErrorRate))</b> equal error rate</p>
    <p><b>\(percent(report.all.found.count > 0 ? report.all.found.value : nil))</b> of attacks and forgeries found</p>
    <p><b>\(percent(report.all.falseAlarms.count > 0 ? report.all.falseAlarms.value : nil))</b> of genuine files called fake</p></div>
    <p>\(report.all.positives) positive and \(report.all.negatives) negative files were scored,
    \(report.unscored.count) were not. \(report.byWord ? "Called positive: what the program calls fake." : "Threshold \(decimal(report.threshold)).")
    AUC \(decimal(report.all.area))\(span(report.all.areaInterval)),
    equal error rate \(percent(report.all.equalErrorRate)),
    expected calibration error \(decimal(report.calibrationError)).
    Intervals are 95 %; those of AUC are drawn by groups.</p>
    <p>\(headlines(report))</p>
    <div class="row">\(matrix(report.confusion))\(EvaluationPlots.receiver(report.curve))
    \(EvaluationPlots.errorTradeOff(report.curve))\(EvaluationPlots.reliability(report.reliability))</div>
    <h2>By source</h2>\(parts("source", [report.all] + report.sources))
    <h2>By generator or kind of attack, each against all genuine files</h2>
    \(parts("kind", report.generators))
    <h2>What the program said</h2>\(words(report.words))
    <h2>Passed and refused</h2>\(kinds(report))
    <h2>Not scored</h2>\(unscored(report.unscored))
    <p class="small">\(report.provenance.map(HTMLPage.escaped).joined(separator: "<br>"))</p>
    </body></html>

    """
  }

  private static let style = """
    :root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--line:#b6bec8;--faint:#59636e;--mark:#0550ae}
    @media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--line:#3d444d;--faint:#9198a1;--mark:#58a6ff}}
    body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:var(--ink);
    background:var(--paper)}
    *{box-sizing:border-box}h1,h2{overflow-wrap:anywhere}
    table{border-collapse:collapse;display:block;max-width:100%;overflow-x:auto}th,td{border-bottom:1px solid var(--line);padding:.3rem .6rem;text-align:right}
    th{color:var(--faint);font-weight:600}caption{text-align:left;font-weight:600;padding:.3rem 0}
    th:first-child,td:first-child{text-align:left;overflow-wrap:anywhere;min-width:9rem}.row{display:flex;gap:2rem;flex-wrap:wrap;align-items:flex-start}
    .row>*{min-width:0;max-width:100%}.row svg{max-width:100%;height:auto}
    .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,13rem),1fr));gap:.75rem}
    .cards p{margin:0;padding:.75rem 1rem;border:1px solid var(--line);border-radius:.75rem}.cards b{display:block;font-size:1.5rem}
    .small{color:var(--faint);font-size:12px;overflow-wrap:anywhere}svg text{font:11px system-ui,sans-serif;fill:var(--ink)}
    """

  private static func decimal(_ number: Double?) -> String {
    number.map { String(format: "%.3f", $0) } ?? "not measured"
  }

  private static func percent(_ number: Double?) -> String {
    number.map { String(format: "%.1f\u{A0}%%", 100 * $0) } ?? "not measured"
  }

  private static func span(_ interval: Interval?) -> String {
    interval.map { String(format: " (%.3f\u{A0}to\u{A0}%.3f)", $0.low, $0.high) } ?? ""
  }

  private static func share(_ share: Share) -> String {
    guard share.count > 0 else { return "none" }
    let interval = share.interval
    // Lines of a narrow column end between the parts, not in them.
    return "\(percent(share.value)) (\(share.hits)\u{A0}of\u{A0}\(share.count); "
      + "\(percent(interval.low))\u{A0}to\u{A0}\(percent(interval.high)))"
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

  private static func headlines(_ report: EvaluationReport) -> String {
    var lines: [String] = []
    if let pairs = report.pairs {
      lines.append("Forgeries that scored above the original of their own group: \(share(pairs.inOrder)).")
    }
    if let worst = report.worstKind {
      lines.append(
        "Worst kind: \(HTMLPage.escaped(worst.name)), \(share(worst.passed)) passed as genuine; genuine files refused: "
          + "\(share(report.refused)).")
    }
    for (rate, words) in [(report.alarms, "“fake”"), (report.warnings, "“suspect” or “fake”")] {
      guard let rate else { continue }
      lines.append(
        "False alarms on genuine recordings: \(words) began \(rate.alarms) times in "
          + "\(decimal(rate.minutes)) minutes, \(decimal(rate.perMinute)) a minute\(span(rate.interval)); "
          + "in \(share(rate.recordings)) of the recordings.")
    }
    return lines.joined(separator: "<br>")
  }

  private static func parts(_ title: String, _ parts: [EvaluationReport.Part]) -> String {
    let rows = parts.map { part in
      """
      <tr><td>\(HTMLPage.escaped(part.name))</td><td>\(part.positives)</td><td>\(part.negatives)</td>
      <td>\(decimal(part.area))\(span(part.areaInterval))</td><td>\(percent(part.equalErrorRate))</td>
      <td>\(share(part.found))</td><td>\(share(part.falseAlarms))</td></tr>
      """
    }
    return
      "<table><tr><th>\(title)</th><th>positive</th><th>negative</th><th>AUC</th><th>EER</th><th>found</th>"
      + "<th>false alarms</th></tr>\(rows.joined())</table>"
  }

  private static func words(_ counts: [WordCount]) -> String {
    guard !counts.isEmpty else { return "<p>Only numbers were given.</p>" }
    let head = WordCount.order.map { "<th>\($0)</th>" }.joined()
    let rows = counts.map { count in
      let cells = WordCount.order.map { "<td>\(share(Share(count.words[$0] ?? 0, of: count.files)))</td>" }
      return "<tr><td>\(HTMLPage.escaped(count.kind))</td>\(cells.joined())</tr>"
    }
    return "<table><tr><th>kind</th>\(head)</tr>\(rows.joined())</table>"
  }

  private static func kinds(_ report: EvaluationReport) -> String {
    let rows = report.kinds.map {
      "<tr><td>\(HTMLPage.escaped($0.name))</td><td>\(share($0.passed))</td></tr>"
    }
    return "<table><tr><th>kind</th><th>passed as genuine (APCER)</th></tr>\(rows.joined())"
      + "<tr><td>genuine, refused (BPCER)</td><td>\(share(report.refused))</td></tr></table>"
  }

  private static func unscored(_ files: [EvaluationReport.Unscored]) -> String {
    guard !files.isEmpty else { return "<p>None.</p>" }
    let rows = files.map {
      "<tr><td>\(HTMLPage.escaped($0.path))</td><td>\(HTMLPage.escaped($0.reason))</td></tr>"
    }
    return "<table><tr><th>file</th><th>why</th></tr>\(rows.joined())</table>"
  }
}
