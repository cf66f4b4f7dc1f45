import Evaluation
import Foundation

/// The plots of a report as inline SVG; colours are the page's.
enum EvaluationPlots {
  private static func frame(_ title: String, _ across: String, _ up: String, _ body: String) -> String {
    """
    <svg width="260" height="270" role="img" aria-label="\(title)"><text x="130" y="14" text-anchor="middle">\(title)
    </text><rect x="40" y="20" width="200" height="200" fill="none" stroke="var(--faint)"/>\(body)
    <text x="140" y="255" text-anchor="middle">\(across)</text>
    <text x="16" y="120" text-anchor="middle" transform="rotate(-90 16 120)">\(up)</text></svg>
    """
  }

  private static let diagonal = """
    <path d="M40 220L240 20" stroke="var(--line)" stroke-dasharray="4"/>
    <text x="40" y="234">0</text><text x="234" y="234">1</text>
    """

  private static func place(_ x: Double, _ y: Double) -> (x: String, y: String) {
    (String(format: "%.1f", 40 + 200 * x), String(format: "%.1f", 220 - 200 * y))
  }

  private static func line(_ points: [(x: Double, y: Double)]) -> String {
    guard !points.isEmpty else { return "" }
    let words = points.map { point in
      let place = place(point.x, point.y)
      return "\(place.x) \(place.y)"
    }
    return
      "<path d=\"M\(words.joined(separator: "L"))\" fill=\"none\" stroke=\"var(--mark)\" stroke-width=\"2\"/>"
  }

  /// Found against false alarms.
  static func receiver(_ curve: [EvaluationReport.CurvePoint]) -> String {
    frame("ROC", "false alarms", "found", diagonal + line(curve.map { ($0.falseAlarms, $0.found) }))
  }

  /// Misses against false alarms on axes scaled by the normal distribution (Martin et al. 1997), 0.5 % to 80 %.
  static func errorTradeOff(_ curve: [EvaluationReport.CurvePoint]) -> String {
    let (low, high) = (NormalDistribution.quantile(0.005), NormalDistribution.quantile(0.8))
    func scaled(_ share: Double) -> Double {
      (NormalDistribution.quantile(min(max(share, 0.005), 0.8)) - low) / (high - low)
    }
    let ticks = [0.01, 0.05, 0.2, 0.5].map { share in
      let at = scaled(share)
      let (x, y) = (place(at, 0).x, place(0, at).y)
      let percent = String(format: "%.0f", 100 * share)
      return """
        <path d="M\(x) 220V20M40 \(y)H240" stroke="var(--line)" stroke-dasharray="2"/>
        <text x="\(x)" y="234" text-anchor="middle">\(percent)</text>
        <text x="37" y="\(y)" text-anchor="end">\(percent)</text>
        """
    }
    let body = line(curve.map { (scaled($0.falseAlarms), scaled(1 - $0.found)) })
    return frame("DET", "false alarms, %", "misses, %", ticks.joined() + body)
  }

  /// What was so against what was said; a dot's area grows with its samples.
  static func reliability(_ bins: [Reliability.Bin]) -> String {
    let most = Double(bins.map(\.count).max() ?? 1)
    let dots = bins.map { bin in
      let radius = String(format: "%.1f", 2 + 6 * (Double(bin.count) / most).squareRoot())
      let place = place(bin.said, bin.positive)
      return "<circle cx=\"\(place.x)\" cy=\"\(place.y)\" r=\"\(radius)\" fill=\"var(--mark)\"/>"
    }
    return frame("Reliability", "said", "was so", diagonal + dots.joined())
  }
}
