import Foundation

/// The timeline of a session as inline SVG: scores as lines, blinks, mouth openings and challenges as marks.
///
/// Time always runs from left to right, also in Arabic, as in any diagram of measurements.
struct ReportChart {
  private let digest: SessionDigest
  private let language: ReportLanguage
  private let left = 44.0
  private let width = 800.0
  private let height = 180.0
  /// More points than this in a line cannot be seen; so many time slots keep their highest and lowest value.
  private let slots = 800

  init(_ digest: SessionDigest, _ language: ReportLanguage) {
    (self.digest, self.language) = (digest, language)
  }

  private var span: Double { max(digest.duration, 1) }
  private func x(_ second: Double) -> String { String(format: "%.1f", left + second / span * width) }
  private func y(_ value: Double) -> String {
    String(format: "%.1f", 10 + (1 - min(max(value, 0), 1)) * height)
  }

  var svg: String {
    var out =
      "<svg viewBox=\"0 0 870 290\" role=\"img\" direction=\"ltr\" aria-label=\"\(language("scores"))\">\n"
    for step in 0...4 {
      let value = Double(step) / 4
      out += "<line class=\"grid\" x1=\"\(x(0))\" x2=\"\(x(span))\" y1=\"\(y(value))\" y2=\"\(y(value))\"/>"
      out +=
        "<text x=\"38\" y=\"\(y(value))\" dy=\"4\" text-anchor=\"end\">\(String(format: "%.2f", value))</text>\n"
    }
    for step in 0...5 {
      let second = span * Double(step) / 5
      out +=
        "<text x=\"\(x(second))\" y=\"272\" text-anchor=\"middle\">\(String(format: span < 20 ? "%.1f" : "%.0f", second))</text>"
    }
    out += "<text x=\"444\" y=\"287\" text-anchor=\"middle\">\(language("seconds"))</text>\n"
    out += lines(digest.risk, "risk") + lines(digest.liveness, "live")
    out += marks(digest.blinks, row: 204, "blink") + marks(digest.mouths, row: 222, "mouth")
    out += marks(digest.events.filter { $0.kind == "challenge" }.map(\.second), row: 240, "challenge")
    for event in digest.events where event.kind == "verdict" {
      out +=
        "<line class=\"verdict\" x1=\"\(x(event.second))\" x2=\"\(x(event.second))\" y1=\"10\" y2=\"190\"/>"
    }
    return out + "</svg>\n"
  }

  private func lines(_ series: [Int64: SessionDigest.Series], _ style: String) -> String {
    series.sorted { $0.key < $1.key }.map { number, line in
      let points = thinned(line.points).map { "\(x($0.second)),\(y($0.value))" }.joined(separator: " ")
      return
        "<polyline class=\"\(style)\" points=\"\(points)\"><title>\(language("track")) \(number)</title></polyline>\n"
    }.joined()
  }

  private func thinned(_ points: [(second: Double, value: Double)]) -> [(second: Double, value: Double)] {
    guard points.count > 2 * slots else { return points }
    let size = (points.count + slots - 1) / slots
    return stride(from: 0, to: points.count, by: size).flatMap { start in
      let slot = points[start..<min(start + size, points.count)]
      let ends = [slot.min { $0.value < $1.value }, slot.max { $0.value < $1.value }].compactMap { $0 }
      return ends.sorted { $0.second < $1.second }
    }
  }

  private func marks(_ seconds: [Double], row: Double, _ style: String) -> String {
    seconds.map { "<circle class=\"\(style)\" cx=\"\(x($0))\" cy=\"\(row)\" r=\"4\"/>" }.joined() + "\n"
  }
}
